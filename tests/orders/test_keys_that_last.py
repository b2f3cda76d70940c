"""A key goes on answering with what was bought, whatever has changed or broken since."""

from dataclasses import replace

import pytest

from peken import orders
from peken.actors import Actor
from peken.errors import PekenError
from peken.orders import Basket, Item, NotPlaced, Placed
from peken.testing.world import World, as_buyer

pytestmark = pytest.mark.market({"35.73": []})


async def bought(market: World) -> tuple[Placed, Basket, Actor]:
    """Two lines, bought under one key."""
    shop = await market.vendor()
    wares = [await market.product(shop), await market.product(shop)]
    buyer = await market.buyer()
    actor = as_buyer(buyer)
    basket = Basket(buyer=buyer.id, items=tuple(Item(ware.id, 1) for ware in wares), key="once")
    placed = await orders.place(market.market, actor, basket)
    assert isinstance(placed, Placed)
    return placed, basket, actor


async def test_a_basket_that_would_be_too_long_by_now_is_answered_by_its_key(market: World) -> None:
    placed, basket, actor = await bought(market)
    limits = market.market.settings.limits.model_copy(update={"lines": 1})
    settings = market.market.settings.model_copy(update={"limits": limits})
    stricter = replace(market.market, settings=settings)

    again = await orders.place(stricter, actor, basket)

    assert again == Placed(placed.purchase, replayed=True)


async def test_goods_that_are_gone_are_answered_by_the_key_they_were_bought_under(market: World) -> None:
    placed, basket, actor = await bought(market)
    await market.market.database.execute("UPDATE variant SET stock = 0, active = $1", False)

    again = await orders.place(market.market, actor, basket)
    other = await orders.place(market.market, actor, replace_key(basket, "another"))

    assert again == Placed(placed.purchase, replayed=True)
    assert isinstance(other, NotPlaced)


async def test_another_basket_under_a_used_key_is_refused_though_it_is_too_long(market: World) -> None:
    _, basket, actor = await bought(market)
    longer = Basket(buyer=basket.buyer, items=basket.items * 80, key=basket.key)

    with pytest.raises(PekenError, match="key_reused"):
        await orders.place(market.market, actor, longer)


def replace_key(basket: Basket, key: str) -> Basket:
    return Basket(buyer=basket.buyer, items=basket.items, key=key)

"""How many statements each step of an order takes: the same for one line and for twenty. A change is a decision."""

from typing import Final

import pytest

from peken import models, orders
from peken.actors import Actor
from peken.orders import Basket, Item, NotPlaced, Placed
from peken.testing.world import World, as_buyer, as_city_hall

SURABAYA = "35.78"
REVIEWED: Final = 3
"""The buyer, the wares, the balances."""
REPLAYED: Final = 1
PLACED: Final = 15
"""The key; the review; purchase, stock, orders, lines, stock ledger; tally ledger and balances; docket and decisions;
audit and outbox."""
WITHOUT_RULES: Final = 10
REFUSED: Final = 8
"""The key; the review; the key again; the attempt, its docket and its decisions."""
DELIVERED: Final = 11
"""The order, moved; its lines and wares; the buyer; ledger and balances; docket and decisions; audit and outbox."""
CANCELLED: Final = 11
"""The order, moved; its lines and wares; stock and its ledger; what was counted, ledger, balances; audit, outbox."""

with_rules = pytest.mark.market({SURABAYA: ["batik_suroboyo", "malang_quota"]})


async def basket(market: World, lines: int, vendors: int, actor: Actor, key: str = "k") -> Basket:
    """A basket of so many products, dealt out over so many shops."""
    shops = [await market.vendor(kind="umkm") for _ in range(vendors)]
    wares = [await market.product(shops[number % vendors], price=1_000) for number in range(lines)]
    assert actor.buyer is not None
    return Basket(buyer=actor.buyer, items=tuple(Item(ware.id, 1) for ware in wares), key=key)


async def placed(market: World, wanted: Basket, actor: Actor) -> list[models.Order]:
    """The orders of a purchase."""
    answer = await orders.place(market.market, actor, wanted)
    assert isinstance(answer, Placed)
    return await models.Order.filter(purchase_id=answer.purchase)


several = pytest.mark.parametrize(("lines", "vendors"), [(1, 1), (20, 1), (20, 5)])


@several
@with_rules
async def test_placing(market: World, lines: int, vendors: int) -> None:
    actor = as_buyer(await market.buyer(classes={}))
    wanted = await basket(market, lines, vendors, actor)

    with market.market.database.counting() as statements:
        answer = await orders.place(market.market, actor, wanted)

    assert isinstance(answer, Placed)
    assert len(statements) == PLACED, statements


@several
@pytest.mark.market({SURABAYA: []})
async def test_placing_where_no_rule_binds(market: World, lines: int, vendors: int) -> None:
    actor = as_buyer(await market.buyer(classes={}))
    wanted = await basket(market, lines, vendors, actor)

    with market.market.database.counting() as statements:
        await orders.place(market.market, actor, wanted)

    assert len(statements) == WITHOUT_RULES, statements


@several
@with_rules
async def test_asking_beforehand(market: World, lines: int, vendors: int) -> None:
    actor = as_buyer(await market.buyer(classes={}))
    wanted = await basket(market, lines, vendors, actor)

    with market.market.database.counting() as statements:
        await orders.reconsider(market.market, actor, wanted, market.clock.at)

    assert len(statements) == REVIEWED, statements


@several
@with_rules
async def test_being_refused(market: World, lines: int, vendors: int) -> None:
    actor = as_buyer(await market.buyer(classes={}))
    wanted = await basket(market, lines, vendors, actor)
    await models.Variant.all().update(price=40_000_000)

    with market.market.database.counting() as statements:
        answer = await orders.place(market.market, actor, wanted)

    assert isinstance(answer, NotPlaced)
    assert len(answer.objections) == vendors
    assert len(statements) == REFUSED, statements


@with_rules
async def test_the_same_key_again(market: World) -> None:
    actor = as_buyer(await market.buyer(classes={}))
    wanted = await basket(market, 20, 5, actor)
    await orders.place(market.market, actor, wanted)

    with market.market.database.counting() as statements:
        await orders.place(market.market, actor, wanted)

    assert len(statements) == REPLAYED, statements


@pytest.mark.parametrize("lines", [1, 20])
@with_rules
async def test_delivering_and_cancelling(market: World, lines: int) -> None:
    actor = as_buyer(await market.buyer(classes={}))
    (order,) = await placed(market, await basket(market, lines, 1, actor), actor)
    hall = as_city_hall(SURABAYA)

    with market.market.database.counting() as delivering:
        await orders.deliver(market.market, hall, order.id)
    with market.market.database.counting() as cancelling:
        await orders.cancel(market.market, hall, order.id, "sent back")

    assert len(delivering) == DELIVERED, delivering
    assert len(cancelling) == CANCELLED, cancelling

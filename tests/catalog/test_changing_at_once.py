"""Two changes of one product at the same moment: the second sees what the first has written."""

import asyncio

import pytest
from tests.catalog.test_selling import UPDATE, VARIANT, shop

from peken import models
from peken.ids import new_id, to_global
from peken.testing.world import World, global_id

pytestmark = pytest.mark.market({"35.78": ["batik_suroboyo"]})


async def test_two_changes_at_once_do_not_make_a_denied_product_together(market: World) -> None:
    actor, variant = await shop(market)
    product = {"id": to_global("Product", variant.product_id)}

    for _ in range(20):
        await market.ask(UPDATE, {"input": {**product, "name": "Beras", "description": ""}}, actor=actor)
        await asyncio.gather(
            market.ask(UPDATE, {"input": {**product, "name": "Emas"}}, actor=actor),
            market.ask(UPDATE, {"input": {**product, "description": "batang"}}, actor=actor),
        )
        kept = await models.Product.get(id=variant.product_id)
        assert (kept.name, kept.description) != ("Emas", "batang")
        assert set(kept.terms.split()) == set(f"{kept.name} {kept.description}".lower().split())


async def test_the_price_of_a_product_is_right_after_two_changes_at_once(market: World) -> None:
    actor, one = await shop(market)
    other = await models.Variant.create(id=new_id(), product_id=one.product_id, price=100, stock=5, position=1)

    async def prices(*wanted: int) -> None:
        variants = zip((one, other), wanted, strict=True)
        asked = [{"input": {"id": global_id(variant), "price": price}} for variant, price in variants]
        await asyncio.gather(*(market.ask(VARIANT, each, actor=actor) for each in asked))

    for _ in range(15):
        await prices(100, 100)
        await prices(200, 300)
        assert (await models.Product.get(id=one.product_id)).price == 200


async def test_what_is_left_is_right_when_a_sale_meets_a_variant_going_off_sale(market: World) -> None:
    actor, one = await shop(market)
    other = await models.Variant.create(id=new_id(), product_id=one.product_id, price=100, stock=0, position=1)
    restock = "mutation ($id: ID!, $delta: Long!) { restockVariant(id: $id, delta: $delta) { __typename } }"

    for _ in range(15):
        await market.ask(VARIANT, {"input": {"id": global_id(one), "active": True}}, actor=actor)
        await market.ask(restock, {"id": global_id(other), "delta": 1}, actor=actor)
        await asyncio.gather(
            market.ask(restock, {"id": global_id(other), "delta": -1}, actor=actor),
            market.ask(VARIANT, {"input": {"id": global_id(one), "active": False}}, actor=actor),
        )
        assert (await models.Product.get(id=one.product_id)).in_stock is False

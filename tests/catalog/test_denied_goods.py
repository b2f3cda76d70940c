"""What a city denies is not offered in any text of a listing, and can always be taken off sale."""

from typing import Any

import pytest
from tests.catalog.test_selling import CREATE, GOOD, UPDATE, VARIANT, objections, shop

from peken import models
from peken.actors import Actor
from peken.ids import to_global
from peken.testing.world import World, as_vendor, global_id

pytestmark = pytest.mark.market({"35.78": ["batik_suroboyo"]})

DENIED: list[tuple[str, list[str]]] = [("denied", [])]


async def listed_before_the_rule(market: World) -> tuple[Actor, dict[str, Any]]:
    """A shop, and the id of its product that the city denies by now."""
    vendor = await market.vendor()
    variant = await market.product(vendor, name="Emas batang")
    return as_vendor(vendor), {"id": to_global("Product", variant.product_id)}


async def test_a_denied_product_can_be_taken_off_sale_and_not_put_on_again(market: World) -> None:
    actor, product = await listed_before_the_rule(market)

    archived = await market.ask(UPDATE, {"input": {**product, "status": "ARCHIVED"}}, actor=actor)
    again = await market.ask(UPDATE, {"input": {**product, "status": "ACTIVE"}}, actor=actor)
    better = await market.ask(UPDATE, {"input": {**product, "status": "ACTIVE", "name": "Beras"}}, actor=actor)

    assert archived.data["done"]["status"] == "ARCHIVED"
    assert await objections(again) == DENIED
    assert better.data["done"]["status"] == "ACTIVE"


async def test_a_product_leaves_the_shop_whatever_became_of_its_category_and_origin(market: World) -> None:
    actor, variant = await shop(market)
    await market.category("staples.rice.white")
    await models.Product.filter(id=variant.product_id).update(origin="Malang")
    product = {"id": to_global("Product", variant.product_id)}

    archived = await market.ask(UPDATE, {"input": {**product, "status": "ARCHIVED"}}, actor=actor)

    assert archived.data["done"]["status"] == "ARCHIVED"


async def test_what_is_denied_is_not_listed_under_the_name_of_a_variant(market: World) -> None:
    actor, _ = await shop(market)

    answer = await market.ask(
        CREATE, {"input": {**GOOD, "variants": [{"price": 1_000, "name": "Emas batang 10 g"}]}}, actor=actor
    )

    assert await objections(answer) == DENIED


async def test_a_variant_takes_no_denied_name_while_it_is_on_sale(market: World) -> None:
    actor, variant = await shop(market)
    ask = {"id": global_id(variant)}

    renamed = await market.ask(VARIANT, {"input": {**ask, "name": "Emas batang"}}, actor=actor)
    off = await market.ask(VARIANT, {"input": {**ask, "name": "Emas batang", "active": False}}, actor=actor)
    on = await market.ask(VARIANT, {"input": {**ask, "active": True}}, actor=actor)

    assert await objections(renamed) == await objections(on) == DENIED
    assert off.data["done"]["variants"][0]["active"] is False
    assert (await models.Variant.get(id=variant.id)).active is False


async def test_a_variant_of_a_denied_product_can_be_taken_off_sale_and_change_its_price(market: World) -> None:
    vendor = await market.vendor()
    variant = await market.product(vendor, name="Emas batang")
    ask = {"id": global_id(variant)}

    answers = [
        await market.ask(VARIANT, {"input": {**ask, **change}}, actor=as_vendor(vendor))
        for change in ({"price": 5}, {"active": False})
    ]

    assert [answer.data["done"]["__typename"] for answer in answers] == ["Product"] * 2

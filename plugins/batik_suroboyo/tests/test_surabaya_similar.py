"""Where else to go when a shop of Surabaya is full, in a whole market over HTTP."""

from typing import Any

import pytest

from peken import models
from peken.actors import Actor
from peken.ids import new_id
from peken.testing.world import World, as_buyer, global_id

SURABAYA = "35.78"
HOME, NEXT, FARTHER = "35.78.08.1003", "35.78.08.1001", "35.78.01.1001"
SIMILAR = "similarVendors { rule insteadOf { name } vendors { nearness vendor { name } } }"
PLACE = f"""
mutation ($items: [ItemInput!]!, $key: String!) {{
  placeOrder(basket: {{items: $items}}, idempotencyKey: $key) {{
    ... on PurchaseRefused {{ objections {{ code }} {SIMILAR} }}
  }}
}}
"""
EXPLAIN = f"query ($items: [ItemInput!]!) {{ explainOrder(basket: {{items: $items}}) {{ allowed {SIMILAR} }} }}"

pytestmark = pytest.mark.market({SURABAYA: ["batik_suroboyo"]})


async def place(market: World, actor: Actor, basket: dict[models.Variant, int], key: str) -> Any:
    """The answer to an order."""
    items = [{"variant": global_id(variant), "quantity": quantity} for variant, quantity in basket.items()]
    return (await market.ask(PLACE, {"items": items, "key": key}, actor=actor)).data["placeOrder"]


async def sells(market: World, name: str, region: str, *, sold: int = 0, **columns: Any) -> models.Vendor:
    """A shop with rice on its shelf that has sold so much this month."""
    vendor = await market.vendor(name=name, region=region, **columns)
    await market.product(vendor, price=100_000, stock=1_000)
    if sold:
        await models.TallyBalance.create(
            id=new_id(),
            city_id=SURABAYA,
            rule="surabaya.vendor-cap",
            subject=str(vendor.id),
            win="2026-03",
            value=sold,
            ceiling=30_000_000,
        )
    return vendor


async def test_up_to_five_shops_nearby_are_named_the_nearest_first_then_who_sold_least(market: World) -> None:
    full = await market.vendor(name="Penuh", region=HOME)
    rice = await market.product(full, price=1_000_000, stock=100)
    await sells(market, "Jauh", FARTHER)
    await sells(market, "Kecamatan, laku", NEXT, sold=2_000_000)
    await sells(market, "Kecamatan", NEXT)
    await sells(market, "Kelurahan, laku", HOME, sold=9_000_000)
    await sells(market, "Kelurahan, tak laku", HOME)
    await sells(market, "Kelurahan", HOME, sold=1_000_000)
    await sells(market, "Hampir penuh", HOME, sold=29_500_000)
    await sells(market, "Tutup", HOME, sold=29_900_000)
    await sells(market, "Belum dilihat", HOME, verified=False)
    await market.product(await market.vendor(name="Sabun", region=HOME), category="household.soap")
    await market.product(await market.vendor(name="Habis", region=HOME), stock=0)
    actor = as_buyer(await market.buyer())
    await place(market, actor, {rice: 29}, "a")

    refused = await place(market, actor, {rice: 2}, "b")
    items = {"items": [{"variant": global_id(rice), "quantity": 2}]}
    explained = (await market.ask(EXPLAIN, items, actor=actor)).data["explainOrder"]

    (instead,) = refused["similarVendors"]
    assert (instead["rule"], instead["insteadOf"]) == ("surabaya.vendor-cap", {"name": "Penuh"})
    assert [(each["vendor"]["name"], each["nearness"]) for each in instead["vendors"]] == [
        ("Kelurahan, tak laku", "KELURAHAN"),
        ("Kelurahan", "KELURAHAN"),
        ("Kelurahan, laku", "KELURAHAN"),
        ("Kecamatan", "KECAMATAN"),
        ("Kecamatan, laku", "KECAMATAN"),
    ]
    assert explained == {"allowed": False, "similarVendors": [instead]}


async def test_each_full_shop_leads_to_others_and_first_to_who_sells_most_of_what_was_asked(market: World) -> None:
    one, two = [await sells(market, name, HOME, sold=29_000_000) for name in ("Satu", "Dua")]
    rice, soap = await market.product(one), await market.product(one, price=999_999, category="household.soap")
    eggs = await market.product(two, price=1_000_001, category="staples.egg")
    await market.product(await sells(market, "Lengkap", NEXT), category="household.soap")
    await sells(market, "Beras saja", HOME)
    await market.product(await market.vendor(name="Telur", region=NEXT), category="staples.egg")

    refused = await place(market, as_buyer(await market.buyer()), {rice: 1, soap: 1, eggs: 1}, "a")

    found = {
        each["insteadOf"]["name"]: [other["vendor"]["name"] for other in each["vendors"]]
        for each in refused["similarVendors"]
    }
    assert found == {"Satu": ["Lengkap", "Beras saja"], "Dua": ["Telur"]}


async def test_where_nobody_near_has_room_nobody_is_named(market: World) -> None:
    rice = await market.product(await market.vendor(region=HOME), price=31_000_000)
    await sells(market, "Lain", HOME)

    refused = await place(market, as_buyer(await market.buyer()), {rice: 1}, "a")

    assert [each["vendors"] for each in refused["similarVendors"]] == [[]]


async def test_a_refusal_leads_on_from_what_was_kept_and_as_many_queries_for_many_as_for_one(market: World) -> None:
    full = await market.vendor(name="Penuh", region=HOME)
    rice = await market.product(full, price=1_000_000, stock=100)
    await sells(market, "Lain", HOME)
    actor = as_buyer(await market.buyer())
    await place(market, actor, {rice: 29}, "a")
    document = f"query ($first: Int) {{ refusals(first: $first) {{ nodes {{ {SIMILAR} }} }} }}"

    counts = []
    # What is new is executed, and planned when it is asked again.
    await market.ask(document, {"first": 1}, actor=actor)
    for number in (1, 4):
        await place(market, actor, {rice: 2}, f"try {number}")
        await place(market, actor, {rice: 3}, f"again {number}")
        with market.market.database.counting() as statements:
            answer = await market.ask(document, {"first": number}, actor=actor)
        counts.append(len(statements))
        for node in answer.data["refusals"]["nodes"]:
            assert [each["vendor"]["name"] for each in node["similarVendors"][0]["vendors"]] == ["Lain"]

    # Vendors are read for two places of the document.
    assert counts[0] == counts[1] <= 6


async def test_a_refusal_for_other_reasons_names_no_other_shops(market: World) -> None:
    rice = await market.product(await market.vendor(), stock=1)

    refused = await place(market, as_buyer(await market.buyer()), {rice: 2}, "k")

    assert [each["code"] for each in refused["objections"]] == ["out_of_stock"]
    assert refused["similarVendors"] == []

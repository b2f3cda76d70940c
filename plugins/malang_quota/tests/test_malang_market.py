"""Malang's minimum in a whole market, over HTTP: what an ASN owes after each step of an order."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from peken import models
from peken.actors import Actor
from peken.ids import new_id
from peken.testing.world import World, as_buyer, as_vendor, global_id

MALANG, SURABAYA = "35.73", "35.78"

OWED = """
{ me { buyer { obligations { rule due done remaining met until daysLeft window } } } }
"""
PLACE = """
mutation ($items: [ItemInput!]!, $key: String!) {
  placeOrder(basket: {items: $items}, idempotencyKey: $key) { ... on Purchase { orders { id decisions { code } } } }
}
"""
EXPLAIN = """
query ($items: [ItemInput!]!) {
  explainOrder(basket: {items: $items}) { allowed decisions { rule code figures { name value } } }
}
"""
DELIVER = "mutation ($id: ID!) { deliverOrder(id: $id) { ... on Order { status } } }"
CANCEL = 'mutation ($id: ID!) { cancelOrder(id: $id, reason: "sent back") { ... on Order { status } } }'

pytestmark = pytest.mark.market({MALANG: ["malang_quota"]})


async def owed(market: World, actor: Actor) -> list[dict[str, Any]]:
    """What the actor owes now."""
    return (await market.ask(OWED, actor=actor)).data["me"]["buyer"]["obligations"]  # type: ignore[no-any-return]


async def done(market: World, actor: Actor) -> tuple[int, int, bool]:
    """How far the only obligation of the actor has come: done, remaining, met."""
    (one,) = await owed(market, actor)
    return one["done"], one["remaining"], one["met"]


async def place(market: World, actor: Actor, variant: models.Variant, quantity: int, key: str = "k1") -> str:
    """Places an order of one line; its id."""
    items = [{"variant": global_id(variant), "quantity": quantity}]
    answer = await market.ask(PLACE, {"items": items, "key": key}, actor=actor)
    return str(answer.data["placeOrder"]["orders"][0]["id"])


async def move(market: World, document: str, actor: Actor, order: str) -> str:
    """Delivers or cancels; the new status."""
    answer = await market.ask(document, {"id": order}, actor=actor)
    return str(next(iter(answer.data.values()))["status"])


async def umkm(market: World, **columns: Any) -> models.Vendor:
    """A verified UMKM of Malang."""
    return await market.vendor(MALANG, kind="umkm", **columns)


async def test_an_asn_owes_the_minimum_from_the_first_of_the_month(market: World) -> None:
    actor = as_buyer(await market.buyer(classes={"golongan": "III/a"}))

    standing = await owed(market, actor)

    assert standing == [
        {
            "rule": "malang.quota",
            "due": 500_000,
            "done": 0,
            "remaining": 500_000,
            "met": False,
            "until": "2026-03-31",
            "daysLeft": 16,
            "window": "2026-03",
        }
    ]


async def test_only_a_delivered_order_counts(market: World) -> None:
    vendor = await umkm(market)
    apron, actor = await market.product(vendor, price=123_457), as_buyer(await market.buyer(classes={}))

    order = await place(market, actor, apron, 3)
    placed = await done(market, actor)
    await move(market, DELIVER, as_vendor(vendor), order)
    delivered = await done(market, actor)

    assert placed == (0, 500_000, False)
    assert delivered == (370_371, 129_629, False)


async def test_what_is_reached_stays_met_and_nothing_remains(market: World) -> None:
    vendor = await umkm(market)
    apron, actor = await market.product(vendor, price=250_001), as_buyer(await market.buyer(classes={}))

    await move(market, DELIVER, as_vendor(vendor), await place(market, actor, apron, 2))

    assert await done(market, actor) == (500_002, 0, True)


async def test_an_order_cancelled_before_delivery_never_counted(market: World) -> None:
    vendor = await umkm(market)
    apron, actor = await market.product(vendor, price=100_000), as_buyer(await market.buyer(classes={}))

    await move(market, CANCEL, actor, await place(market, actor, apron, 2))

    assert await done(market, actor) == (0, 500_000, False)
    assert (await models.Variant.get(id=apron.id)).stock == 100


async def test_goods_that_come_back_are_taken_off_once(market: World) -> None:
    vendor = await umkm(market)
    apron, actor = await market.product(vendor, price=100_000), as_buyer(await market.buyer(classes={}))
    kept = await place(market, actor, apron, 1, "kept")
    back = await place(market, actor, apron, 4, "back")
    for order in (kept, back):
        await move(market, DELIVER, as_vendor(vendor), order)

    first = await move(market, CANCEL, as_vendor(vendor), back)
    again = await move(market, CANCEL, as_vendor(vendor), back)

    assert (first, again) == ("CANCELLED", "CANCELLED")
    assert await done(market, actor) == (100_000, 400_000, False)
    assert (await models.Variant.get(id=apron.id)).stock == 99


async def test_the_decision_of_a_delivery_is_kept_with_the_order(market: World) -> None:
    vendor = await umkm(market)
    apron, actor = await market.product(vendor, price=100_000), as_buyer(await market.buyer(classes={}))
    order = await place(market, actor, apron, 2)
    document = "query ($id: ID!) { order(id: $id) { decisions { rule outcome code message(lang: ID) } } }"

    await move(market, DELIVER, as_vendor(vendor), order)
    answer = await market.ask(document, {"id": order}, actor=actor)

    (decision,) = answer.data["order"]["decisions"]
    assert (decision["rule"], decision["outcome"], decision["code"]) == ("malang.quota", "ALLOW", "counts_towards")
    assert "Rp200.000" in decision["message"]
    assert "Rp300.000" in decision["message"]


async def test_a_shop_that_is_no_umkm_of_the_city_does_not_count(market: World) -> None:
    grocer, vendor = await market.vendor(MALANG), await umkm(market, name="Kerajinan Baru")
    rice, apron = await market.product(grocer), await market.product(vendor)
    actor = as_buyer(await market.buyer(classes={}))
    of_grocer, of_umkm = await place(market, actor, rice, 1, "a"), await place(market, actor, apron, 1, "b")
    vendor.verified_at = None  # city hall takes its word back before the goods arrive
    await vendor.save()

    await move(market, DELIVER, as_vendor(grocer), of_grocer)
    await move(market, DELIVER, as_vendor(vendor), of_umkm)

    assert await done(market, actor) == (0, 500_000, False)


async def test_who_is_no_asn_owes_nothing(market: World) -> None:
    vendor = await umkm(market)
    apron, actor = await market.product(vendor), as_buyer(await market.buyer())

    await move(market, DELIVER, as_vendor(vendor), await place(market, actor, apron, 1))

    assert await owed(market, actor) == []
    assert await models.TallyEntry.all().count() == 0


async def test_the_month_turns_at_midnight_in_the_city(market: World) -> None:
    vendor = await umkm(market)
    apron, actor = await market.product(vendor, price=100_000), as_buyer(await market.buyer(classes={}))
    late, early = await place(market, actor, apron, 1, "late"), await place(market, actor, apron, 2, "early")

    market.clock.at = datetime(2026, 3, 31, 16, 59, tzinfo=UTC)  # 23:59 on the 31st in WIB
    await move(market, DELIVER, as_vendor(vendor), late)
    (march,) = await owed(market, actor)
    market.clock.at = datetime(2026, 3, 31, 17, 30, tzinfo=UTC)  # 00:30 on the 1st in WIB
    await move(market, DELIVER, as_vendor(vendor), early)
    (april,) = await owed(market, actor)

    assert (march["window"], march["done"], march["until"], march["daysLeft"]) == ("2026-03", 100_000, "2026-03-31", 1)
    assert (april["window"], april["done"], april["until"], april["daysLeft"]) == ("2026-04", 200_000, "2026-04-30", 30)


async def test_goods_that_come_back_next_month_are_taken_off_the_month_they_counted_in(market: World) -> None:
    vendor = await umkm(market)
    apron, actor = await market.product(vendor, price=100_000), as_buyer(await market.buyer(classes={}))
    order = await place(market, actor, apron, 3)
    await move(market, DELIVER, as_vendor(vendor), order)
    march = market.clock.at

    market.clock.at = datetime(2026, 4, 2, 5, 0, tzinfo=UTC)
    await move(market, CANCEL, as_vendor(vendor), order)
    april = await done(market, actor)
    market.clock.at = march

    assert april == (0, 500_000, False)
    assert await done(market, actor) == (0, 500_000, False)


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize(
    ("joined", "left", "due"),
    [
        (date(2026, 3, 17), None, 500_000 * 15 // 31),
        (date(2026, 3, 31), None, 500_000 * 1 // 31),
        (date(2026, 3, 1), None, 500_000),
        (None, date(2026, 3, 11), 500_000 * 10 // 31),
        (date(2026, 3, 17), date(2026, 3, 20), 500_000 * 3 // 31),
    ],
)
async def test_who_serves_a_part_of_the_month_owes_a_part(
    market: World, joined: date | None, left: date | None, due: int
) -> None:
    actor = as_buyer(await market.buyer(classes={}, joined_on=joined, left_on=left))

    (standing,) = await owed(market, actor)

    assert (standing["due"], standing["remaining"]) == (due, due)


@pytest.mark.market({MALANG: ["malang_quota"]}, {"malang_quota": {"minimum": "tpp"}})
async def test_the_class_of_the_day_says_what_is_owed(market: World) -> None:
    vendor, buyer = await umkm(market), await market.buyer(classes={})
    apron, actor = await market.product(vendor, price=700_000), as_buyer(buyer)
    spans = [("1", date(2024, 1, 1), date(2026, 3, 20)), ("3", date(2026, 3, 20), None)]
    for code, first, after in spans:
        await models.BuyerClass.create(
            id=new_id(), buyer_id=buyer.id, scheme="tpp", code=code, valid_from=first, valid_to=after
        )
    await move(market, DELIVER, as_vendor(vendor), await place(market, actor, apron, 1))

    (before,) = await owed(market, actor)
    market.clock.at = datetime(2026, 3, 19, 17, 0, tzinfo=UTC)  # midnight of the 20th in WIB
    (promoted,) = await owed(market, actor)

    assert (before["due"], before["done"], before["remaining"], before["met"]) == (500_000, 700_000, 0, True)
    assert (promoted["due"], promoted["done"], promoted["remaining"]) == (2_000_000, 700_000, 1_300_000)


@pytest.mark.market({MALANG: ["malang_quota"], SURABAYA: []})
async def test_the_rule_does_not_bind_in_another_city(market: World) -> None:
    neighbour = as_buyer(await market.buyer(SURABAYA, classes={"golongan": "III/a"}))
    vendor = await market.vendor(SURABAYA, kind="umkm")
    apron = await market.product(vendor, price=100_000)

    await move(market, DELIVER, as_vendor(vendor), await place(market, neighbour, apron, 2))

    assert await owed(market, neighbour) == []
    assert await models.TallyBalance.all().count() == 0
    assert await models.Decision.all().count() == 0


async def test_before_buying_one_is_told_what_a_basket_adds_to_the_minimum(market: World) -> None:
    batik = await market.product(await umkm(market), price=150_000, category="batik.cloth")
    actor = as_buyer(await market.buyer(classes={"golongan": "III/a"}))
    items = [{"variant": global_id(batik), "quantity": 2}]

    answer = await market.ask(EXPLAIN, {"items": items}, actor=actor)

    explained = answer.data["explainOrder"]
    assert explained["allowed"]
    assert [(decision["rule"], decision["code"]) for decision in explained["decisions"]] == [
        ("malang.quota", "counts_towards")
    ]
    assert {"name": "remaining", "value": "200000"} in explained["decisions"][0]["figures"]
    assert await done(market, actor) == (0, 500_000, False)

"""Surabaya's mandate and vendor cap in a whole market, over HTTP: every figure to the Rupiah."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from peken import models
from peken.actors import Actor
from peken.ids import new_id
from peken.testing.world import World, as_buyer, as_city_hall, as_vendor, global_id

SURABAYA, MALANG = "35.78", "35.73"

OWED = """
{ me { buyer { obligations { rule due done remaining met until daysLeft window } } } }
"""
SAID = """
objections { code rule citation english: message(lang: EN) indonesian: message(lang: ID) }
decisions { rule outcome code window citation figures { name value } }
"""
PLACE = f"""
mutation ($items: [ItemInput!]!, $key: String!) {{
  placeOrder(basket: {{items: $items}}, idempotencyKey: $key) {{
    __typename
    ... on Purchase {{ amount orders {{ id }} decisions {{ rule outcome code figures {{ name value }} }} }}
    ... on PurchaseRefused {{ id amount {SAID} }}
  }}
}}
"""
EXPLAIN = f"query ($items: [ItemInput!]!) {{ explainOrder(basket: {{items: $items}}) {{ allowed amount {SAID} }} }}"
DELIVER = "mutation ($id: ID!) { deliverOrder(id: $id) { ... on Order { status } } }"
CANCEL = 'mutation ($id: ID!) { cancelOrder(id: $id, reason: "sent back") { ... on Order { status } } }'

pytestmark = pytest.mark.market({SURABAYA: ["batik_suroboyo"]})


async def owed(market: World, actor: Actor) -> list[dict[str, Any]]:
    """What the actor owes now."""
    return (await market.ask(OWED, actor=actor)).data["me"]["buyer"]["obligations"]  # type: ignore[no-any-return]


async def done(market: World, actor: Actor) -> tuple[int, int, bool]:
    """How far the only obligation of the actor has come: done, remaining, met."""
    (one,) = await owed(market, actor)
    return one["done"], one["remaining"], one["met"]


def items(variant: models.Variant, quantity: int) -> list[dict[str, Any]]:
    """A basket of one line."""
    return [{"variant": global_id(variant), "quantity": quantity}]


async def place(market: World, actor: Actor, variant: models.Variant, quantity: int, key: str) -> Any:
    """The answer to an order of one line."""
    answer = await market.ask(PLACE, {"items": items(variant, quantity), "key": key}, actor=actor)
    return answer.data["placeOrder"]


async def placed(market: World, actor: Actor, variant: models.Variant, quantity: int, key: str = "k1") -> str:
    """The id of an order of one line."""
    return str((await place(market, actor, variant, quantity, key))["orders"][0]["id"])


async def move(market: World, document: str, actor: Actor, order: str) -> str:
    """Delivers or cancels; the new status."""
    answer = await market.ask(document, {"id": order}, actor=actor)
    return str(next(iter(answer.data.values()))["status"])


def said_of_cap(answer: Any) -> tuple[str, str, dict[str, Any]]:
    """Outcome, code and figures of the cap's decision."""
    (decision,) = [each for each in answer["decisions"] if each["rule"] == "surabaya.vendor-cap"]
    figures = {figure["name"]: json.loads(figure["value"]) for figure in decision["figures"]}
    return decision["outcome"], decision["code"], figures


# the mandate --------------------------------------------------------------------------------------------------


async def test_an_asn_owes_staples_and_each_step_of_an_order_counts_exactly(market: World) -> None:
    vendor = await market.vendor(SURABAYA)
    rice, actor = await market.product(vendor, price=73_501), as_buyer(await market.buyer(classes={"post": "staf"}))

    (before,) = await owed(market, actor)
    order = await placed(market, actor, rice, 3)
    after_placing = await done(market, actor)
    await move(market, DELIVER, as_vendor(vendor), order)
    after_delivering = await done(market, actor)
    await move(market, CANCEL, as_vendor(vendor), order)

    assert before == {
        "rule": "surabaya.mandate",
        "due": 500_000,
        "done": 0,
        "remaining": 500_000,
        "met": False,
        "until": "2026-03-31",
        "daysLeft": 16,
        "window": "2026-03",
    }
    assert after_placing == (0, 500_000, False)
    assert after_delivering == (220_503, 279_497, False)
    assert await done(market, actor) == (0, 500_000, False)


async def test_an_order_cancelled_before_delivery_never_counted(market: World) -> None:
    rice = await market.product(await market.vendor(SURABAYA))
    actor = as_buyer(await market.buyer(classes={}))

    await move(market, CANCEL, actor, await placed(market, actor, rice, 3))

    assert await done(market, actor) == (0, 500_000, False)


async def test_only_staples_count(market: World) -> None:
    vendor = await market.vendor(SURABAYA)
    soap = await market.product(vendor, category="household.soap", price=90_000)
    rice = await market.product(vendor, category="staples.rice.premium", price=80_000)
    actor = as_buyer(await market.buyer(classes={}))
    basket = [*items(soap, 1), *items(rice, 2)]

    answer = await market.ask(PLACE, {"items": basket, "key": "k1"}, actor=actor)
    await move(market, DELIVER, as_vendor(vendor), answer.data["placeOrder"]["orders"][0]["id"])

    assert await done(market, actor) == (160_000, 340_000, False)


async def test_who_is_no_asn_owes_nothing(market: World) -> None:
    vendor = await market.vendor(SURABAYA)
    rice, actor = await market.product(vendor), as_buyer(await market.buyer())

    await move(market, DELIVER, as_vendor(vendor), await placed(market, actor, rice, 1))

    assert await owed(market, actor) == []
    assert await models.TallyEntry.filter(rule="surabaya.mandate").count() == 0


async def test_the_month_turns_at_midnight_in_the_city(market: World) -> None:
    vendor = await market.vendor(SURABAYA)
    rice, actor = await market.product(vendor, price=100_000), as_buyer(await market.buyer(classes={}))
    late, early = await placed(market, actor, rice, 1, "late"), await placed(market, actor, rice, 2, "early")

    market.clock.at = datetime(2026, 3, 31, 16, 59, tzinfo=UTC)  # 23:59 on the 31st in WIB
    await move(market, DELIVER, as_vendor(vendor), late)
    (march,) = await owed(market, actor)
    market.clock.at = datetime(2026, 3, 31, 17, 30, tzinfo=UTC)  # 00:30 on the 1st in WIB
    await move(market, DELIVER, as_vendor(vendor), early)
    (april,) = await owed(market, actor)

    assert (march["window"], march["done"], march["daysLeft"]) == ("2026-03", 100_000, 1)
    assert (april["window"], april["done"], april["daysLeft"]) == ("2026-04", 200_000, 30)


async def test_who_joins_in_mid_month_owes_a_part(market: World) -> None:
    actor = as_buyer(await market.buyer(classes={}, joined_on=date(2026, 3, 17)))

    (standing,) = await owed(market, actor)

    assert standing["due"] == 500_000 * 15 // 31


async def test_who_becomes_camat_owes_a_camats_amount_from_that_day(market: World) -> None:
    vendor, buyer = await market.vendor(SURABAYA), await market.buyer(classes={})
    rice, actor = await market.product(vendor, price=600_000), as_buyer(buyer)
    await models.BuyerClass.create(
        id=new_id(), buyer_id=buyer.id, scheme="post", code="camat", valid_from=date(2026, 3, 20)
    )
    await move(market, DELIVER, as_vendor(vendor), await placed(market, actor, rice, 1))

    (before,) = await owed(market, actor)
    market.clock.at = datetime(2026, 3, 19, 17, 0, tzinfo=UTC)  # midnight of the 20th in WIB
    (after,) = await owed(market, actor)

    assert (before["due"], before["remaining"], before["met"]) == (500_000, 0, True)
    assert (after["due"], after["done"], after["remaining"]) == (2_000_000, 600_000, 1_400_000)


# the vendor cap -----------------------------------------------------------------------------------------------


async def test_a_shop_is_warned_once_it_passes_four_fifths(market: World) -> None:
    rice = await market.product(await market.vendor(SURABAYA), price=1_000_000)
    actor = as_buyer(await market.buyer())

    below = await place(market, actor, rice, 23, "a")
    passing = await place(market, actor, rice, 1, "b")
    beyond = await place(market, actor, rice, 1, "c")

    said = [said_of_cap(answer)[:2] for answer in (below, passing, beyond)]
    assert said == [("ALLOW", "within_cap"), ("WARN", "cap_near"), ("ALLOW", "within_cap")]
    figures = said_of_cap(passing)[2]
    assert (figures["percent"], figures["remaining"], figures["ceiling"]) == (80, 6_000_000, 30_000_000)


async def test_a_shop_sells_up_to_the_last_rupiah_and_no_further(market: World) -> None:
    vendor = await market.vendor(SURABAYA)
    rice = await market.product(vendor, price=29_999_999)
    sweet, dear = await market.product(vendor, price=1), await market.product(vendor, price=2)
    actor = as_buyer(await market.buyer())
    await placed(market, actor, rice, 1, "a")

    beyond = await place(market, actor, dear, 1, "b")
    last = await place(market, actor, sweet, 1, "c")

    assert beyond["__typename"] == "PurchaseRefused"
    assert last["__typename"] == "Purchase"


async def test_a_refusal_at_the_cap_says_every_figure_in_both_languages(market: World) -> None:
    rice = await market.product(await market.vendor(SURABAYA), price=100_000, stock=1_000)
    actor = as_buyer(await market.buyer())
    await placed(market, actor, rice, 290, "a")

    refused = await place(market, actor, rice, 15, "b")

    (objection,) = refused["objections"]
    assert (refused["amount"], objection["code"], objection["rule"]) == (
        1_500_000,
        "cap_reached",
        "surabaya.vendor-cap",
    )
    assert "Kota Surabaya" in objection["citation"]
    for figure in ("30,000,000", "29,000,000", "1,000,000", "1,500,000"):
        assert f"Rp{figure}" in objection["english"].replace(".", ",")
        assert f"Rp{figure.replace(',', '.')}" in objection["indonesian"]
    assert objection["english"] != objection["indonesian"]
    assert said_of_cap(refused) == (
        "REFUSE",
        "cap_reached",
        {
            "amount": 1_500_000,
            "before": 29_000_000,
            "ceiling": 30_000_000,
            "unit": "rupiah",
            "remaining": 1_000_000,
            "over": 500_000,
        },
    )


async def test_a_first_order_beyond_the_cap_is_refused_too(market: World) -> None:
    rice = await market.product(await market.vendor(SURABAYA), price=100_000, stock=1_000)
    actor = as_buyer(await market.buyer())

    refused = await place(market, actor, rice, 301, "a")

    assert [objection["code"] for objection in refused["objections"]] == ["cap_reached"]
    assert await models.TallyBalance.all().count() == 0
    assert (await models.Variant.get(id=rice.id)).stock == 1_000


async def test_a_refusal_is_kept_with_its_decisions(market: World) -> None:
    rice = await market.product(await market.vendor(SURABAYA), price=31_000_000)
    actor = as_buyer(await market.buyer())
    refused = await place(market, actor, rice, 1, "a")

    answer = await market.ask(
        f"{{ refusals {{ nodes {{ id amount {SAID} }} }} }}", actor=as_city_hall(SURABAYA), language="id"
    )

    (kept,) = answer.data["refusals"]["nodes"]
    assert kept == {name: value for name, value in refused.items() if name != "__typename"}
    assert {decision["rule"]: decision["code"] for decision in kept["decisions"]} == {
        "surabaya.assignment": "allowed",
        "surabaya.vendor-cap": "cap_reached",
    }


async def test_what_is_explained_beforehand_is_what_placing_says(market: World) -> None:
    rice = await market.product(await market.vendor(SURABAYA), price=1_000_000)
    actor = as_buyer(await market.buyer(classes={}))
    await placed(market, actor, rice, 29, "a")

    explained = await market.ask(EXPLAIN, {"items": items(rice, 2)}, actor=actor)
    refused = await place(market, actor, rice, 2, "b")

    advice = explained.data["explainOrder"]
    assert (advice["allowed"], advice["amount"]) == (False, refused["amount"])
    assert advice["objections"] == refused["objections"]
    (*placing, mandate) = advice["decisions"]
    assert placing == refused["decisions"]
    assert (mandate["rule"], mandate["code"]) == ("surabaya.mandate", "counts_towards"), "once it is delivered"


async def test_what_is_explained_as_allowed_is_placed_with_the_same_decisions(market: World) -> None:
    rice = await market.product(await market.vendor(SURABAYA), price=1_000_000)
    actor = as_buyer(await market.buyer(classes={}))

    explained = await market.ask(EXPLAIN, {"items": items(rice, 24)}, actor=actor)
    nothing_kept = await models.Decision.all().count()
    bought = await place(market, actor, rice, 24, "a")

    assert explained.data["explainOrder"]["allowed"] is True
    assert nothing_kept == 0
    assert said_of_cap(explained.data["explainOrder"]) == said_of_cap(bought)


async def test_a_cancelled_order_makes_room(market: World) -> None:
    vendor = await market.vendor(SURABAYA)
    rice, actor = await market.product(vendor, price=1_000_000), as_buyer(await market.buyer())
    order = await placed(market, actor, rice, 30, "a")
    full = await place(market, actor, rice, 1, "b")

    await move(market, CANCEL, actor, order)
    again = await place(market, actor, rice, 30, "b")

    assert full["__typename"] == "PurchaseRefused"
    assert said_of_cap(again)[2]["before"] == 0
    assert (await models.TallyBalance.get(rule="surabaya.vendor-cap")).value == 30_000_000


async def test_delivering_does_not_count_a_second_time_against_the_cap(market: World) -> None:
    vendor = await market.vendor(SURABAYA)
    rice, actor = await market.product(vendor, price=1_000_000), as_buyer(await market.buyer())

    await move(market, DELIVER, as_vendor(vendor), await placed(market, actor, rice, 30, "a"))

    assert (await models.TallyBalance.get(rule="surabaya.vendor-cap")).value == 30_000_000


async def test_a_closed_shop_opens_again_with_the_month_of_the_city(market: World) -> None:
    rice = await market.product(await market.vendor(SURABAYA), price=1_000_000)
    actor = as_buyer(await market.buyer())
    await placed(market, actor, rice, 30, "a")

    market.clock.at = datetime(2026, 3, 31, 16, 59, tzinfo=UTC)  # 23:59 on the 31st in WIB
    still_closed = await place(market, actor, rice, 1, "b")
    market.clock.at = datetime(2026, 3, 31, 17, 30, tzinfo=UTC)  # 00:30 on the 1st in WIB
    open_again = await place(market, actor, rice, 1, "b")

    assert still_closed["__typename"] == "PurchaseRefused"
    assert said_of_cap(open_again)[2]["before"] == 0
    windows = await models.TallyBalance.filter(rule="surabaya.vendor-cap").order_by("win").values_list("win", "value")
    assert [tuple(each) for each in windows] == [("2026-03", 30_000_000), ("2026-04", 1_000_000)]


async def test_one_closed_shop_refuses_the_whole_purchase(market: World) -> None:
    full, free = await market.vendor(SURABAYA, name="Penuh"), await market.vendor(SURABAYA, name="Longgar")
    rice, eggs = await market.product(full, price=30_000_000), await market.product(free, price=28_000)
    actor = as_buyer(await market.buyer())
    await placed(market, actor, rice, 1, "a")

    answer = await market.ask(PLACE, {"items": [*items(rice, 1), *items(eggs, 1)], "key": "b"}, actor=actor)

    refused = answer.data["placeOrder"]
    assert [(each["outcome"], each["code"]) for each in refused["decisions"]] == [
        ("ALLOW", "allowed"),
        ("REFUSE", "cap_reached"),
        ("ALLOW", "within_cap"),
    ]
    assert (await models.Variant.get(id=eggs.id)).stock == 100


# two cities ---------------------------------------------------------------------------------------------------


@pytest.mark.market({SURABAYA: ["batik_suroboyo"], MALANG: ["malang_quota"]})
async def test_each_city_is_bound_by_its_own_plugin_alone(market: World) -> None:
    here, there = await market.vendor(SURABAYA, kind="umkm"), await market.vendor(MALANG, kind="umkm")
    rice, other = await market.product(here, price=31_000_000), await market.product(there, price=31_000_000)
    asn, neighbour = await market.buyer(SURABAYA, classes={}), await market.buyer(MALANG, classes={})

    refused = await place(market, as_buyer(asn), rice, 1, "a")
    order = await placed(market, as_buyer(neighbour), other, 1, "b")
    await move(market, DELIVER, as_vendor(there), order)

    assert refused["__typename"] == "PurchaseRefused"
    assert [each["rule"] for each in await owed(market, as_buyer(asn))] == ["surabaya.mandate"]
    (owed_there,) = await owed(market, as_buyer(neighbour))
    assert (owed_there["rule"], owed_there["done"]) == ("malang.quota", 31_000_000)


@pytest.mark.market({SURABAYA: ["batik_suroboyo"], MALANG: ["malang_quota"]})
async def test_nobody_buys_across_the_border(market: World) -> None:
    rice = await market.product(await market.vendor(SURABAYA))
    neighbour = as_buyer(await market.buyer(MALANG, classes={}))

    refused = await place(market, neighbour, rice, 1, "a")

    assert [each["code"] for each in refused["objections"]] == ["other_city"]


async def test_two_shops_at_their_caps_are_told_apart(market: World) -> None:
    one, other = [await market.vendor(kind="kelontong", name=name) for name in ("Toko Satu", "Toko Dua")]
    small = await market.product(one, price=1_000)
    dear = [await market.product(vendor, price=31_000_000) for vendor in (one, other)]
    items = [{"variant": global_id(ware), "quantity": 1} for ware in (small, *dear)]
    said = "objections { code path lines subject plugin } decisions { code lines subject }"
    document = f"""
    mutation ($basket: BasketInput!) {{
      placeOrder(basket: $basket, idempotencyKey: "k") {{ ... on PurchaseRefused {{ {said} }} }}
    }}
    """
    actor = as_buyer(await market.buyer())

    answer = await market.ask(document, {"basket": {"items": items}}, actor=actor)
    advice = await market.ask(
        f"query ($basket: BasketInput!) {{ explainOrder(basket: $basket) {{ {said} }} }}",
        {"basket": {"items": items}},
        actor=actor,
    )

    refused = answer.data["placeOrder"]
    assert refused["objections"] == [
        {
            "code": "cap_reached",
            "path": ["items"],
            "lines": [0, 1],
            "subject": "Toko Satu",
            "plugin": "batik_suroboyo",
        },
        {
            "code": "cap_reached",
            "path": ["items", "2"],
            "lines": [2],
            "subject": "Toko Dua",
            "plugin": "batik_suroboyo",
        },
    ]
    capped = [decision for decision in refused["decisions"] if decision["code"] == "cap_reached"]
    assert [(decision["lines"], decision["subject"]) for decision in capped] == [
        ([0, 1], "Toko Satu"),
        ([2], "Toko Dua"),
    ]
    assert advice.data["explainOrder"] == refused

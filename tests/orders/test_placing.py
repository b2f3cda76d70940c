"""Placing over HTTP: the purchase, the retry, the refusal with every reason."""

from dataclasses import replace
from typing import Any

import pytest
from tests.fire.books import assert_books_balance

from peken import models
from peken.ids import new_id, to_global
from peken.models.catalog import MeasureUnit
from peken.testing.world import World, as_buyer, as_city_hall, as_officer, global_id

PLACE = """
mutation ($items: [ItemInput!]!, $key: String!) {
  placeOrder(basket: {items: $items}, idempotencyKey: $key) {
    __typename
    ... on Purchase { id amount orders { id amount status vendor { name } lines { name quantity unitPrice amount } } }
    ... on PurchaseRefused { id amount objections { code message path rule citation } decisions { rule outcome code } }
  }
}
"""
pytestmark = pytest.mark.market({"35.73": []})


async def test_a_purchase_makes_one_order_for_each_vendor(market: World) -> None:
    one, other = await market.vendor(name="Toko Satu"), await market.vendor(name="Toko Dua")
    rice, eggs = await market.product(one, price=75_000), await market.product(other, price=28_000)
    buyer = await market.buyer()

    items = [{"variant": global_id(rice), "quantity": 2}, {"variant": global_id(eggs), "quantity": 1}]
    answer = await market.ask(PLACE, {"items": items, "key": "k1"}, actor=as_buyer(buyer))

    placed = answer.data["placeOrder"]
    assert placed["amount"] == 178_000
    assert [(o["amount"], o["vendor"]["name"]) for o in placed["orders"]] == [
        (150_000, "Toko Satu"),
        (28_000, "Toko Dua"),
    ]
    assert (await models.Variant.get(id=rice.id)).stock == 98


async def test_the_same_key_answers_with_the_same_purchase(market: World) -> None:
    rice = await market.product(await market.vendor())
    actor = as_buyer(await market.buyer())
    items = [{"variant": global_id(rice), "quantity": 2}]

    first = await market.ask(PLACE, {"items": items, "key": "k1"}, actor=actor)
    second = await market.ask(PLACE, {"items": items, "key": "k1"}, actor=actor)

    assert first.data == second.data
    assert await models.Purchase.all().count() == 1


async def test_another_basket_under_the_same_key_is_refused(market: World) -> None:
    rice = await market.product(await market.vendor())
    actor = as_buyer(await market.buyer())
    await market.ask(PLACE, {"items": [{"variant": global_id(rice), "quantity": 2}], "key": "k1"}, actor=actor)

    answer = await market.ask(PLACE, {"items": [{"variant": global_id(rice), "quantity": 3}], "key": "k1"}, actor=actor)

    assert answer.codes == ["key_reused"]
    assert (await models.Variant.get(id=rice.id)).stock == 98


async def test_a_refusal_says_every_reason_and_consumes_no_key(market: World) -> None:
    vendor = await market.vendor()
    short, gone = await market.product(vendor, stock=1), await market.product(vendor, status="archived")
    actor = as_buyer(await market.buyer())
    items = [{"variant": global_id(short), "quantity": 2}, {"variant": global_id(gone), "quantity": 1}]

    refused = (await market.ask(PLACE, {"items": items, "key": "k1"}, actor=actor)).data["placeOrder"]
    again = await market.ask(PLACE, {"items": [{"variant": global_id(short), "quantity": 1}], "key": "k1"}, actor=actor)

    assert [(o["code"], o["path"]) for o in refused["objections"]] == [
        ("not_on_sale", ["items", "1"]),
        ("out_of_stock", ["items", "0"]),
    ]
    assert again.data["placeOrder"]["__typename"] == "Purchase"


async def test_city_hall_reads_why_a_purchase_was_refused(market: World) -> None:
    short = await market.product(await market.vendor(), stock=1)
    items = [{"variant": global_id(short), "quantity": 2}]
    await market.ask(PLACE, {"items": items, "key": "k1"}, actor=as_buyer(await market.buyer()))

    answer = await market.ask(
        "{ refusals { nodes { amount objections { code message(lang: ID) } } } }", actor=as_city_hall(market.city)
    )

    assert answer.data["refusals"]["nodes"] == [
        {
            "amount": 150_000,
            "objections": [{"code": "out_of_stock", "message": "Persediaan Beras 5 kg hanya tersisa 1."}],
        }
    ]


async def test_a_variant_in_two_lines_is_held_to_its_stock_as_one(market: World) -> None:
    rice = await market.product(await market.vendor(), stock=3)
    actor = as_buyer(await market.buyer())
    twice = [{"variant": global_id(rice), "quantity": 2}] * 2

    refused = await market.ask(PLACE, {"items": twice, "key": "k1"}, actor=actor)
    enough = [{"variant": global_id(rice), "quantity": 2}, {"variant": global_id(rice), "quantity": 1}]
    placed = await market.ask(PLACE, {"items": enough, "key": "k1"}, actor=actor)

    assert [o["code"] for o in refused.data["placeOrder"]["objections"]] == ["out_of_stock"] * 2
    assert placed.data["placeOrder"]["amount"] == 225_000
    assert (await models.Variant.get(id=rice.id)).stock == 0
    await assert_books_balance(market.market.database)


async def test_a_key_is_taken_only_by_a_purchase(market: World) -> None:
    vendor = await market.vendor()
    rice = await market.product(vendor, stock=1)
    actor = as_buyer(await market.buyer())
    wish = {"items": [{"variant": global_id(rice), "quantity": 2}], "key": "k1"}
    first = await market.ask(PLACE, wish, actor=actor)
    await models.Variant.filter(id=rice.id).update(stock=2)
    await models.StockEntry.filter(variant_id=rice.id).update(delta=2)

    second = await market.ask(PLACE, wish, actor=actor)

    kinds = [answer.data["placeOrder"]["__typename"] for answer in (first, second)]
    assert kinds == ["PurchaseRefused", "Purchase"]


async def test_a_later_price_does_not_change_what_was_bought(market: World) -> None:
    rice = await market.product(await market.vendor(), price=75_000)
    actor = as_buyer(await market.buyer())
    wish = {"items": [{"variant": global_id(rice), "quantity": 1}], "key": "k1"}
    first = await market.ask(PLACE, wish, actor=actor)
    await models.Variant.filter(id=rice.id).update(price=99_000)

    again = await market.ask(PLACE, wish, actor=actor)

    assert again.data == first.data
    assert again.data["placeOrder"]["amount"] == 75_000


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"items": []}, "bad_basket"),
        ({"many": 101}, "bad_basket"),
        ({"quantity": 0}, "bad_quantity"),
        ({"quantity": -1}, "bad_quantity"),
        ({"quantity": 1_000_001}, "bad_quantity"),
        ({"key": ""}, "bad_idempotency_key"),
        ({"key": "x" * 81}, "bad_idempotency_key"),
    ],
)
async def test_a_basket_that_no_screen_can_make_is_an_error(market: World, change: dict[str, Any], code: str) -> None:
    rice = await market.product(await market.vendor())
    line = {"variant": global_id(rice), "quantity": change.get("quantity", 1)}
    wish = {"items": change.get("items", [line] * change.get("many", 1)), "key": change.get("key", "k1")}

    answer = await market.ask(PLACE, wish, actor=as_buyer(await market.buyer()))

    assert answer.codes == [code]


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize(
    ("delivery", "note", "code"),
    [
        ({"kelurahan": "nowhere"}, "", "bad_region"),
        ({"kelurahan": "٣٥.٧٣.01.1001"}, "", "bad_region"),
        ({"name": "x" * 121}, "", "text_too_long"),
        ({"address": "x" * 201}, "", "text_too_long"),
        ({}, "x" * 301, "text_too_long"),
    ],
)
async def test_what_does_not_fit_a_label_is_an_error(
    market: World, delivery: dict[str, str], note: str, code: str
) -> None:
    rice = await market.product(await market.vendor())
    basket = {"items": [{"variant": global_id(rice), "quantity": 1}], "delivery": delivery, "note": note}
    document = 'mutation ($basket: BasketInput!) { placeOrder(basket: $basket, idempotencyKey: "k") { __typename } }'

    answer = await market.ask(document, {"basket": basket}, actor=as_buyer(await market.buyer()))

    assert answer.codes == [code]


async def test_what_is_not_there_is_objected_to(market: World) -> None:
    stranger = to_global("Variant", new_id())
    actor = as_buyer(await market.buyer())

    answer = await market.ask(PLACE, {"items": [{"variant": stranger, "quantity": 1}], "key": "k1"}, actor=actor)

    assert [o["code"] for o in answer.data["placeOrder"]["objections"]] == ["unknown_variant"]


async def test_nobody_buys_for_another(market: World) -> None:
    rice, other = await market.product(await market.vendor()), await market.buyer()
    document = """
    mutation ($items: [ItemInput!]!, $buyer: ID!) {
      placeOrder(basket: {items: $items, buyer: $buyer}, idempotencyKey: "k") { __typename }
    }
    """
    items = [{"variant": global_id(rice), "quantity": 1}]
    officer = as_officer(await market.department())

    answers = [
        await market.ask(document, {"items": items, "buyer": buyer}, actor=actor)
        for actor in (as_buyer(await market.buyer()), officer)
        for buyer in (global_id(other), to_global("Buyer", new_id()))
    ]

    assert [answer.codes for answer in answers] == [["forbidden"], ["unknown_buyer"]] * 2


async def test_an_officer_says_for_which_buyer(market: World) -> None:
    rice = await market.product(await market.vendor())
    officer = as_officer(await market.department())

    answer = await market.ask(
        PLACE, {"items": [{"variant": global_id(rice), "quantity": 1}], "key": "k"}, actor=officer
    )

    assert answer.codes == ["no_buyer"]


REFUSED = """
mutation ($basket: BasketInput!) {
  placeOrder(basket: $basket, idempotencyKey: "k") {
    ... on PurchaseRefused { amount objections { code path lines message(lang: ID) } }
  }
}
"""


async def test_more_than_a_purchase_can_hold_is_objected_to_line_by_line(market: World) -> None:
    vendor = await market.vendor()
    dear = await market.product(vendor, price=1_000_000_000_000, stock=1_000_000)
    heavy = await market.product(vendor, price=1, stock=5_000, measure=2**53 - 1, measure_unit=MeasureUnit.GRAM)
    items = [{"variant": global_id(ware), "quantity": 5_000} for ware in (dear, dear, heavy)]
    actor = as_buyer(await market.buyer())

    answer = await market.ask(REFUSED, {"basket": {"items": items}}, actor=actor)
    advice = await market.ask(
        "query ($basket: BasketInput!) { explainOrder(basket: $basket) { amount objections { code path } } }",
        {"basket": {"items": items}},
        actor=actor,
    )

    refused = answer.data["placeOrder"]
    assert refused["amount"] == 5_000_000_000_000_000
    assert [(o["code"], o["path"], o["lines"]) for o in refused["objections"]] == [
        ("too_much", ["items", "1"], [1]),
        ("too_much", ["items", "2"], [2]),
    ]
    assert [o["code"] for o in advice.data["explainOrder"]["objections"]] == ["too_much"] * 2


@pytest.mark.parametrize("code", ["35.73.99", "35.73.01.9999", "35.73", "91.71.01.1001"])
async def test_a_delivery_goes_to_a_kelurahan_that_there_is(market: World, code: str) -> None:
    rice = await market.product(await market.vendor())
    basket = {"items": [{"variant": global_id(rice), "quantity": 1}], "delivery": {"kelurahan": code}}

    answer = await market.ask(REFUSED, {"basket": basket}, actor=as_buyer(await market.buyer()))

    (objection,) = answer.data["placeOrder"]["objections"]
    assert (objection["code"], objection["path"]) == ("unknown_region", ["delivery", "kelurahan"])
    assert objection["message"].startswith("Tidak ada kelurahan")


async def test_a_delivery_to_a_kelurahan_of_the_city_is_placed(market: World) -> None:
    rice = await market.product(await market.vendor())
    delivery = {"kelurahan": await market.region()}
    basket = {"items": [{"variant": global_id(rice), "quantity": 1}], "delivery": delivery}

    answer = await market.ask(REFUSED, {"basket": basket}, actor=as_buyer(await market.buyer()))

    assert answer.data["placeOrder"] == {}


async def test_an_officer_who_changed_departments_is_not_told_of_purchases_for_the_old_one(market: World) -> None:
    old, new = await market.department(), await market.department(code="badan")
    buyer = await market.buyer(kind="department", department_id=old.id)
    rice = await market.product(await market.vendor())
    before, after = (replace(as_officer(department), subject="nip-1") for department in (old, new))
    basket = {"buyer": global_id(buyer), "items": [{"variant": global_id(rice), "quantity": 1}]}
    await market.ask(REFUSED, {"basket": basket}, actor=before)

    answer = await market.ask(REFUSED, {"basket": basket}, actor=after)

    assert answer.codes == ["forbidden"]
    assert await models.Purchase.all().count() == 1


@pytest.mark.market({"35.78": ["batik_suroboyo"]})
async def test_an_order_shows_the_decisions_of_its_own_shop_alone(market: World) -> None:
    one, other = await market.vendor(name="Toko Satu"), await market.vendor(name="Toko Dua")
    rice, eggs = await market.product(one), await market.product(other)
    actor = as_buyer(await market.buyer())
    items = [{"variant": global_id(rice), "quantity": 1}, {"variant": global_id(eggs), "quantity": 1}]
    await market.ask(PLACE, {"items": items, "key": "k1"}, actor=actor)

    answer = await market.ask("{ orders { nodes { vendor { name } decisions { rule subject } } } }", actor=actor)

    shown = {order["vendor"]["name"]: order["decisions"] for order in answer.data["orders"]["nodes"]}
    both = {"rule": "surabaya.assignment", "subject": None}
    assert shown == {
        name: [both, {"rule": "surabaya.vendor-cap", "subject": name}] for name in ("Toko Satu", "Toko Dua")
    }

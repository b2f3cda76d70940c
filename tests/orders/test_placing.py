"""Placing over HTTP: the purchase, the retry, the refusal with every reason."""

import pytest

from peken import models
from peken.testing.world import World, as_buyer, as_city_hall, global_id

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

"""What changes while a purchase is judged, and what free code says of it: the doorkeeper's part in both."""

import importlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.fire.books import assert_books_balance

from peken import models, orders
from peken.database import json_of
from peken.errors import PekenError
from peken.hooks import PluginFailed
from peken.orders import Basket, Item, NotPlaced, Placed
from peken.testing.world import World, as_buyer, as_city_hall, global_id

SURABAYA = "35.78"
Meanwhile = list[Callable[[], Awaitable[object]]]
pytestmark = pytest.mark.market({SURABAYA: ["doorkeeper"]})


@pytest.fixture(autouse=True)
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    """What happens while the doorkeeper thinks."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent / "dists" / "doorkeeper"))
    happens: Meanwhile = importlib.import_module("doorkeeper.plugin").meanwhile
    happens.clear()
    return happens


async def place(market: World, buyer: models.Buyer, *items: Item) -> Placed | NotPlaced:
    """Places these for the buyer."""
    actor = as_buyer(buyer)
    assert actor.buyer is not None
    return await orders.place(market.market, actor, Basket(buyer=actor.buyer, items=items, key="k"))


async def change(model: Any, key: Any, **columns: Any) -> None:
    """Writes these columns of one row."""
    await model.filter(id=key).update(**columns)


async def test_a_purchase_is_made_at_the_price_of_the_moment_it_is_written(market: World, meanwhile: Meanwhile) -> None:
    rice = await market.product(await market.vendor(), price=1_000)
    meanwhile.append(partial(change, models.Variant, rice.id, price=999_000))

    answer = await place(market, await market.buyer(), Item(rice.id, 2))

    assert isinstance(answer, Placed)
    assert (await models.Purchase.get(id=answer.purchase)).amount == 1_998_000
    assert (await models.OrderLine.get()).unit_price == 999_000
    await assert_books_balance(market.market.database)


@pytest.mark.parametrize("what", ["variant", "product", "vendor"])
async def test_what_goes_off_sale_while_it_is_judged_is_not_sold(
    market: World, meanwhile: Meanwhile, what: str
) -> None:
    vendor = await market.vendor()
    rice = await market.product(vendor)
    goes = {
        "variant": partial(change, models.Variant, rice.id, active=False),
        "product": partial(change, models.Product, rice.product_id, status="archived"),
        "vendor": partial(change, models.Vendor, vendor.id, verified_at=None),
    }
    meanwhile.append(goes[what])

    answer = await place(market, await market.buyer(), Item(rice.id, 1))

    assert isinstance(answer, NotPlaced)
    assert [objection.code for objection in answer.objections] == ["not_on_sale"]
    assert await models.Purchase.all().count() == 0
    assert (await models.Variant.get(id=rice.id)).stock == 100


async def test_an_amount_that_an_import_knows_stays_whatever_the_price_becomes(
    market: World, meanwhile: Meanwhile
) -> None:
    rice = await market.product(await market.vendor(), price=1_000)
    meanwhile.append(partial(change, models.Variant, rice.id, price=2_000))

    answer = await place(market, await market.buyer(), Item(rice.id, 1, 700))

    assert isinstance(answer, Placed)
    assert (await models.Purchase.get(id=answer.purchase)).amount == 700


async def test_stock_that_moves_is_no_reason_to_judge_anew(market: World, meanwhile: Meanwhile) -> None:
    rice = await market.product(await market.vendor(), stock=10)
    one, other = await market.buyer(), await market.buyer()

    with market.market.database.counting() as undisturbed:
        await place(market, one, Item(rice.id, 1))
    meanwhile.append(partial(change, models.Variant, rice.id, stock=5))
    with market.market.database.counting() as disturbed:
        await place(market, other, Item(rice.id, 1))

    assert len(disturbed) == len(undisturbed) + 1


async def test_a_price_that_never_holds_still_ends_in_a_request_to_try_again(
    market: World, meanwhile: Meanwhile
) -> None:
    rice = await market.product(await market.vendor(), price=1_000)
    meanwhile.extend(partial(change, models.Variant, rice.id, price=price) for price in range(1, 10))

    with pytest.raises(PekenError, match="try_again"):
        await place(market, await market.buyer(), Item(rice.id, 1))

    assert await models.Purchase.all().count() == 0


async def test_free_code_names_the_items_it_objects_to_and_its_inputs_are_kept(market: World) -> None:
    vendor = await market.vendor()
    rice, eggs, gone = [await market.product(vendor, status=s) for s in ("active", "active", "archived")]
    buyer = await market.buyer()
    document = """
    mutation ($items: [ItemInput!]!) {
      placeOrder(basket: {items: $items}, idempotencyKey: "k") {
        ... on PurchaseRefused { objections { code plugin rule path lines citation message } }
      }
    }
    """
    items = [{"variant": global_id(v), "quantity": n} for v, n in ((gone, 1), (rice, 1), (eggs, 20))]

    answer = await market.ask(document, {"items": items}, actor=as_buyer(buyer))

    off_sale, heavy = answer.data["placeOrder"]["objections"]
    assert (off_sale["plugin"], off_sale["rule"], off_sale["lines"]) == (None, None, [0])
    assert heavy == {
        "code": "too_heavy",
        "plugin": "doorkeeper",
        "rule": None,
        "path": ["items", "2"],
        "lines": [2],
        "citation": "the doorkeeper's word",
        "message": "Nobody carries 20 of these.",
    }
    [row] = await market.market.database.fetch("SELECT objections FROM attempt")
    kept = json_of(row["objections"])
    assert kept[1]["inputs"] == {
        "buyer": str(buyer.id),
        "at": "2026-03-16T05:00:00Z",
        "shelves": {"1": "high"},
    }


async def test_all_items_that_free_code_objects_to_are_named(market: World) -> None:
    vendor = await market.vendor()
    items = [Item((await market.product(vendor)).id, pieces) for pieces in (20, 1, 20)]

    answer = await place(market, await market.buyer(), *items)

    assert isinstance(answer, NotPlaced)
    assert [(o.path, o.lines) for o in answer.objections] == [(("items",), (0, 2))]


async def test_free_code_that_names_a_line_that_is_not_there_is_at_fault(market: World) -> None:
    rice = await market.product(await market.vendor())

    with pytest.raises(PluginFailed, match="doorkeeper failed in judge_order"):
        await place(market, await market.buyer(), Item(rice.id, 21))


async def test_a_refusal_is_in_the_audit_and_in_the_outbox(market: World) -> None:
    rice = await market.product(await market.vendor())
    buyer = await market.buyer()

    answer = await place(market, buyer, Item(rice.id, 20))

    assert isinstance(answer, NotPlaced)
    audit = await models.Audit.get(action="purchase.refused")
    assert (audit.actor, audit.role, audit.subject) == (f"buyer-{buyer.id}", "buyer", str(answer.attempt))
    assert await models.Outbox.filter(topic="purchase.refused", key=audit.subject).count() == 1


async def test_an_order_of_a_city_that_is_no_longer_served_is_not_cancelled(market: World) -> None:
    rice = await market.product(await market.vendor())
    placed = await place(market, await market.buyer(), Item(rice.id, 1))
    assert isinstance(placed, Placed)
    order = await models.Order.get(purchase_id=placed.purchase)
    elsewhere = replace(market.market, cities={})

    with pytest.raises(PekenError, match="unknown_city"):
        await orders.cancel(elsewhere, as_city_hall(SURABAYA), order.id, "closed")

    assert (await models.Order.get(id=order.id)).status == "placed"

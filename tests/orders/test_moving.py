"""Delivering and cancelling: who may, what follows what, what is written beside it."""

import pytest

from peken import models
from peken.actors import Actor
from peken.orders import TRANSITIONS
from peken.testing.world import (
    Answer,
    World,
    as_auditor,
    as_buyer,
    as_city_hall,
    as_officer,
    as_vendor,
    global_id,
)

SURABAYA, MALANG = "35.78", "35.73"
PLACE = """
mutation ($items: [ItemInput!]!, $buyer: ID, $key: String!) {
  placeOrder(basket: {items: $items, buyer: $buyer}, idempotencyKey: $key) {
    ... on Purchase { orders { id } }
  }
}
"""
DELIVER = """
mutation ($id: ID!) {
  deliverOrder(id: $id) {
    ... on Order { status deliveredAt } ... on Refused { objections { code message(lang: ID) } }
  }
}
"""
CANCEL = """
mutation ($id: ID!, $reason: String!) {
  cancelOrder(id: $id, reason: $reason) {
    ... on Order { status reason } ... on Refused { objections { code message(lang: ID) } }
  }
}
"""
pytestmark = pytest.mark.market({SURABAYA: [], MALANG: []})


async def placed(market: World, actor: Actor, vendor: models.Vendor, buyer: models.Buyer | None = None) -> str:
    """An order of two pieces of a new product of the shop; its id."""
    items = [{"variant": global_id(await market.product(vendor)), "quantity": 2}]
    variables = {"items": items, "key": str(vendor.id), "buyer": global_id(buyer) if buyer else None}
    answer = await market.ask(PLACE, variables, actor=actor)
    return str(answer.data["placeOrder"]["orders"][0]["id"])


async def deliver(market: World, actor: Actor, order: str) -> Answer:
    """Asks to deliver."""
    return await market.ask(DELIVER, {"id": order}, actor=actor)


async def cancel(market: World, actor: Actor, order: str, reason: str = "no longer wanted") -> Answer:
    """Asks to cancel."""
    return await market.ask(CANCEL, {"id": order, "reason": reason}, actor=actor)


async def stock() -> int:
    """What is left of the only variant."""
    return int((await models.Variant.all().get()).stock)


def test_nothing_follows_a_cancelled_order() -> None:
    ends = [status for status, follow in TRANSITIONS.items() if not follow]

    assert ends == ["cancelled"]


async def test_the_shop_delivers_its_order(market: World) -> None:
    vendor = await market.vendor()
    order = await placed(market, as_buyer(await market.buyer()), vendor)

    answer = await deliver(market, as_vendor(vendor), order)

    assert answer.data["deliverOrder"]["status"] == "DELIVERED"
    assert answer.data["deliverOrder"]["deliveredAt"].startswith("2026-03-16T05:00")


async def test_delivering_again_changes_nothing(market: World) -> None:
    vendor = await market.vendor()
    order = await placed(market, as_buyer(await market.buyer()), vendor)
    first = await deliver(market, as_vendor(vendor), order)

    again = await deliver(market, as_city_hall(SURABAYA), order)

    assert again.data == first.data
    assert await models.Audit.filter(action="order.delivered").count() == 1


async def test_a_cancelled_order_is_not_delivered(market: World) -> None:
    vendor = await market.vendor()
    buyer = as_buyer(await market.buyer())
    order = await placed(market, buyer, vendor)
    await cancel(market, buyer, order)

    answer = await deliver(market, as_vendor(vendor), order)

    (objection,) = answer.data["deliverOrder"]["objections"]
    assert objection["code"] == "cannot_move"
    assert objection["message"] != ""
    assert await stock() == 100


async def test_who_cancels_says_why_and_the_audit_keeps_it(market: World) -> None:
    buyer = as_buyer(await market.buyer())
    order = await placed(market, buyer, await market.vendor())

    answer = await cancel(market, buyer, order, "  ordered twice ")

    assert answer.data["cancelOrder"] == {"status": "CANCELLED", "reason": "ordered twice"}
    audit = await models.Audit.get(action="order.cancelled")
    assert (audit.actor, audit.role, audit.reason) == (buyer.subject, "buyer", "ordered twice")
    assert await models.Outbox.filter(topic="order.cancelled", key=audit.subject).count() == 1


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("reason", ["", "  ", "x" * 301])
async def test_a_reason_is_needed(market: World, reason: str) -> None:
    buyer = as_buyer(await market.buyer())
    order = await placed(market, buyer, await market.vendor())

    answer = await cancel(market, buyer, order, reason)

    assert answer.codes == ["bad_reason"]
    assert await stock() == 98


async def test_a_buyer_no_longer_cancels_what_was_delivered(market: World) -> None:
    vendor = await market.vendor()
    buyer = as_buyer(await market.buyer())
    order = await placed(market, buyer, vendor)
    await deliver(market, as_vendor(vendor), order)

    by_buyer = await cancel(market, buyer, order)
    by_shop = await cancel(market, as_vendor(vendor), order)

    assert by_buyer.codes == ["forbidden"]
    assert by_shop.data["cancelOrder"]["status"] == "CANCELLED"
    assert await stock() == 100


async def test_a_buyer_does_not_deliver(market: World) -> None:
    buyer = as_buyer(await market.buyer())
    order = await placed(market, buyer, await market.vendor())

    answer = await deliver(market, buyer, order)

    assert answer.codes == ["forbidden"]


async def test_nobody_moves_an_order_that_is_none_of_theirs(market: World) -> None:
    order = await placed(market, as_buyer(await market.buyer()), await market.vendor())
    strangers = [as_vendor(await market.vendor()), as_city_hall(MALANG)]

    delivering = [(await deliver(market, stranger, order)).codes for stranger in strangers]
    cancelling = [
        (await cancel(market, stranger, order)).codes for stranger in [*strangers, as_buyer(await market.buyer())]
    ]

    assert delivering == [["unknown_order"]] * 2
    assert cancelling == [["unknown_order"]] * 3


async def test_an_auditor_moves_nothing(market: World) -> None:
    order = await placed(market, as_buyer(await market.buyer()), await market.vendor())

    answers = [await deliver(market, as_auditor(SURABAYA), order), await cancel(market, as_auditor(SURABAYA), order)]

    assert [answer.codes for answer in answers] == [["forbidden"]] * 2
    assert await models.Order.filter(status="placed").count() == 1


async def test_an_officer_cancels_what_was_bought_for_the_department(market: World) -> None:
    department = await market.department()
    buyer = await market.buyer(kind="department", department_id=department.id)
    officer, other = as_officer(department), as_officer(await market.department(code="badan"))
    order = await placed(market, officer, await market.vendor(), buyer)

    by_other = await cancel(market, other, order)
    by_officer = await cancel(market, officer, order)

    assert by_other.codes == ["unknown_order"]
    assert by_officer.data["cancelOrder"]["status"] == "CANCELLED"


async def test_an_officer_does_not_cancel_what_a_colleague_bought_for_himself(market: World) -> None:
    department = await market.department()
    colleague = as_buyer(await market.buyer(department_id=department.id, classes={}))
    order = await placed(market, colleague, await market.vendor())

    answer = await cancel(market, as_officer(department), order)

    assert answer.codes == ["unknown_order"]


async def test_a_product_that_was_sold_out_is_in_stock_again_when_it_comes_back(market: World) -> None:
    rice = await market.product(await market.vendor(), stock=1)
    buyer = as_buyer(await market.buyer())
    items = [{"variant": global_id(rice), "quantity": 1}]
    answer = await market.ask(PLACE, {"items": items, "key": "k"}, actor=buyer)
    sold_out = (await models.Product.get(id=rice.product_id)).in_stock

    await cancel(market, buyer, answer.data["placeOrder"]["orders"][0]["id"])

    assert sold_out is False
    assert (await models.Product.get(id=rice.product_id)).in_stock is True

"""Mutations by plans: what changes something is done once, whatever becomes of its answer."""

from typing import Any

import orjson
import pytest
from tests.plans.conftest import Both

from peken import models
from peken.actors import Actor
from peken.ids import to_global
from peken.testing.world import as_buyer, as_vendor

MALANG = "35.73"
pytestmark = pytest.mark.market({MALANG: ["timbangan"]})

RESTOCK = "mutation ($id: ID!, $more: Long!) { restockVariant(id: $id, delta: $more) { %s } }"
PLACE = """
mutation ($key: String!, $items: [ItemInput!]!) {
  placeOrder(idempotencyKey: $key, basket: {items: $items}) {
    __typename
    ... on Purchase {
      id amount placedAt buyer { name } orders { id amount status reason vendor { name } lines { name quantity } }
    }
    ... on PurchaseRefused { objections { code message } }
  }
}
"""


async def tell(both: Both, document: str, variables: dict[str, Any], actor: Actor) -> dict[str, Any]:
    """The answer of the market that has plans."""
    _, body = await both.send(both.planned, {"query": document, "variables": variables}, actor)
    answer: dict[str, Any] = orjson.loads(body)
    return answer


async def left(variant: models.Variant) -> int:
    return int((await models.Variant.get(id=variant.id)).stock)


async def test_a_purchase_is_answered_by_a_plan_as_it_is_read_afterwards(both: Both) -> None:
    vendor, buyer = await both.world.vendor(), await both.world.buyer()
    rice = await both.world.product(vendor)
    oil = await both.world.product(await both.world.vendor(name="Toko Jaya"), name="Minyak", price=9_000)
    items = [{"variant": to_global("Variant", each.id), "quantity": 2} for each in (rice, oil)]
    actor = as_buyer(buyer)
    await tell(both, PLACE, {"key": "first", "items": items}, actor)

    planned = await tell(both, PLACE, {"key": "second", "items": items}, actor)
    again = await tell(both, PLACE, {"key": "second", "items": items}, actor)

    assert both.reads["compiled"] == 2
    assert planned["data"]["placeOrder"]["amount"] == 168_000
    assert [order["lines"] for order in planned["data"]["placeOrder"]["orders"]]
    assert again == planned


async def test_a_plan_reads_nothing_of_a_purchase_that_was_written_a_moment_ago(both: Both) -> None:
    rice = await both.world.product(await both.world.vendor())
    actor = as_buyer(await both.world.buyer())
    items = [{"variant": to_global("Variant", rice.id), "quantity": 1}]
    document = PLACE.replace("buyer { name }", "").replace("vendor { name } lines { name quantity }", "")
    await tell(both, document, {"key": "first", "items": items}, actor)

    with both.world.market.database.counting() as seen:
        answer = await tell(both, document, {"key": "second", "items": items}, actor)

    assert answer["data"]["placeOrder"]["orders"][0]["status"] == "PLACED"
    writing = next(number for number, sql in enumerate(seen) if sql.lstrip().upper().startswith(("INSERT", "WITH")))
    assert not [sql for sql in seen[writing:] if 'FROM "orders"' in sql or 'FROM "purchase"' in sql]


async def test_what_fails_is_not_tried_again(both: Both) -> None:
    vendor = await both.world.vendor()
    rice = await both.world.product(vendor, stock=5)
    document, told = (
        RESTOCK % "__typename ... on Refused { objections { code } }",
        {"id": to_global("Variant", rice.id)},
    )
    await tell(both, document, told | {"more": 1}, as_vendor(vendor))

    refused = await tell(both, document, told | {"more": -9}, as_vendor(vendor))
    unknown = await tell(both, document, {"id": "nobody", "more": 1}, as_vendor(vendor))

    assert refused["data"]["restockVariant"]["__typename"] == "Refused"
    assert [error["extensions"]["code"] for error in unknown["errors"]] == ["bad_id"]
    assert unknown["errors"][0]["path"] == ["restockVariant"]
    assert await left(rice) == 6


async def test_what_is_done_is_not_done_again_where_its_answer_cannot_be_made(both: Both) -> None:
    vendor = await both.world.vendor()
    rice = await both.world.product(vendor, stock=5)
    document = RESTOCK % "... on Product { vendor { hollow } }"
    variables = {"id": to_global("Variant", rice.id), "more": 1}
    await tell(both, document, variables, as_vendor(vendor))

    answer = await tell(both, document, variables, as_vendor(vendor))

    assert both.reads["failed"] == 1
    assert answer["errors"][0]["path"] == ["restockVariant", "vendor", "hollow"]
    assert await left(rice) == 7


async def test_several_are_done_in_turn_each_once(both: Both) -> None:
    vendor = await both.world.vendor()
    rice = await both.world.product(vendor, stock=5)
    shown = "{ ... on Product { variants { stock } } }"
    document = f"""mutation ($id: ID!) {{
        more: restockVariant(id: $id, delta: 1) {shown}
        yet: restockVariant(id: $id, delta: 10) {shown}
    }}"""
    variables = {"id": to_global("Variant", rice.id)}
    await tell(both, document, variables, as_vendor(vendor))

    planned = await tell(both, document, variables, as_vendor(vendor))

    assert dict(both.reads) == {"compiled": 1}
    assert [each["variants"][0]["stock"] for each in planned["data"].values()] == [17, 27]


async def test_after_one_that_fails_nothing_is_done_any_more_and_before_it_nothing_twice(both: Both) -> None:
    vendor = await both.world.vendor()
    rice = await both.world.product(vendor, stock=5)
    document = """mutation ($id: ID!, $wrong: ID!) {
        more: restockVariant(id: $id, delta: 1) { __typename }
        wrong: restockVariant(id: $wrong, delta: 1) { __typename }
        yet: restockVariant(id: $id, delta: 10) { __typename }
    }"""
    variables = {"id": to_global("Variant", rice.id), "wrong": to_global("Product", rice.id)}
    executed = await tell(both, document, variables, as_vendor(vendor))

    planned = await tell(both, document, variables, as_vendor(vendor))

    assert planned == executed
    assert dict(both.reads) == {"ordinary": 1}
    assert await left(rice) == 7


async def test_a_mutation_that_looks_at_the_execution_fails_from_the_first_time_on(both: Both) -> None:
    buyer = as_buyer(await both.world.buyer())

    answers = [await tell(both, "mutation { nosy }", {}, buyer) for _ in range(2)]

    assert [each["errors"][0]["extensions"]["code"] for each in answers] == ["internal_error"] * 2

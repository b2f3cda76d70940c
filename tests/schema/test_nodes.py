"""Relay's promise: whatever has an id is found again by it, and an id means nothing else."""

import base64
from typing import Any

import pytest
from graphql import GraphQLInterfaceType
from tests.schema.small_world import TWO_CITIES, town

from peken.actors import Role
from peken.app import schema_of
from peken.errors import PekenError
from peken.ids import from_global, key_of, new_id, to_global
from peken.plugins.loading import load
from peken.schema import FINDERS
from peken.testing.world import World, global_id

NODE = "query ($id: ID!) { node(id: $id) { __typename id } }"


def opaque(text: str | bytes) -> str:
    raw = text if isinstance(text, bytes) else text.encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@pytest.mark.market(TWO_CITIES)
async def test_everything_with_an_id_is_found_by_it(market: World) -> None:
    here = await town(market)
    case = here.private
    ids = {
        "Finding": case.finding,
        "ParameterVersion": global_id(here.version),
        "Exemption": global_id(here.exemption),
        "Buyer": global_id(case.buyer),
        "Department": global_id(here.department),
        "Order": case.order,
        "Product": case.product,
        "Purchase": case.purchase,
        "PurchaseRefused": case.refused,
        "Variant": global_id(case.variant),
        "Vendor": global_id(case.vendor),
    }
    lines = "query ($id: ID!) { order(id: $id) { lines { id } } }"
    hall = here.actors[Role.CITY_HALL]
    ids["OrderLine"] = (await market.ask(lines, {"id": case.order}, actor=hall)).data["order"]["lines"][0]["id"]

    found = {name: (await market.ask(NODE, {"id": id}, actor=hall)).data["node"] for name, id in ids.items()}
    stranger = await market.ask(NODE, {"id": ids["OrderLine"]}, actor=here.actors[Role.OFFICER])

    assert set(ids) == set(FINDERS)
    assert found == {name: {"__typename": name, "id": id} for name, id in ids.items()}
    assert stranger.data["node"] is None


def test_every_type_with_an_id_has_a_finder() -> None:
    schema = schema_of(load({}))._schema
    node = schema.type_map["Node"]
    assert isinstance(node, GraphQLInterfaceType)

    assert {found.name for found in schema.get_possible_types(node)} == set(FINDERS)


@pytest.mark.market(TWO_CITIES)
@pytest.mark.engines("sqlite")
async def test_ids_that_lead_nowhere_are_null(market: World) -> None:
    nowhere = [to_global(name, new_id()) for name in (*FINDERS, "Unicorn")]
    nowhere += [to_global("Product", "not a key"), to_global("Query", "1")]

    answers = [await market.ask(NODE, {"id": id}) for id in nowhere]

    assert [answer.data for answer in answers] == [{"node": None}] * len(nowhere)


@pytest.mark.market(TWO_CITIES)
@pytest.mark.engines("sqlite")
async def test_what_is_no_id_is_refused(market: World) -> None:
    variant = await market.product(await market.vendor())
    own = global_id(variant)
    bad = [
        "",
        "7",
        "!!!",
        "ä",
        opaque("Product"),
        opaque(":"),
        opaque("Product:"),
        opaque(b"\xff\xfe:x"),
        "=" + own,
    ]

    nodes = [await market.ask(NODE, {"id": id}) for id in bad]
    product = "query ($id: ID!) { product(id: $id) { id } }"
    products = [await market.ask(product, {"id": id}) for id in (*bad, own, to_global("Product", "no key"))]

    assert [answer.codes for answer in nodes] == [["bad_id"]] * len(bad)
    assert [answer.codes for answer in products] == [["bad_id"]] * (len(bad) + 2)


def test_opaque_ids_come_back_as_they_went() -> None:
    key = new_id()

    assert from_global(to_global("Product", key)) == ("Product", str(key))
    assert key_of(to_global("Product", key), "Product") == key
    with pytest.raises(PekenError, match="bad_id"):
        key_of(to_global("Vendor", key), "Product")


def test_keys_sort_by_the_time_they_were_made() -> None:
    keys = [new_id() for _ in range(100)]

    assert keys == sorted(keys)
    assert {key.version for key in keys} == {7}


@pytest.mark.market(TWO_CITIES)
@pytest.mark.engines("sqlite")
async def test_rupiah_pass_what_an_int_can_hold_and_take_nothing_but_whole_numbers(market: World) -> None:
    await market.product(await market.vendor(), price=4_800_000_000)
    ask = "query ($most: Rupiah) { products(filter: {priceTo: $most}) { nodes { price } } }"
    wrong: list[Any] = ["5000", 1.5, True, 2**53]

    seed = await market.ask(ask, {"most": 4_800_000_000})
    refused = [await market.ask(ask, {"most": value}) for value in wrong]
    literal = await market.ask("{ products(filter: {priceTo: 4800000000}) { nodes { price } } }")

    assert seed.data == literal.data == {"products": {"nodes": [{"price": 4_800_000_000}]}}
    assert [answer.codes for answer in refused] == [["bad_variables"]] * len(wrong)

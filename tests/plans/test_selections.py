"""What documents may select, and how plans answer it: names, fragments, flags, keys, objects, plugins' fields."""

from typing import Any

import pytest
from tests.plans.conftest import Both
from tests.schema.small_world import TWO_CITIES, town

from peken.actors import Role
from peken.testing.world import as_city_hall

MALANG = "35.73"


@pytest.mark.market({MALANG: []})
async def test_a_detail_with_its_variants_takes_two_statements(both: Both) -> None:
    variant = await both.world.product(await both.world.vendor())
    found = await both.data("{ products { nodes { id } } }")
    document = """query($id: ID!) { product(id: $id) {
        id name createdAt vendor { id address } category { code name parentCode }
        variants { id price stock measure } } }"""
    key = {"id": found["products"]["nodes"][0]["id"]}

    seen = await both.statements(document, key)
    data = await both.data(document, key)

    assert len(seen) == 2
    assert [each["price"] for each in data["product"]["variants"]] == [variant.price]


@pytest.mark.market({MALANG: []})
async def test_names_fragments_and_types_come_as_they_are_selected(both: Both) -> None:
    await both.world.product(await both.world.vendor())
    document = """query Shelf { b: products(first: 1) { ...page } a: products(last: 1) { __typename ...page } }
        fragment page on ProductConnection { nodes { z: name ... on Node { id } ...seller name } }
        fragment seller on Product { __typename vendor { n: name } vendor { kind __typename } }"""

    data = await both.data(document)

    assert [*data] == ["b", "a"]
    assert [*data["b"]["nodes"][0]] == ["z", "id", "__typename", "vendor", "name"]
    assert data["b"]["nodes"][0]["vendor"] == {"n": "Toko Berkah", "kind": "KELONTONG", "__typename": "Vendor"}


@pytest.mark.market({MALANG: []})
@pytest.mark.parametrize("with_vendor", [True, False])
@pytest.mark.parametrize("without_name", [True, False])
async def test_flags_decide_what_is_read(both: Both, with_vendor: bool, without_name: bool) -> None:
    await both.world.product(await both.world.vendor())
    document = """query($v: Boolean!, $n: Boolean = false) { products { nodes {
        id name @skip(if: $n) vendor @include(if: $v) { name } } } }"""

    [product] = (await both.data(document, {"v": with_vendor, "n": without_name}))["products"]["nodes"]

    assert ("vendor" in product, "name" in product) == (with_vendor, not without_name)


@pytest.mark.market({MALANG: []})
async def test_what_is_nowhere_is_null(both: Both) -> None:
    vendor = await both.world.vendor()
    await both.world.product(vendor, origin="99.99")

    data = await both.data("{ products { nodes { origin { name } } } vendors { nodes { closed { code } } } }")

    assert data["products"]["nodes"] == [{"origin": None}]
    assert data["vendors"]["nodes"] == [{"closed": None}]


@pytest.mark.market({MALANG: []})
async def test_lists_without_pages_and_what_needs_no_rows_are_planned_too(both: Both) -> None:
    await both.world.category()
    document = """query($in: String) { cities { code notices { code } } categories { code name } me { roles }
        regions(parent: $in) { code parent { name parent { code } } } }"""

    below = await both.data(document, {"in": MALANG})
    provinces = await both.data(document)

    assert {each["parent"]["parent"]["code"] for each in below["regions"]} == {"35"}
    assert {each["parent"] for each in provinces["regions"]} == {None}


@pytest.mark.market(TWO_CITIES)
@pytest.mark.parametrize("role", list(Role))
async def test_each_role_gets_from_plans_what_it_gets_otherwise(both: Both, role: Role) -> None:
    place = await town(both.world)
    actor = place.actors[role]
    case = place.private

    await both.data("{ products { nodes { id status } } vendors { nodes { id verifiedAt } } }", actor=actor)
    await both.ask(
        """{ orders { totalCount nodes { id status amount placedAt lines { name quantity product { name } }
             vendor { name } delivery { name kelurahan { name } } } } }""",
        actor=actor,
    )
    await both.ask(
        "{ orders { nodes { buyer { name classes { code } } purchase { id } decisions { code } } } }", actor=actor
    )
    await both.ask("{ buyers { nodes { id name obligations { rule } } } }", actor=actor)
    await both.ask("{ refusals { nodes { objections { code message } decisions { code } } } }", actor=actor)
    await both.ask("{ findings { nodes { id title met valueNow buyer { name } } } }", actor=actor)
    await both.ask(
        "query($o: ID!, $p: ID!) { order(id: $o) { amount lines { id } } purchase(id: $p) { orders { id } } }",
        {"o": case.order, "p": case.purchase},
        actor=actor,
    )
    assert not both.reads["failed"]


@pytest.mark.market({MALANG: ["timbangan"]})
async def test_a_plugins_field_is_read_for_all_rows_at_once(both: Both) -> None:
    vendor = await both.world.vendor()
    await both.world.product(vendor, name="Beras", price=7)
    await both.world.product(vendor, name="Gula", price=8)
    document = "{ products { nodes { name weight initial vendor { name } } } }"

    seen = await both.statements(document)
    data = await both.data(document)

    assert len(seen) == 1
    assert [(each["weight"], each["initial"]) for each in data["products"]["nodes"]] == [(12, "B"), (None, "G")]


@pytest.mark.market({MALANG: ["timbangan"]})
async def test_a_field_that_does_not_say_how_it_is_read_is_asked_of_every_parent(both: Both) -> None:
    vendor = await both.world.vendor()
    await both.world.product(vendor, name="Beras", price=7)
    await both.world.product(vendor, name="Gula", price=8)

    data = await both.data("{ products { nodes { silent neighbour } } }")

    assert data["products"]["nodes"] == [{"silent": "Beras", "neighbour": 12}, {"silent": "Gula", "neighbour": None}]


@pytest.mark.market({MALANG: []})
@pytest.mark.parametrize("employees", [0, 1, 3])
async def test_what_a_parent_that_is_not_there_promises_is_asked_of_nobody(both: Both, employees: int) -> None:
    office = await both.world.department()
    await both.world.buyer()
    for _ in range(employees):
        await both.world.buyer(classes={}, department_id=office.id)

    data = await both.data("{ buyers { nodes { department { obligations { rule } } } } }", actor=as_city_hall(MALANG))

    found = [node["department"] for node in data["buyers"]["nodes"]]
    assert sorted(found, key=lambda each: each is None) == [*[{"obligations": []}] * employees, None]


@pytest.mark.market({MALANG: ["timbangan"]})
async def test_a_field_that_looks_at_the_execution_is_executed(both: Both) -> None:
    await both.world.product(await both.world.vendor())

    answer = await both.ask("{ products { nodes { inquisitive } } }")

    assert answer["data"]["products"]["nodes"] == [{"inquisitive": "inquisitive"}]
    assert dict(both.reads) == {"ordinary": 2}


@pytest.mark.market({MALANG: ["timbangan"]})
@pytest.mark.parametrize(
    "document", ["{ products { nodes { sly } } }", "{ vendors { nodes { name hollow } } }"], ids=["sly", "hollow"]
)
async def test_a_plan_that_goes_wrong_is_counted_and_the_answer_is_the_ordinary_one(both: Both, document: str) -> None:
    await both.world.product(await both.world.vendor())

    await both.ask(document)

    assert (both.reads["compiled"], both.reads["failed"]) == (0, 2)


@pytest.mark.market({MALANG: []})
async def test_a_resolver_of_the_root_is_asked(both: Both) -> None:
    data = await both.data("{ rules { code } reversals { totalCount } }", actor=as_city_hall(MALANG))

    assert data == {"rules": [], "reversals": {"totalCount": 0}}


@pytest.mark.market({MALANG: ["timbangan"]})
@pytest.mark.parametrize("variables", [None, {"codes": ["a"]}], ids=["written", "variable"])
async def test_what_a_resolver_puts_into_its_arguments_nobody_else_finds(
    both: Both, variables: dict[str, Any] | None
) -> None:
    vendor = await both.world.vendor()
    await both.world.product(vendor, name="Beras")
    await both.world.product(vendor, name="Gula")
    document = '{ products { nodes { greedy(codes: ["a"]) } } }'
    if variables:
        document = "query ($codes: [String!]!) { products { nodes { greedy(codes: $codes) } } }"

    data = await both.data(document, variables)

    assert [each["greedy"] for each in data["products"]["nodes"]] == [["a", "Beras"], ["a", "Gula"]]

"""What plugins add to the graph."""

import pytest
import strawberry
from graphql import GraphQLObjectType
from strawberry.exceptions import DuplicatedTypeName
from tests.host.conftest import Install
from tests.host.shop import Product, Query

from peken.hooks import PluginFaults
from peken.plugins.loading import load
from peken.schema.extending import OWNER, ROLES, ExtensibleSchema

CITY = "35.78"
ASK = '{ product(search: {text: ""}) { name tide { metres } lamp } harbours }'


def schema_with(*names: str) -> ExtensibleSchema:
    return ExtensibleSchema(hooks=load({CITY: names}), query=Query)


def fields_of(schema: ExtensibleSchema, type_name: str) -> list[str]:
    graph_type = schema._schema.type_map[type_name]
    assert isinstance(graph_type, GraphQLObjectType)
    return list(graph_type.fields)


@pytest.mark.anyio
async def test_plugins_answer_on_core_types_and_roots(install: Install) -> None:
    install("harbour", "lighthouse")
    schema = schema_with("harbour", "lighthouse")

    result = await schema.execute(ASK)

    assert result.errors is None
    assert result.data == {
        "product": {"name": "ikan", "tide": {"metres": 4}, "lamp": "lamp of ikan"},
        "harbours": ["Kenjeran"],
    }


def test_a_plugin_that_is_not_loaded_leaves_nothing(install: Install) -> None:
    install("harbour", "lighthouse")

    schema = schema_with("lighthouse")

    assert fields_of(schema, "Product") == ["name", "lamp"]
    assert fields_of(schema, "Query") == ["basket", "product", "named"]
    assert "Tide" not in schema._schema.type_map


def test_two_schemas_in_one_process_share_no_field(install: Install) -> None:
    install("harbour", "lighthouse")
    bare = schema_with()

    first, second = schema_with("harbour"), schema_with("lighthouse")

    assert fields_of(bare, "Product") == ["name"]
    assert fields_of(first, "Product") == ["name", "tide"]
    assert fields_of(second, "Product") == ["name", "lamp"]
    assert fields_of(schema_with(), "Product") == ["name"]
    assert first.get_field_for_type("name", "Product") is not second.get_field_for_type("name", "Product")
    own = {field.name: field for field in Query.__strawberry_definition__.fields}  # type: ignore[attr-defined]
    assert own["product"].description is None


def test_each_field_tells_its_owner_and_its_roles(install: Install) -> None:
    install("harbour")
    schema = schema_with("harbour")

    found = {
        path: schema.get_field_for_type(path.split(".")[1], path.split(".")[0])
        for path in ("Product.name", "Product.tide", "Query.harbours", "Tide.metres")
    }

    told = {path: dict(field.metadata) for path, field in found.items() if field}
    assert told == {
        "Product.name": {},
        "Product.tide": {OWNER: "harbour"},
        "Query.harbours": {OWNER: "harbour", ROLES: frozenset({"auditor"})},
        "Tide.metres": {OWNER: "harbour", ROLES: frozenset({"buyer"})},
    }


def test_a_field_that_is_not_there_is_not_found(install: Install) -> None:
    install("harbour")
    schema = schema_with()

    assert schema.get_field_for_type("tide", "Product") is None
    assert schema.get_field_for_type("name", "Ghost") is None


def test_docstrings_are_the_descriptions_in_the_graph(install: Install) -> None:
    install("harbour")

    printed = str(schema_with("harbour"))

    for said in (
        '"""A good that is sold."""\ntype Product',
        '"""What has a name."""\ninterface Named',
        '"""What to look for."""\ninput Search',
        '"""What comes first."""\nenum Sort',
        '"""The tide at which this product is landed."""\n  tide: Tide!',
        '"""\n  The one good.\n  \n  There is no other.\n  """\n  product(',
        '"""What was taken."""\n  basket: Basket!',
        "type Basket {",
    ):
        assert said in printed


def test_a_field_on_an_interface_stands_on_all_that_implement_it(install: Install) -> None:
    install("buoy")

    result = schema_with("buoy").execute_sync("{ named { __typename buoy } }")

    assert result.data == {"named": {"__typename": "Product", "buoy": "buoy"}}


FAULTS = {
    ("harbour", "twin_field"): [
        "twin_field: Product.tide already belongs to harbour",
        "twin_field: Product.name already belongs to peken",
    ],
    ("twin_type", "harbour"): ["harbour: type Tide has two owners: harbour and twin_type"],
    ("ghost_type",): [
        "ghost_type: extends Ghost, which is not there",
        "ghost_type: extends Search, but only types and interfaces can be extended",
        "ghost_type: extends Sort, but only types and interfaces can be extended",
    ],
    ("parent_named_self",): [
        "parent_named_self: Fields.weight has no resolver, and its parent no such attribute",
        "parent_named_self: Fields.wind calls its parent self, which it is not: name it root",
        "parent_named_self: object has no Strawberry fields",
    ],
    ("alien_permission",): ["alien_permission: permissions names Product.name, which is not a field of its own"],
}


@pytest.mark.parametrize("names", FAULTS)
def test_each_fault_in_the_graph_is_named(install: Install, names: tuple[str, ...]) -> None:
    install(*names)

    with pytest.raises(PluginFaults) as refused:
        schema_with(*names)

    assert [str(fault) for fault in refused.value.faults] == FAULTS[names]


def test_two_types_of_one_name_in_the_core_are_no_plugins_fault(install: Install) -> None:
    install("harbour")
    twin = strawberry.type(type("Basket", (), {"__annotations__": {"weight": int}}))

    with pytest.raises(DuplicatedTypeName):
        ExtensibleSchema(hooks=load({CITY: ["harbour"]}), query=Query, types=[twin])


def test_all_faults_in_the_graph_are_told_at_once(install: Install) -> None:
    names = ("harbour", "twin_field", "ghost_type", "alien_permission")
    install(*names)

    with pytest.raises(PluginFaults) as refused:
        schema_with(*names)

    assert {fault.plugin for fault in refused.value.faults} == set(names) - {"harbour"}
    assert len(refused.value.faults) == 6


def test_the_classes_are_left_as_they_were(install: Install) -> None:
    install("harbour")
    definition = Product.__strawberry_definition__  # type: ignore[attr-defined]
    before = list(definition.fields)

    schema_with("harbour")

    assert definition.fields == before
    assert not hasattr(Product, "tide")

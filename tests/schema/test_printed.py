"""The printed graph: a change of it is a decision, and nothing in it goes without a description."""

from collections.abc import Iterator
from pathlib import Path

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    lexicographic_sort_schema,
    print_schema,
)

from peken.app import schema_of, sdl
from peken.plugins.loading import load
from peken.testing.world import settings_for

FILE = Path(__file__).parent.parent / "schema.graphql"
BUILT_IN = {"Boolean", "Float", "ID", "Int", "String"}


def told(schema: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    """Everything that wants a description, with the one it has."""
    for name, found in schema.type_map.items():
        if name.startswith("__") or name in BUILT_IN:
            continue
        yield name, found.description
        if isinstance(found, GraphQLObjectType | GraphQLInterfaceType):
            yield from told_of_fields(found)
        elif isinstance(found, GraphQLInputObjectType):
            yield from ((f"{name}.{part}", value.description) for part, value in found.fields.items())
        elif isinstance(found, GraphQLEnumType):
            yield from ((f"{name}.{part}", value.description) for part, value in found.values.items())


def told_of_fields(found: GraphQLObjectType | GraphQLInterfaceType) -> Iterator[tuple[str, str | None]]:
    for name, field in found.fields.items():
        yield f"{found.name}.{name}", field.description
        for argument_name, argument in field.args.items():
            yield f"{found.name}.{name}({argument_name})", argument.description


def test_the_graph_is_the_one_that_was_printed() -> None:
    printed = FILE.read_text()

    assert sdl() == printed, (
        "the graph has changed: `peken schema --core > tests/schema.graphql`, and say why in the commit"
    )


def test_the_printed_graph_is_whole_and_sorted() -> None:
    schema = build_schema(FILE.read_text())

    assert print_schema(lexicographic_sort_schema(schema)) + "\n" == FILE.read_text()


def test_everything_in_the_graph_is_described() -> None:
    silent = [name for name, description in told(schema_of(load({}))._schema) if not (description or "").strip()]

    assert silent == []


def test_what_both_cities_add_is_described() -> None:
    settings = settings_for({"35.78": ["batik_suroboyo"], "35.73": ["malang_quota"]})
    hooks = load({city.code: city.plugins for city in settings.cities})

    silent = [name for name, description in told(schema_of(hooks)._schema) if not (description or "").strip()]

    assert silent == []

"""Minimal documents that lead to one field of a graph; knows no market and no role."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_composite_type,
    is_required_argument,
)

Fielded = GraphQLObjectType | GraphQLInterfaceType
Arguments = Callable[[str, str], str]
"""The arguments of a field ("Query.node") on the way to a type, as they stand between its parentheses."""


@dataclass(frozen=True)
class Step:
    """One field on the way, and the type that is looked at behind it."""

    coordinate: str
    to: str


Path = tuple[Step, ...]


def fielded_types(schema: GraphQLSchema) -> dict[str, Fielded]:
    """Every object and interface of the graph that is not its own description, by name."""
    return {
        name: found
        for name, found in sorted(schema.type_map.items())
        if isinstance(found, GraphQLObjectType | GraphQLInterfaceType) and not name.startswith("__")
    }


def beyond(schema: GraphQLSchema, field: GraphQLField) -> Iterator[str]:
    """The types that can be looked at behind a field."""
    target = get_named_type(field.type)
    if isinstance(target, GraphQLObjectType | GraphQLInterfaceType):
        yield target.name
    if isinstance(target, GraphQLInterfaceType | GraphQLUnionType):
        yield from sorted(possible.name for possible in schema.get_possible_types(target))


def document(schema: GraphQLSchema, path: Path, coordinate: str, arguments: Arguments) -> str:
    """The smallest operation that walks `path` and selects the field there."""
    steps = (*path, Step(coordinate, ""))
    text = _selected(schema, steps, arguments)
    root = steps[0].coordinate.partition(".")[0]
    return text if root == "Query" else f"{root.lower()} {text}"


def _selected(schema: GraphQLSchema, steps: Path, arguments: Arguments) -> str:
    step, *rest = steps
    type_name, _, name = step.coordinate.partition(".")
    field = fielded_types(schema)[type_name].fields[name]
    needed = any(is_required_argument(argument) for argument in field.args.values())
    call = f"{name}({arguments(step.coordinate, step.to)})" if needed else name
    target = get_named_type(field.type)
    if not rest:
        return "{ " + call + (" { __typename }" if is_composite_type(target) else "") + " }"
    inner = _selected(schema, tuple(rest), arguments)
    return "{ " + call + (f" {inner}" if step.to == target.name else " { ... on " + f"{step.to} {inner}" + " }") + " }"

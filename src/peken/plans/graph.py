"""What a type or field of the graph was declared as."""

from typing import Any

from graphql import GraphQLField, GraphQLNonNull
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from peken.plans.errors import Ordinary
from peken.plans.rows import READ


def nullability(type_: Any) -> tuple[Any, bool]:
    """A type without its `!`, and whether it had none."""
    return (type_.of_type, False) if isinstance(type_, GraphQLNonNull) else (type_, True)


def origin_of(type_: Any) -> Any:
    """The class behind a type of the graph."""
    definition = type_.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    origin = getattr(definition, "origin", None)
    generic = getattr(definition, "concrete_of", None)
    return origin if generic is None else generic.origin


def written_of(definition: GraphQLField) -> StrawberryField:
    """The field as it was declared. Raises Ordinary for one that something else stands around."""
    written = definition.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if not isinstance(written, StrawberryField) or written.extensions or written.permission_classes:
        raise Ordinary("a field that is not only read")
    return written


def read_of(definition: GraphQLField) -> object:
    """How a field says that it is read; None where it says nothing."""
    written = definition.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    return written.metadata.get(READ) if isinstance(written, StrawberryField) else None

"""Values on their way from a row, as the driver gives them, to Python and to the graph; knows no statement."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any, Final
from uuid import UUID

from graphql import GraphQLEnumType, GraphQLLeafType
from tortoise import fields
from tortoise.fields.data import CharEnumFieldInstance

from peken.plans.errors import Unfit

Convert = Callable[[Any], Any]
"""Of a value that is not None."""
_PLAIN: Final = frozenset({"Date", "DateTime"})
"""Scalars that are made of an object by one of its methods: what has it not raises."""


def to_python(field: Any, dialect: str) -> Convert | None:
    """How a column's value becomes what the ORM gives for it."""
    if isinstance(field, CharEnumFieldInstance):
        by_value = {member.value: member for member in field.enum_type}
        return by_value.__getitem__
    if isinstance(field, fields.CharField | fields.TextField | fields.IntField):
        return None
    if isinstance(field, fields.UUIDField | fields.BooleanField | fields.DatetimeField | fields.DateField):
        return None if dialect == "postgres" else _from_text(field)
    convert: Convert = field.to_python_value
    return convert


def _from_text(field: Any) -> Convert:
    if isinstance(field, fields.DatetimeField):
        return _instant
    if isinstance(field, fields.DateField):
        return date.fromisoformat
    return bool if isinstance(field, fields.BooleanField) else UUID


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def to_graph(field: Any, leaf: GraphQLLeafType, dialect: str) -> Convert | None:
    """How a column's value becomes a leaf of the answer; None where it is one already."""
    if isinstance(field, CharEnumFieldInstance) and isinstance(leaf, GraphQLEnumType):
        return {member.value: leaf.coerce_output_value(member) for member in field.enum_type}.__getitem__
    same = {
        "String": fields.CharField | fields.TextField,
        "Boolean": fields.BooleanField if dialect == "postgres" else (),
        "Int": () if isinstance(field, fields.BigIntField) else fields.IntField,
    }.get(leaf.name, ())
    if isinstance(field, same) and not isinstance(field, CharEnumFieldInstance):
        return None
    if isinstance(field, fields.IntField) and leaf.coerce_output_value is int:
        return None
    convert, coerce = to_python(field, dialect), leaf.coerce_output_value
    return coerced(leaf) if convert is None else lambda value: _some(coerce(convert(value)))


def coerced(leaf: GraphQLLeafType) -> Convert:
    """How a value of Python becomes a leaf of the answer."""
    coerce = leaf.coerce_output_value
    if leaf.name in _PLAIN:
        return coerce
    if isinstance(leaf, GraphQLEnumType):
        return _names(leaf)

    def convert(value: Any) -> Any:
        if isinstance(value, Exception):
            raise value
        return _some(coerce(value))

    return convert


def _names(leaf: GraphQLEnumType) -> Convert:
    known: dict[Any, str] = {}

    def name(value: Any) -> str:
        if not isinstance(value, Enum):
            return leaf.coerce_output_value(value)
        found = known.get(value)
        if found is None:
            found = known[value] = leaf.coerce_output_value(value)
        return found

    return name


def _some(value: Any) -> Any:
    if value is None:
        raise Unfit("a leaf became nothing")
    return value


def required(value: Any) -> Any:
    """The value of a field that is never null."""
    if value is None:
        raise Unfit("null where the graph promises a value")
    return value

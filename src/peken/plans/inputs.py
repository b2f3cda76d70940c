"""What is given becomes what resolvers take, by functions that are made once for each type; knows no field, no answer.

Of what is not as the graph wants it nothing is said here: execution has the words.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING
from functools import cached_property, partial
from typing import Any, Final

from graphql import (
    GraphQLArgument,
    GraphQLError,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    ObjectValueNode,
    Undefined,
    ValueNode,
    VariableNode,
)
from graphql.execution.values import VariableValues
from graphql.type import is_required_argument, is_required_input_field
from graphql.utilities.coerce_input_value import coerce_default_value, coerce_input_literal
from strawberry.relay import GlobalID
from strawberry.scalars import is_scalar
from strawberry.schema.config import StrawberryConfig
from strawberry.types.arguments import StrawberryArgument, convert_argument
from strawberry.types.base import StrawberryList, StrawberryMaybe, StrawberryObjectDefinition, StrawberryOptional
from strawberry.types.enum import StrawberryEnumDefinition

from peken.plans.graph import nullability

Field = GraphQLArgument | GraphQLInputField
Take = Callable[[Any], Any]
"""Of a value, what it is taken as; Undefined where it cannot be."""
_TEXT: Final = frozenset({"ID", "String"})


def taking(type_: Any) -> Take:
    """How the value of a variable is taken: as `graphql.utilities.coerce_input_value` does."""
    inner, nullable = nullability(type_)
    take = _taking(inner)

    def taken(value: Any) -> Any:
        return (None if nullable else Undefined) if value is None else take(value)

    return taken


def _taking(type_: Any) -> Take:
    if isinstance(type_, GraphQLList):
        return _lists(taking(type_.of_type))
    if isinstance(type_, GraphQLInputObjectType):
        return _Objects(type_)
    coerce, text = type_.coerce_input_value, type_.name in _TEXT

    def taken(value: Any) -> Any:
        if text and type(value) is str:
            return value
        try:
            return coerce(value)
        except Exception:
            return Undefined

    return taken


def _lists(take: Take) -> Take:
    def taken(value: Any) -> Any:
        items = [take(item) for item in value] if isinstance(value, list) else [take(value)]
        return Undefined if any(item is Undefined for item in items) else items

    return taken


class _Objects:
    """How an object is taken. One of several alternatives is not."""

    def __init__(self, type_: GraphQLInputObjectType) -> None:
        self._type = type_

    @cached_property
    def _fields(self) -> dict[str, tuple[str, Take, Any]]:
        """By name, the name within, how it is taken, and what stands in its place where it is left out."""
        # Not before somebody asks: an input may hold its own kind.
        return {
            name: (field.out_name or name, taking(field.type), _in_place_of(field))
            for name, field in self._type.fields.items()
        }

    def __call__(self, value: Any) -> Any:
        fields = self._fields
        if self._type.is_one_of or not isinstance(value, dict) or not value.keys() <= fields.keys():
            return Undefined
        found = {
            within: take(value[name]) if name in value else default for name, (within, take, default) in fields.items()
        }
        if any(each is Undefined for each in found.values()):
            return Undefined
        try:
            return self._type.out_type({name: each for name, each in found.items() if each is not _NOTHING})
        except GraphQLError:
            return Undefined  # as of one of several that are given


def literal(fields: Mapping[str, Field], given: Mapping[str, ValueNode]) -> Callable[[VariableValues], Any]:
    """How what is written for arguments, or for the fields of an input, is taken: as `get_argument_values` does.

    Gives a dict of them by the names within; Undefined where one cannot be taken.
    """
    parts: list[tuple[str, str | None, Callable[[VariableValues], Any] | None, Any]] = []
    for name, field in fields.items():
        node = given.get(name)
        variable = node.name.value if isinstance(node, VariableNode) else None
        make = None if node is None else _literal(node, field.type)
        parts.append((field.out_name or name, variable, make, _in_place_of(field)))

    def taken(variables: VariableValues) -> Any:
        found: dict[str, Any] = {}
        for within, variable, make, default in parts:
            missing = make is None or (variable is not None and variable not in variables.coerced)
            value = default if missing or make is None else make(variables)
            if value is Undefined:
                return Undefined
            if value is not _NOTHING:
                found[within] = value
        return found

    return taken


def _literal(node: ValueNode, type_: Any) -> Callable[[VariableValues], Any]:
    inner, nullable = nullability(type_)
    if isinstance(node, VariableNode):
        name = node.name.value

        def of_variable(variables: VariableValues) -> Any:
            value = variables.coerced.get(name, Undefined)
            return Undefined if value is None and not nullable else value

        return of_variable
    if not isinstance(node, ObjectValueNode) or not isinstance(inner, GraphQLInputObjectType) or inner.is_one_of:
        return partial(_coerced, node, type_)
    given = {field.name.value: field.value for field in node.fields}
    if not given.keys() <= inner.fields.keys():
        return lambda _: Undefined
    take, made = literal(inner.fields, given), inner.out_type

    def of_object(variables: VariableValues) -> Any:
        found = take(variables)
        try:
            return found if found is Undefined else made(found)
        except GraphQLError:
            return Undefined

    return of_object


def _coerced(node: ValueNode, type_: Any, variables: VariableValues) -> Any:
    try:
        return coerce_input_literal(node, type_, variables)
    except GraphQLError:
        return Undefined  # as of one of several that are given


def _in_place_of(field: Field) -> Any:
    if is_required_argument(field) if isinstance(field, GraphQLArgument) else is_required_input_field(field):
        return Undefined
    default = coerce_default_value(field)
    return _NOTHING if default is Undefined else default


_NOTHING: Final = object()


def _as_it_is(value: Any) -> Any:
    return value


class Converting:
    """How values of the graph become what resolvers take: as `strawberry.types.arguments.convert_arguments` does."""

    def __init__(self, arguments: list[StrawberryArgument], config: StrawberryConfig, registry: Any) -> None:
        self._config = config
        self._registry = registry
        name = config.name_converter.from_argument
        self._arguments = [(name(each), each.python_name, self._of(each.type)) for each in arguments]
        self.plain = all(convert is _as_it_is for _, _, convert in self._arguments)
        """Whether all of them are leaves."""

    def __call__(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments, by their names in Python."""
        return {own: convert(values[name]) for name, own, convert in self._arguments if name in values}

    def _of(self, type_: Any) -> Take:
        if isinstance(type_, StrawberryOptional) and not isinstance(type_, StrawberryMaybe):
            return self._of(type_.of_type)
        if isinstance(type_, StrawberryList):
            item = self._of(type_.of_type)
            return lambda value: None if value is None else [item(each) for each in value]
        definition = getattr(type_, "__strawberry_definition__", type_)
        if isinstance(definition, StrawberryObjectDefinition) and definition.from_input is None:
            return self._inputs(definition)
        if isinstance(definition, StrawberryEnumDefinition) or (
            is_scalar(type_, self._registry) and type_ is not GlobalID
        ):
            return _as_it_is
        return lambda value: convert_argument(value, type_, self._registry, self._config)

    def _inputs(self, definition: StrawberryObjectDefinition) -> Take:
        class_, name = definition.origin, self._config.name_converter.from_field
        left_out = {
            field.python_name: None
            for field in definition.fields
            if field.default_value is MISSING and field.default_factory is MISSING
        }
        known: list[tuple[str, str, Take]] = []

        def converted(value: Any) -> Any:
            if value is None:
                return None
            if not known:
                known.extend(
                    (name(field), field.python_name, self._of(field.resolve_type(type_definition=definition)))
                    for field in definition.fields
                )
            given = {own: convert(value[name]) for name, own, convert in known if name in value}
            return class_(**(left_out | given))

        return converted

"""Arguments of a document by lots, some of them variables; knows no selection."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, Final

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    get_named_type,
    is_required_argument,
    is_required_input_field,
)
from tests.plans.differential.values import Values

ROWS: Final = 120
"""How many rows a document may ask for, pages multiplied."""
PAGES: Final = (1, 2, 3, 5, 20, 100)
_PAGING: Final[Collection[str]] = ("first", "after", "last", "before")
_OMITTED: Final = object()


@dataclass(frozen=True)
class Slot:
    """What a variable is for: enough to give it another value."""

    type: Any
    argument: str
    returned: str
    nullable: bool


@dataclass
class _Variable:
    type: str
    default: str | None
    given: Any
    slot: Slot


@dataclass
class Giving:
    """The arguments and variables of one document while it is written."""

    values: Values
    lots: Random
    uses: set[str] = field(default_factory=set)
    """The variables that were used since somebody looked."""
    _variables: dict[str, _Variable] = field(default_factory=dict)

    @property
    def given(self) -> dict[str, Any]:
        """The variables that go with the document."""
        return {name: each.given for name, each in self._variables.items() if each.given is not _OMITTED}

    @property
    def slots(self) -> dict[str, Slot]:
        """What each variable is for."""
        return {name: each.slot for name, each in self._variables.items()}

    def defined(self, uses: Collection[str]) -> list[str]:
        """The definitions of those variables among `uses`."""
        return [
            f"${name}: {each.type}" + (f" = {each.default}" if each.default is not None else "")
            for name, each in self._variables.items()
            if name in uses
        ]

    def condition(self) -> str:
        """@include, @skip, or both."""
        kinds = self.lots.choice((("include",), ("skip",), ("include",), ("skip", "include")))
        slot = Slot(GraphQLNonNull(GraphQLBoolean), "if", "", nullable=False)
        return "".join(f"@{kind}(if: {self._written(self.lots.random() < 0.6, slot)}) " for kind in kinds)

    def arguments(self, definition: GraphQLField, times: int, behind: str) -> tuple[str, int | None]:
        """The arguments between parentheses, and the size of the page where it is one.

        `times` is how often the field comes back, `behind` the type that is looked at behind it.
        """
        returned = get_named_type(definition.type).name
        given: dict[str, Any] = {}
        for name, argument in definition.args.items():
            if name in _PAGING and str(argument.type) in ("Int", "String"):
                continue
            likely = 0.9 if str(argument.type) == "Date" else 0.35
            if is_required_argument(argument) or self.lots.random() < likely:
                given[name] = self._value(argument.type, name, behind)
        if {"first", "last"} <= given.keys() and self.lots.random() < 0.9:
            given["first"], given["last"] = sorted((given["first"], given["last"]), key=str)
        size = None
        if "first" in definition.args and str(definition.args["first"].type) == "Int":
            size, paging = self._page(times, f"{returned} {given.get('sort')}")
            given |= paging
        if not given:
            return "", size
        items = list(given.items())
        self.lots.shuffle(items)
        written = (
            f"{name}: {self._written(value, _slot(definition.args[name], name, behind))}" for name, value in items
        )
        return f"({', '.join(written)})", size

    def _page(self, times: int, source: str) -> tuple[int, dict[str, Any]]:
        sizes = [size for size in PAGES if size * times <= ROWS] or [1]
        size = self.lots.choice(sizes)
        first, last = ("last", "first") if self.lots.random() < 0.3 else ("first", "last")
        after, before = ("before", "after") if first == "last" else ("after", "before")
        given: dict[str, Any] = {}
        chance = self.lots.random()
        if chance < 0.25 and 20 * times <= ROWS:
            size = 20
        elif chance < 0.6:
            given = {first: size}
        elif chance < 0.85:
            given = {first: size, after: self.values.cursor(self.lots, source)}
        elif chance < 0.92:
            given = {
                first: size,
                after: self.values.cursor(self.lots, source),
                before: self.values.cursor(self.lots, source),
            }
        elif chance < 0.95:
            given = {first: 0}
        elif chance < 0.98:
            given = {first: size, last: None, after: None}
        else:
            given = {first: self.lots.choice((-1, size)), last: size}
        return size, given

    def _value(self, type_: Any, argument: str, returned: str) -> Any:
        """A value of an input type, as JSON."""
        if isinstance(type_, GraphQLNonNull):
            type_ = type_.of_type
        elif self.lots.random() < 0.06:
            return None
        if isinstance(type_, GraphQLList):
            return [self._value(type_.of_type, argument, returned) for _ in range(self.lots.randint(1, 3))]
        if isinstance(type_, GraphQLEnumType):
            return self.lots.choice(list(type_.values))
        if isinstance(type_, GraphQLInputObjectType):
            return {
                name: self._value(each.type, name, returned)
                for name, each in type_.fields.items()
                if is_required_input_field(each) or self.lots.random() < 0.25
            }
        return self.values.scalar(self.lots, argument, type_.name, returned)

    def _written(self, value: Any, slot: Slot) -> str:
        """The value as it stands in the document, which may be a variable, or hold some."""
        if self.lots.random() < 0.3 and len(self._variables) < 12:
            return self._variable(value, slot)
        type_ = _nullable(slot.type)
        if isinstance(type_, GraphQLList) and isinstance(value, list):
            inner = replace(slot, type=type_.of_type, nullable=not isinstance(type_.of_type, GraphQLNonNull))
            return "[" + ", ".join(self._written(each, inner) for each in value) + "]"
        if isinstance(type_, GraphQLInputObjectType) and isinstance(value, dict):
            parts = (
                f"{name}: {self._written(each, _slot(type_.fields[name], name, slot.returned))}"
                for name, each in value.items()
            )
            return "{" + ", ".join(parts) + "}"
        return literal(value, type_)

    def _variable(self, value: Any, slot: Slot) -> str:
        type_text = str(slot.type)
        fitting = [
            name for name, each in self._variables.items() if each.type == type_text and slot.argument not in _PAGING
        ]
        if fitting and self.lots.random() < 0.3:
            name = self.lots.choice(fitting)
        else:
            name = f"v{len(self._variables)}"
            default = literal(value, _nullable(slot.type)) if self.lots.random() < 0.25 else None
            given = value
            if default is not None:
                # With a default it may be left out wherever it stands.
                type_text = type_text.rstrip("!") if value is not None else type_text
                given = _OMITTED if self.lots.random() < 0.5 else self._value(slot.type, slot.argument, slot.returned)
                if slot.argument in _PAGING:
                    given = _OMITTED
            elif slot.nullable and self.lots.random() < 0.15:
                given = _OMITTED
            elif value is not None and not type_text.endswith("!") and self.lots.random() < 0.2:
                type_text += "!"
            self._variables[name] = _Variable(type_text, default, given, slot)
        self.uses.add(name)
        return f"${name}"


def given_anew(variables: Mapping[str, Any], slots: Mapping[str, Slot], values: Values, lots: Random) -> dict[str, Any]:
    """Other values for the variables of a document; pages keep their size."""
    giving, found = Giving(values, lots), dict(variables)
    for name, slot in slots.items():
        if slot.argument not in _PAGING and lots.random() < 0.7:
            found[name] = giving._value(slot.type, slot.argument, slot.returned)
    return found


def literal(value: Any, type_: Any) -> str:
    """JSON as a literal of GraphQL."""
    type_ = _nullable(type_)
    if isinstance(value, dict):
        inside = {name: each.type for name, each in type_.fields.items()}
        return "{" + ", ".join(f"{name}: {literal(each, inside[name])}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(literal(each, type_.of_type) for each in value) + "]"
    if isinstance(type_, GraphQLEnumType) and isinstance(value, str):
        return value
    return json.dumps(value)


def _nullable(type_: Any) -> Any:
    return type_.of_type if isinstance(type_, GraphQLNonNull) else type_


def _slot(argument: GraphQLArgument | GraphQLInputField, name: str, returned: str) -> Slot:
    return Slot(argument.type, name, returned, nullable=not isinstance(argument.type, GraphQLNonNull))

"""Enums of the graph, with a sentence for each value; knows no noun."""

from collections.abc import Callable
from enum import Enum
from typing import TypeVar

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition

E = TypeVar("E", bound=type[Enum])


def described(**said: str) -> Callable[[E], E]:
    """Enters an enum into the graph. Every value is described here, by its name: more or fewer are a ValueError."""

    def enter(enum: E) -> E:
        strawberry.enum(enum)
        definition: StrawberryEnumDefinition = enum.__strawberry_definition__  # type: ignore[attr-defined]
        if {value.name for value in definition.values} != set(said):
            raise ValueError(f"each value of {definition.name} wants a description, and nothing else does")
        for value in definition.values:
            value.description = said[value.name]
        return enum

    return enter

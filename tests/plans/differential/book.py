"""What one caller may read of a schema, and the ways to it; writes nothing."""

from collections import deque
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Final

from graphql import GraphQLField, GraphQLSchema
from tests.schema.documents import beyond, fielded_types

LONGEST: Final = 14
"""Of how many fields a way is at most, that is not the nearest."""


@dataclass(frozen=True)
class Book:
    """What one caller may read of a schema, and the ways to it."""

    schema: GraphQLSchema
    readable: frozenset[str]

    def fields(self, type_name: str) -> dict[str, GraphQLField]:
        """The readable fields of a type."""
        return self._fields.get(type_name, {})

    @cached_property
    def _fields(self) -> dict[str, dict[str, GraphQLField]]:
        return {
            type_name: {n: f for n, f in found.fields.items() if f"{type_name}.{n}" in self.readable}
            for type_name, found in fielded_types(self.schema).items()
        }

    @cached_property
    def ways(self) -> dict[str, list[tuple[str, str]]]:
        """The fields (type and name) that lead to a type, by its name."""
        found: dict[str, list[tuple[str, str]]] = {"Query": []}
        waiting = deque(found)
        while waiting:
            parent = waiting.popleft()
            for name, definition in self.fields(parent).items():
                for target in beyond(self.schema, definition):
                    if target not in found:
                        found[target] = []
                        waiting.append(target)
                    if target != parent:
                        found[target].append((parent, name))
        return found

    @cached_property
    def reached(self) -> frozenset[str]:
        """The readable fields to which a way leads from the root."""
        return frozenset(f"{parent}.{name}" for parent in self.ways for name in self.fields(parent))

    def way(self, lots: Random, coordinate: str) -> list[tuple[str, str]]:
        """A way from the root to a field, that field last, as pairs of type and field."""
        type_name, _, name = coordinate.partition(".")
        found = [(type_name, name)]
        while type_name != "Query":
            # The first that was found is the nearest; a few others are as good.
            nearest = self.ways[type_name][: lots.choice((1, 1, 2, 4))]
            step = lots.choice([each for each in nearest if each not in found] or nearest[:1])
            if step in found or len(found) > LONGEST:
                step = self.ways[type_name][0]
            found.insert(0, step)
            type_name = step[0]
        return found

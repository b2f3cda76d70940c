"""Adds a field to an interface."""

from collections.abc import Sequence

import strawberry

from peken.hookspecs import TypeExtension, hookimpl


@strawberry.type
class Fields:
    @strawberry.field
    @staticmethod
    def buoy() -> str:
        """A field."""
        return "buoy"


@hookimpl
def type_extensions() -> Sequence[TypeExtension]:
    return [TypeExtension("Named", Fields)]

"""Extends a type that is not there, and kinds of type that cannot be extended."""

from collections.abc import Sequence

import strawberry

from peken.hookspecs import TypeExtension, hookimpl


@strawberry.type
class Fields:
    @strawberry.field
    @staticmethod
    def wind() -> str:
        """A field."""
        return "wind"


@hookimpl
def type_extensions() -> Sequence[TypeExtension]:
    return [TypeExtension(name, Fields) for name in ("Ghost", "Search", "Sort")]

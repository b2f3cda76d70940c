"""Takes its parent as self, and adds a field without a resolver."""

from collections.abc import Sequence

import strawberry

from peken.hookspecs import TypeExtension, hookimpl


@strawberry.type
class Fields:
    weight: int

    @strawberry.field
    def wind(self) -> str:
        """A field."""
        return "wind"


@hookimpl
def type_extensions() -> Sequence[TypeExtension]:
    return [TypeExtension("Product", Fields), TypeExtension("Query", object)]

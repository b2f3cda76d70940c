"""Claims a field that another plugin has, and one that the core has."""

from collections.abc import Sequence

import strawberry

from peken.hookspecs import TypeExtension, hookimpl


@strawberry.type
class Fields:
    @strawberry.field
    @staticmethod
    def tide() -> str:
        """A field."""
        return "tide"

    @strawberry.field
    @staticmethod
    def name() -> str:
        """A field."""
        return "name"


@hookimpl
def type_extensions() -> Sequence[TypeExtension]:
    return [TypeExtension("Product", Fields)]

"""The Node interface, and the way from an opaque id to its row; knows no noun."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated
from uuid import UUID

import strawberry

from peken.ids import from_global, global_ids, key_of
from peken.plans import computed, private
from peken.schema.context import Context

Id = Annotated[strawberry.ID, strawberry.argument(description="Opaque id, as the market gave it.")]


@strawberry.interface
class Node:
    """Anything with an id that is unique in this market."""

    key: strawberry.Private[UUID] = private("id")

    @computed("key", direct=global_ids)
    def id(self) -> strawberry.ID:
        """Opaque id; hand it back as it came."""
        return strawberry.ID(global_ids(type(self).__name__)(self.key))


def id_of(type_name: str) -> Callable[[strawberry.ID], UUID]:
    """What makes the key of a row of an opaque id. Raises PekenError `bad_id` for one of another type."""

    def key(id: Id) -> UUID:
        return key_of(id, type_name)

    return key


Find = Callable[[Context, UUID], Awaitable[Node | None]]
"""The node of a key, or None where it is not there or not for this actor to see."""


def named(id: Id) -> tuple[str, UUID] | None:
    """The type and key that an opaque id names, None if it can name no row. Raises PekenError `bad_id`."""
    type_name, key = from_global(id)
    try:
        return type_name, UUID(key)
    except ValueError:
        return None


async def find_nodes(
    context: Context, asked: Sequence[tuple[str, UUID]], finders: Mapping[str, Find]
) -> list[Node | None]:
    """The nodes of types and keys, None for each that is not there."""
    return [await finders[name](context, key) if name in finders else None for name, key in asked]

"""The Node interface, and the way from an opaque id to its row; knows no noun."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

import strawberry

from peken.ids import from_global, global_ids, key_of
from peken.plans import computed, private
from peken.schema.context import Info

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


Find = Callable[[Info, UUID], Awaitable[Node | None]]
"""The node of a key, or None where it is not there or not for this actor to see."""


async def find_node(info: Info, text: str, finders: dict[str, Find]) -> Node | None:
    """The node of an opaque id, None if there is none. Raises PekenError `bad_id`."""
    type_name, key = from_global(text)
    find = finders.get(type_name)
    try:
        return await find(info, UUID(key)) if find else None
    except ValueError:
        return None

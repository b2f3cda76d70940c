"""Relay connections with keyset cursors: a deep page costs what the first does; knows no noun."""

import base64
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from types import GenericAlias
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

import msgspec
import strawberry
from tortoise.expressions import Q, RawSQL
from tortoise.queryset import QuerySet

from peken.database import uuid_of
from peken.errors import PekenError
from peken.schema.context import Context, Info

T = TypeVar("T")
Row = Mapping[str, Any]
DEFAULT_PAGE = 20
Instant = Annotated[datetime, msgspec.Meta(tz=True)]
Number = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]

First = Annotated[int | None, strawberry.argument(description="At most so many, from the start; 20 unless told.")]
After = Annotated[str | None, strawberry.argument(description="Only what follows this cursor.")]
Last = Annotated[int | None, strawberry.argument(description="At most so many, from the end.")]
Before = Annotated[str | None, strawberry.argument(description="Only what precedes this cursor.")]


@strawberry.type
class PageInfo:
    """Where a page stands in its connection."""

    has_next_page: bool = strawberry.field(description="Whether anything follows this page.")
    has_previous_page: bool = strawberry.field(description="Whether anything precedes this page.")
    start_cursor: str | None = strawberry.field(description="Cursor of the first item.")
    end_cursor: str | None = strawberry.field(description="Cursor of the last item.")


@strawberry.type(description="An item of a page, with its cursor.")
class Edge(Generic[T]):
    node: T = strawberry.field(description="The item itself.")
    cursor: str = strawberry.field(description="Opaque mark of this item in its connection; stable under insertion.")


@strawberry.type(description="A page of a longer list.")
class Connection(Generic[T]):
    edges: list[Edge[T]] = strawberry.field(description="The items with their cursors.")
    page_info: PageInfo = strawberry.field(description="Where this page stands.")
    count: strawberry.Private[Callable[[], Awaitable[int]]]

    @strawberry.field
    def nodes(self) -> list[T]:
        """The items."""
        return [edge.node for edge in self.edges]

    @strawberry.field
    async def total_count(self) -> int:
        """How many items all pages hold together; counted when asked for."""
        return await self.count()


@dataclass(frozen=True, slots=True)
class Sort:
    """An order of rows: a column that is never NULL, then the key. `tag` binds cursors to their connection.

    `of` is the type of the column's values, by which a cursor is read.
    """

    tag: str
    column: str
    of: Any = str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """The part of a connection that a client asks for."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None


async def connect(
    info: Info, rows: QuerySet[Any], columns: Sequence[str], sort: Sort, window: Window, make: Callable[[Row], T]
) -> Connection[T]:
    """One page of `rows`: one query, whatever its depth. Raises PekenError `bad_page`, `bad_cursor`."""
    size, backward = _size(window, info.context.market.settings.limits.page)
    ordered = _within(rows, sort, window).order_by(*_ordering(sort, backward=backward))
    found = await ordered.limit(size + 1).values(*_needed(columns, sort))
    return _connection(found, size, sort, window, make, rows.count)


@dataclass(frozen=True, slots=True)
class Span:
    """The rows that a page is made of: at most `size`, in this order, between two places (value and key)."""

    size: int
    descending: bool
    after: Any = None
    before: Any = None


async def connect_rows(
    info: Info,
    fetch: Callable[[Span], Awaitable[Sequence[Row]]],
    sort: Sort,
    window: Window,
    make: Callable[[Row], T],
    count: Callable[[], Awaitable[int]],
) -> Connection[T]:
    """One page of rows that are read by hand; each row holds the sort's column and `id`.

    Raises PekenError `bad_page`, `bad_cursor`.
    """
    size, backward = _size(window, info.context.market.settings.limits.page)
    after, before = (None if at is None else _read(sort, at) for at in (window.after, window.before))
    span = Span(size + 1, sort.descending is not backward, *((before, after) if backward else (after, before)))
    return _connection(await fetch(span), size, sort, window, make, count)


async def nothing(span: Span) -> Sequence[Row]:
    """The rows of an empty list."""
    return []


async def connect_each(
    context: Context,
    lists: QuerySet[Any],
    parent: str,
    parents: Sequence[UUID],
    columns: Sequence[str],
    sort: Sort,
    window: Window,
    make: Callable[[Row], T],
    count: Callable[[UUID], Awaitable[int]],
) -> list[Connection[T]]:
    """The same page of many lists, which are the rows that share a value of the column `parent`: two queries.

    Raises PekenError `bad_page`, `bad_cursor`.
    """
    size, backward = _size(window, context.market.settings.limits.page)
    table = lists.model._meta.db_table
    order = ", ".join(
        f'"{table}"."{column.removeprefix("-")}"' + (" DESC" if column.startswith("-") else "")
        for column in _ordering(sort, backward=backward)
    )
    place = RawSQL(f'ROW_NUMBER() OVER (PARTITION BY "{table}"."{parent}" ORDER BY {order})')
    placed = _within(lists.filter(**{f"{parent}__in": list(parents)}), sort, window).annotate(place=place)
    ranked = placed.values("id", "place")
    text = ranked.sql()
    keys = await context.market.database.fetch(
        f"SELECT id FROM ({text}) ranked WHERE place <= {size + 1} ORDER BY place",
        *ranked.query.get_parameterized_sql()[1],
    )
    in_order = {uuid_of(row["id"]): number for number, row in enumerate(keys)}
    rows = await lists.model.filter(id__in=list(in_order)).values(*_needed((*columns, parent), sort))
    found: dict[UUID, list[Row]] = {key: [] for key in parents}
    for row in sorted(rows, key=lambda row: in_order[row["id"]]):
        found[row[parent]].append(row)
    return [_connection(found[key], size, sort, window, make, partial(count, key)) for key in parents]


def _within(rows: QuerySet[Any], sort: Sort, window: Window) -> QuerySet[Any]:
    """The rows between the cursors."""
    if window.after is not None:
        rows = rows.filter(_beyond(sort, window.after, onward=True))
    if window.before is not None:
        rows = rows.filter(_beyond(sort, window.before, onward=False))
    return rows


def _ordering(sort: Sort, *, backward: bool) -> list[str]:
    sign = "-" if sort.descending is not backward else ""
    return [*dict.fromkeys((f"{sign}{sort.column}", f"{sign}id"))]


def _needed(columns: Sequence[str], sort: Sort) -> list[str]:
    return [*dict.fromkeys((*columns, "id", sort.column))]


def _connection(
    found: Sequence[Row],
    size: int,
    sort: Sort,
    window: Window,
    make: Callable[[Row], T],
    count: Callable[[], Awaitable[int]],
) -> Connection[T]:
    """The page out of its rows and, where more follow, the first of these."""
    backward = window.last is not None
    more, page = len(found) > size, [*found[:size]]
    if backward:
        page.reverse()
    edges = [Edge(node=make(row), cursor=_cursor(sort, row)) for row in page]
    page_info = PageInfo(
        has_next_page=window.before is not None if backward else more,
        has_previous_page=more if backward else window.after is not None,
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=edges[-1].cursor if edges else None,
    )
    return Connection(edges=edges, page_info=page_info, count=count)


def _size(window: Window, most: int) -> tuple[int, bool]:
    if window.first is not None and window.last is not None:
        raise PekenError("bad_page", "Ask for first or for last, not for both.")
    backward = window.last is not None
    size = window.last if backward else window.first
    size = min(DEFAULT_PAGE, most) if size is None else size
    if not 0 <= size <= most:
        raise PekenError("bad_page", "A page has between 0 and {most} items.", most=most)
    return size, backward


def _beyond(sort: Sort, cursor: str, *, onward: bool) -> Q:
    value, key = _read(sort, cursor)
    side = "gt" if onward is not sort.descending else "lt"
    next_key: dict[str, Any] = {f"id__{side}": key}
    if sort.column == "id":
        return Q(**next_key)
    next_value: dict[str, Any] = {f"{sort.column}__{side}": value}
    same: dict[str, Any] = {sort.column: value}
    # Said twice: PostgreSQL begins in the index by the first, of an OR it would read all that lies before.
    bound: dict[str, Any] = {f"{sort.column}__{side}e": value}
    return Q(**bound) & (Q(**next_value) | Q(**same, **next_key))


def _cursor(sort: Sort, row: Row) -> str:
    content = msgspec.json.encode([sort.tag, row[sort.column], row["id"]])
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _read(sort: Sort, cursor: str) -> tuple[object, UUID]:
    shape: Any = GenericAlias(tuple, (str, sort.of, UUID))
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        tag, value, key = msgspec.json.decode(raw, type=shape)
        if tag != sort.tag:
            raise ValueError(tag)
        return _comparable(value), key
    except (ValueError, OverflowError, msgspec.MsgspecError):
        raise PekenError("bad_cursor", "This cursor does not belong to this list.") from None


def _comparable(value: object) -> object:
    """The value as both engines can compare it. Raises ValueError or OverflowError where they cannot."""
    # PostgreSQL's text holds no NUL, and a zone may push an instant out of the years there are.
    if isinstance(value, str) and "\0" in value:
        raise ValueError(value)
    return value.astimezone(UTC) if isinstance(value, datetime) else value

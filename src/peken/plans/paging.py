"""Connections that page by keyset: a page is found by value and key of its neighbours, at any depth by one query.

Knows no noun; whose rows a list holds is said by the query it is given.
"""

import base64
import dataclasses
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from types import GenericAlias, MappingProxyType
from typing import Annotated, Any, ClassVar, Generic, NamedTuple, TypeVar
from uuid import UUID

import msgspec
import strawberry
from tortoise.exceptions import ValidationError
from tortoise.expressions import Q, RawSQL
from tortoise.functions import Count
from tortoise.models import Model
from tortoise.queryset import QuerySet

from peken.errors import PekenError
from peken.plans.rows import Row, Rows

T = TypeVar("T")
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

    ARGUMENTS: ClassVar[Mapping[str, Any]] = MappingProxyType(
        {"first": First, "after": After, "last": Last, "before": Before}
    )

    @classmethod
    def split(cls, arguments: Mapping[str, Any]) -> tuple["Window", dict[str, Any]]:
        """The window in a field's arguments, and the others."""
        own = {name: value for name, value in arguments.items() if name not in cls.ARGUMENTS}
        return cls(**{name: value for name, value in arguments.items() if name in cls.ARGUMENTS}), own


class Place(NamedTuple):
    """Where an item stands in its list: its value of the column that sorts, and its key."""

    value: Any
    key: UUID


@dataclass(frozen=True, slots=True)
class Span:
    """The rows that a page is made of: at most `size`, in this order, between two places."""

    size: int
    descending: bool
    after: Place | None = None
    before: Place | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """What a connection lists: rows of a type, and in which order."""

    rows: Rows[Any]
    query: QuerySet[Any]
    sort: Sort


async def connect(context: Any, listing: Listing, window: Window) -> Connection[Any]:
    """One page of a list: one query, whatever its depth. Raises PekenError `bad_page`, `bad_cursor`."""
    size, backward = page_size(window, context.page)
    after, before = places(listing.sort, window, listing.rows.model)
    query = stretch(listing, backward=backward, after=after, before=before)
    found = await listing.rows.find(query.limit(size + 1), "id", listing.sort.column)
    return _connection(found, size, listing.sort, window, listing.rows.make, listing.query.count)


async def connect_rows(
    context: Any,
    fetch: Callable[[Span], Awaitable[Sequence[Row]]],
    sort: Sort,
    window: Window,
    make: Callable[[Row], T],
    count: Callable[[], Awaitable[int]],
) -> Connection[T]:
    """One page of rows that are read by hand; each row holds the sort's column and `id`.

    Raises PekenError `bad_page`, `bad_cursor`.
    """
    size, backward = page_size(window, context.page)
    after, before = places(sort, window)
    span = Span(size + 1, sort.descending is not backward, *((before, after) if backward else (after, before)))
    return _connection(await fetch(span), size, sort, window, make, count)


async def nothing(span: Span) -> Sequence[Row]:
    """The rows of an empty list."""
    return []


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the list of one parent: which rows, and which part of them."""

    key: Any
    alike: Hashable
    """Equal for parents that are asked the same."""
    window: Window
    own: Mapping[str, Any] = dataclasses.field(compare=False)

    @classmethod
    def of(cls, key: Any, own: Mapping[str, Any], window: Window) -> "Question":
        """The question that arguments make."""
        return cls(key, frozen(own), window, own)


@dataclass(frozen=True, eq=False, slots=True)
class Pages:
    """A loader of the same page of many lists: those rows of `ask(context, ...)` that share a value of `parent`."""

    ask: Callable[..., Listing]
    parent: str

    async def __call__(self, context: Any, asked: Sequence[Question]) -> list[Connection[Any] | PekenError]:
        """Two queries for all who are asked the same; what is wrong with one question is no answer to the others."""
        alike: dict[Hashable, list[Question]] = {}
        for question in asked:
            alike.setdefault((question.alike, question.window), []).append(question)
        pages: dict[Question, Connection[Any] | PekenError] = {}
        for group in alike.values():
            try:
                pages |= await self._pages(context, group)
            except PekenError as error:
                pages |= dict.fromkeys(group, error)
        return [pages[question] for question in asked]

    async def _pages(self, context: Any, group: Sequence[Question]) -> dict[Question, Connection[Any]]:
        listing, window = self.ask(context, **group[0].own), group[0].window
        size, backward = page_size(window, context.page)
        after, before = places(listing.sort, window, listing.rows.model)
        keys = [question.key for question in group]
        ranked = ranking(listing, self.parent, keys, backward=backward, after=after, before=before)
        chosen = ranked.values_list("id", "place")
        text, place = chosen.sql(), '"1"'
        records = await context.records(
            f'SELECT "0" FROM ({text}) ranked WHERE {place} <= {size + 1} ORDER BY {place}',
            chosen.query.get_parameterized_sql()[1],
        )
        in_order = {UUID(str(key)): number for number, (key,) in enumerate(records)}
        query = listing.rows.model.filter(id__in=list(in_order))
        rows = await listing.rows.find(query, "id", self.parent, listing.sort.column)
        found: dict[Any, list[Row]] = {key: [] for key in keys}
        for row in sorted(rows, key=lambda row: in_order[row["id"]]):
            found[row[self.parent]].append(row)
        return {
            question: _connection(
                found[question.key],
                size,
                listing.sort,
                window,
                listing.rows.make,
                partial(self._count, context, question),
            )
            for question in group
        }

    async def _count(self, context: Any, question: Question) -> int:
        size: int = await context.load(self.sizes, question)
        return size

    async def sizes(self, context: Any, asked: Sequence[Question]) -> list[int]:
        """How many rows the lists of parents have; one query for all that are asked the same."""
        found: dict[tuple[Any, Hashable], int] = {}
        for question in {each.alike: each for each in asked}.values():
            keys = [each.key for each in asked if each.alike == question.alike]
            listing = self.ask(context, **question.own)
            for key, size in await counting(listing, self.parent, keys):
                found[key, question.alike] = size
        return [found.get((each.key, each.alike), 0) for each in asked]


def counting(listing: Listing, parent: str, keys: Sequence[Any]) -> Any:
    """The query of how many rows of a list each of some parents has; parents without any are left out."""
    among: dict[str, Any] = {f"{parent}__in": list(keys)}
    return listing.query.filter(**among).annotate(size=Count("id")).group_by(parent).values_list(parent, "size")


def ranking(
    listing: Listing, parent: str, keys: Sequence[Any], *, backward: bool, after: Place | None, before: Place | None
) -> QuerySet[Any]:
    """The rows of some parents between two places, annotated with their `place` in the list of their parent."""
    table = listing.rows.model._meta.db_table
    order = ", ".join(
        f'"{table}"."{column.removeprefix("-")}"' + (" DESC" if column.startswith("-") else "")
        for column in ordering(listing.sort, backward=backward)
    )
    place = RawSQL(f'ROW_NUMBER() OVER (PARTITION BY "{table}"."{parent}" ORDER BY {order})')
    among: dict[str, Any] = {f"{parent}__in": list(keys)}
    return _within(listing.query.filter(**among), listing.sort, after, before).annotate(place=place)


def stretch(listing: Listing, *, backward: bool, after: Place | None, before: Place | None) -> QuerySet[Any]:
    """The rows of a list between two places, in the order in which a page is read."""
    return _within(listing.query, listing.sort, after, before).order_by(*ordering(listing.sort, backward=backward))


def places(sort: Sort, window: Window, model: type[Model] | None = None) -> tuple[Place | None, Place | None]:
    """The places of a window's cursors, in rows of a model. Raises PekenError `bad_cursor`."""
    after = None if window.after is None else place_of(sort, window.after, model)
    return after, None if window.before is None else place_of(sort, window.before, model)


def _within(rows: QuerySet[Any], sort: Sort, after: Place | None, before: Place | None) -> QuerySet[Any]:
    if after is not None:
        rows = rows.filter(_beyond(sort, after, onward=True))
    if before is not None:
        rows = rows.filter(_beyond(sort, before, onward=False))
    return rows


def ordering(sort: Sort, *, backward: bool) -> list[str]:
    """The columns by which a page is read."""
    sign = "-" if sort.descending is not backward else ""
    return [*dict.fromkeys((f"{sign}{sort.column}", f"{sign}id"))]


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
    edges = [Edge(node=make(row), cursor=cursor_of(sort.tag, row[sort.column], row["id"])) for row in page]
    page_info = PageInfo(
        has_next_page=window.before is not None if backward else more,
        has_previous_page=more if backward else window.after is not None,
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=edges[-1].cursor if edges else None,
    )
    return Connection(edges=edges, page_info=page_info, count=count)


def page_size(window: Window, most: int) -> tuple[int, bool]:
    """How many items a window asks for, and whether from the end. Raises PekenError `bad_page`."""
    if window.first is not None and window.last is not None:
        raise PekenError("bad_page", "Ask for first or for last, not for both.")
    backward = window.last is not None
    size = window.last if backward else window.first
    size = min(DEFAULT_PAGE, most) if size is None else size
    if not 0 <= size <= most:
        raise PekenError("bad_page", "A page has between 0 and {most} items.", most=most)
    return size, backward


def _beyond(sort: Sort, place: Place, *, onward: bool) -> Q:
    value, key = place
    side = "gt" if onward is not sort.descending else "lt"
    next_key: dict[str, Any] = {f"id__{side}": key}
    if sort.column == "id":
        return Q(**next_key)
    next_value: dict[str, Any] = {f"{sort.column}__{side}": value}
    same: dict[str, Any] = {sort.column: value}
    # Said twice: PostgreSQL begins in the index by the first, of an OR it would read all that lies before.
    bound: dict[str, Any] = {f"{sort.column}__{side}e": value}
    return Q(**bound) & (Q(**next_value) | Q(**same, **next_key))


def cursor_of(tag: str, value: Any, key: Any) -> str:
    """The cursor of an item: opaque, and good for the connection of this tag only."""
    return base64.urlsafe_b64encode(msgspec.json.encode([tag, value, key])).decode().rstrip("=")


def place_of(sort: Sort, cursor: str, model: type[Model] | None = None) -> Place:
    """The place of a cursor; of one that its column could hold, if it is of a model. Raises PekenError `bad_cursor`."""
    shape: Any = GenericAlias(tuple, (str, sort.of, UUID))
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        tag, value, key = msgspec.json.decode(raw, type=shape)
        if tag != sort.tag:
            raise ValueError(tag)
        if model is not None:
            model._meta.fields_map[sort.column].validate(value)
        return Place(_comparable(value), key)
    except (ValueError, OverflowError, msgspec.MsgspecError, ValidationError):
        raise PekenError("bad_cursor", "This cursor does not belong to this list.") from None


def _comparable(value: object) -> object:
    """The value as both engines can compare it. Raises ValueError or OverflowError where they cannot."""
    # PostgreSQL's text holds no NUL, and a zone may push an instant out of the years there are.
    if isinstance(value, str) and "\0" in value:
        raise ValueError(value)
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def frozen(value: Any) -> Hashable:
    """Arguments as something that can be looked up: equal where they are."""
    if isinstance(value, Mapping):
        return tuple((name, frozen(each)) for name, each in value.items())
    if isinstance(value, list):
        return tuple(frozen(each) for each in value)
    if dataclasses.is_dataclass(value) and value.__hash__ is None:
        return type(value), tuple(frozen(getattr(value, each.name)) for each in dataclasses.fields(value))
    hashable: Hashable = value
    return hashable

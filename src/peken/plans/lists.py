"""Connections: the page of one list by one statement, and the same page of many lists by one as well."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from graphql import GraphQLObjectType

from peken.plans.declared import Listed
from peken.plans.errors import Ordinary
from peken.plans.fetching import key_probes, raw_keys, sought_of
from peken.plans.graph import nullability, origin_of
from peken.plans.levels import Level, RowView
from peken.plans.paging import (
    Instant,
    Listing,
    Number,
    Place,
    Sort,
    Window,
    counting,
    cursor_of,
    page_size,
    places,
    ranking,
    stretch,
)
from peken.plans.rows import Rows
from peken.plans.running import Arguments, Run
from peken.plans.statements import Select, Statement, probes, statement
from peken.plans.values import to_python

if TYPE_CHECKING:
    from peken.plans.selecting import Details, Selecting

_SORT = "the column that sorts"


@dataclass(slots=True)
class Stretch:
    """The items of one parent's page."""

    start: int
    end: int
    more: bool
    total: int | None = None


Show = Callable[[Stretch, "Shown"], Any]
"""One field of a connection, from what is known of the page."""


class Shown(NamedTuple):
    """What the pages of all parents are made of."""

    records: Sequence[Any]
    dicts: Sequence[Sequence[Any]]
    window: Window
    cursor: Callable[[Any], str]


class Page:
    """What is selected of a connection: levels over its rows, and where they and the rest are shown."""

    def __init__(self, rows: Rows[Any]) -> None:
        self.rows = rows
        self.select = Select(rows.model)
        self.levels: list[Level] = []
        self.fields: list[tuple[str, Show]] = []
        self.counts = False

    @classmethod
    def selected(cls, selecting: "Selecting", type_: GraphQLObjectType, details: "Details") -> "Page":
        """The page of a selection. Raises Ordinary."""
        listed, _ = nullability(type_.fields["nodes"].type)
        node, _ = nullability(listed.of_type)
        rows = Rows.of(origin_of(node))
        if rows is None:
            raise Ordinary("a list of what are no rows")
        page = cls(rows)
        for name, below in selecting.below(type_, details):
            page.fields.append((name, page._field(selecting, type_, node, below)))
        return page

    def _field(
        self, selecting: "Selecting", type_: GraphQLObjectType, node: GraphQLObjectType, details: "Details"
    ) -> Show:
        name = details[0].node.name.value
        if name == "__typename":
            return lambda stretch, shown: type_.name
        if name == "totalCount":
            self.counts = True
            return lambda stretch, shown: stretch.total
        if name == "pageInfo":
            return self._page_info(selecting, type_, details)
        if name not in ("nodes", "edges"):
            raise Ordinary(f"a connection's {name}")
        level = Level(self.select)
        level.more = ("cursor",)
        view = RowView(level.code, self.rows, self.select, selecting.dialect)
        level.each = (
            selecting.selected(level, view, node, details)
            if name == "nodes"
            else self._edge(selecting, level, view, type_, node, details)
        )
        self.levels.append(level)
        number = len(self.levels) - 1
        return lambda stretch, shown: shown.dicts[number][stretch.start : stretch.end]

    def _edge(
        self,
        selecting: "Selecting",
        level: Level,
        view: RowView,
        type_: GraphQLObjectType,
        node: GraphQLObjectType,
        details: "Details",
    ) -> str:
        listed, _ = nullability(type_.fields["edges"].type)
        edge, _ = nullability(listed.of_type)
        parts = []
        for name, below in selecting.below(edge, details):
            field = below[0].node.name.value
            if field == "__typename":
                text = repr(edge.name)
            elif field == "cursor":
                text = f"cursor(({self.select.at(_SORT)}, {self.select.at('id')}))"
            elif field == "node":
                text = selecting.selected(level, view, node, below)
            else:
                raise Ordinary(f"an edge's {field}")
            parts.append(f"{name!r}: {text}")
        return "{" + ", ".join(parts) + "}"

    def _page_info(self, selecting: "Selecting", type_: GraphQLObjectType, details: "Details") -> Show:
        info, _ = nullability(type_.fields["pageInfo"].type)
        fields: list[tuple[str, Show]] = []
        for name, below in selecting.below(info, details):
            field = below[0].node.name.value
            if field == "__typename":
                fields.append((name, lambda stretch, shown: info.name))
            elif field in _PAGE_INFO:
                if field.endswith("Cursor"):
                    self.select.at(_SORT)
                    self.select.at("id")
                fields.append((name, partial(_PAGE_INFO[field], self)))
            else:
                raise Ordinary(f"a page's {field}")
        return lambda stretch, shown: {name: show(stretch, shown) for name, show in fields}

    def place(self, record: Any) -> tuple[Any, Any]:
        """Value and key of a row, as the driver gives them."""
        return record[self.select.paths[_SORT]], record[self.select.paths["id"]]

    def paths(self, sort: Sort) -> list[str]:
        """The columns of the statement."""
        return [sort.column if path is _SORT else path for path in self.select.paths]

    def first(self, stretch: Stretch, shown: Shown) -> str | None:
        """The cursor of the first item."""
        return shown.cursor(self.place(shown.records[stretch.start])) if stretch.end > stretch.start else None

    def last(self, stretch: Stretch, shown: Shown) -> str | None:
        """The cursor of the last item."""
        return shown.cursor(self.place(shown.records[stretch.end - 1])) if stretch.end > stretch.start else None


def _has_next(page: Page, stretch: Stretch, shown: Shown) -> bool:
    return shown.window.before is not None if shown.window.last is not None else stretch.more


def _has_previous(page: Page, stretch: Stretch, shown: Shown) -> bool:
    return stretch.more if shown.window.last is not None else shown.window.after is not None


_PAGE_INFO: dict[str, Callable[[Page, Stretch, Shown], Any]] = {
    "hasNextPage": _has_next,
    "hasPreviousPage": _has_previous,
    "startCursor": Page.first,
    "endCursor": Page.last,
}


class Shape(NamedTuple):
    """What a question comes to, whatever place it begins at: statements, and how cursors are written."""

    sort: Sort
    page: Statement
    total: Statement | None
    cursor: Callable[[tuple[Any, Any]], str]


class Connections:
    """A connection of every parent, or of the root."""

    def __init__(self, read: Listed, arguments: Arguments, page: Page, *, raw: bool) -> None:
        self._read = read
        self._arguments = arguments
        self._page = page
        self._raw = raw
        if read.parent is not None:
            page.select.at(read.parent)

    async def values(self, run: Run, keys: Sequence[Any]) -> Sequence[Any]:
        own, alike, window = self._arguments.of(run)
        size, backward = page_size(window, run.context.page)
        asked = (
            self._read.viewpoint(run.context),
            alike,
            size,
            backward,
            window.after is None,
            window.before is None,
        )
        shape: Shape = run.kept(self, asked, lambda: self._shape(run, own, size, window, backward=backward))
        after, before = places(shape.sort, window, self._page.rows.model)
        filled = {"after": after, "before": before}
        named = {
            f"{name} {part}": value
            for name, place in filled.items()
            if place is not None
            for part, value in zip(Place._fields, place, strict=True)
        }
        if self._read.parent is None:
            return await self._of_root(run, shape, named, size, window, len(keys))
        sought = keys if self._raw else raw_keys(keys, run.dialect)
        return await self._of_each(run, shape, named, size, window, sought)

    async def _of_root(
        self, run: Run, shape: Shape, named: dict[str, Any], size: int, window: Window, parents: int
    ) -> Sequence[Any]:
        records = await run.context.records(shape.page.text, shape.page.filled(named))
        stretch = Stretch(0, min(size, len(records)), len(records) > size)
        if stretch.more:
            records = records[:size]
        if window.last is not None:
            records = [*records][::-1]
        if shape.total is not None:
            stretch.total = (await run.context.records(shape.total.text, shape.total.filled({})))[0][0]
        return await self._shown(run, shape, records, [stretch] * parents, window)

    async def _of_each(
        self, run: Run, shape: Shape, named: dict[str, Any], size: int, window: Window, keys: Sequence[Any]
    ) -> Sequence[Any]:
        sought = sought_of(keys)
        if not sought:
            return [None] * len(keys)
        ranked = await run.context.records(shape.page.text, shape.page.filled({**named, "keys": sought}))
        at = self._page.select.paths[self._read.parent or ""]
        found: dict[Any, list[Any]] = {key: [] for key in sought}
        for record in ranked:
            found[record[at]].append(record)
        totals: dict[Any, int] = {}
        if shape.total is not None:
            counted = await run.context.records(shape.total.text, shape.total.filled({"keys": sought}))
            totals = {record[0]: record[1] for record in counted}
        records: list[Any] = []
        stretches: dict[Any, Stretch] = {}
        for key, rows in found.items():
            page = rows[:size]
            if window.last is not None:
                page.reverse()
            begin = len(records)
            records += page
            stretches[key] = Stretch(begin, len(records), len(rows) > size, totals.get(key, 0))
        shown = await self._shown(run, shape, records, list(stretches.values()), window)
        by_key = dict(zip(stretches, shown, strict=True))
        return [by_key.get(key) for key in keys]

    async def _shown(
        self, run: Run, shape: Shape, records: Sequence[Any], stretches: Sequence[Stretch], window: Window
    ) -> Sequence[Any]:
        dicts = [await level.dicts(run, records, shape.cursor) for level in self._page.levels]
        shown = Shown(records, dicts, window, shape.cursor)
        fields = self._page.fields
        return [{name: show(stretch, shown) for name, show in fields} for stretch in stretches]

    def _shape(self, run: Run, own: Mapping[str, Any], size: int, window: Window, *, backward: bool) -> Shape:
        listing = self._read.ask(run.context, **own)
        if listing.rows is not self._page.rows:
            raise Ordinary("rows of another type")
        tried: dict[str, tuple[Any, Any]] = {}
        for name, cursor in (("after", window.after), ("before", window.before)):
            if cursor is not None:
                tried[f"{name} value"] = probes(_plain(listing.sort.of))
                tried[f"{name} key"] = key_probes(listing.rows.model._meta.pk)
        if listing.sort.column == "id":
            tried = {name: pair for name, pair in tried.items() if name.endswith("key")}
        parent = self._read.parent
        if parent is not None:
            tried["keys"] = key_probes(listing.rows.model._meta.fields_map[parent])
        return Shape(
            listing.sort,
            self._statement(run, listing, size, tried, backward=backward),
            self._total(run, listing) if self._page.counts else None,
            _cursors(listing, run.dialect),
        )

    def _statement(
        self, run: Run, listing: Listing, size: int, tried: dict[str, tuple[Any, Any]], *, backward: bool
    ) -> Statement:
        paths, parent = self._page.paths(listing.sort) or ["id"], self._read.parent

        def build(given: Any) -> Any:
            after, before = (_place(given, name) for name in ("after", "before"))
            if parent is None:
                return stretch(listing, backward=backward, after=after, before=before).values_list(*paths)
            keys = [given["keys"]]
            return ranking(listing, parent, keys, backward=backward, after=after, before=before).values_list(
                *paths, "place"
            )

        made = statement(build, tried, run.dialect, among="keys" if parent is not None else "")
        if parent is None:
            # Not as a parameter: PostgreSQL would plan anew each time.
            return made._replace(text=f"{made.text} LIMIT {size + 1}")
        shown = ", ".join(f'"{number}"' for number in range(len(paths)))
        place = f'"{len(paths)}"'
        text = f"SELECT {shown} FROM ({made.text}) ranked WHERE {place} <= {size + 1} ORDER BY {place}"
        return made._replace(text=text)

    def _total(self, run: Run, listing: Listing) -> Statement:
        parent = self._read.parent
        if parent is None:
            return statement(lambda given: listing.query.count(), {}, run.dialect)
        tried = {"keys": key_probes(listing.rows.model._meta.fields_map[parent])}
        return statement(lambda given: counting(listing, parent, [given["keys"]]), tried, run.dialect, among="keys")


def _place(given: Any, name: str) -> Place | None:
    key = given.get(f"{name} key")
    return None if key is None else Place(given.get(f"{name} value", key), key)


def _plain(of: Any) -> type:
    if of in (Instant, Number):
        plain: type = of.__origin__
        return plain
    kind: type = of
    return kind


def _cursors(listing: Listing, dialect: str) -> Callable[[tuple[Any, Any]], str]:
    """How the cursor of a row is written, of value and key as the driver gives them."""
    convert, tag = to_python(listing.rows.model._meta.fields_map[listing.sort.column], dialect), listing.sort.tag
    if convert is None:
        return lambda place: cursor_of(tag, place[0], place[1])
    return lambda place: cursor_of(tag, convert(place[0]), place[1])

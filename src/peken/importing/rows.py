"""What a file changes in a table: compares, counts, and writes; knows no noun."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol, TypeVar
from uuid import UUID, uuid5

import orjson
from tortoise.expressions import Q
from tortoise.models import Model

from peken.actors import Actor, Role
from peken.errors import Objection
from peken.importing.lines import Line
from peken.market import Market, ServedCity
from peken.models import Region
from peken.models.regions import Level
from peken.records import record

T = TypeVar("T")
Key = UUID | str
Row = Mapping[str, Any]
Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""

SOME: Final = 500
"""So many rows are read or written by one statement."""
_SPACE: Final = UUID("2b1c5b0a-44a7-5f0e-8f0b-7a3c0f9d6e12")


@dataclass(frozen=True, slots=True)
class Desk:
    """Where one file is imported: the market and city, the name of the file, and the instant."""

    market: Market
    city: ServedCity
    file: str
    now: datetime
    progress: Progress

    @property
    def actor(self) -> Actor:
        """Who imports: whoever may run commands where the market stands speaks for city hall."""
        return Actor("peken-import", frozenset({Role.CITY_HALL}), self.city.code)

    def key(self, noun: str, *words: str) -> UUID:
        """The key of a row: the same words give the same key, so that a file finds its rows again."""
        return uuid5(_SPACE, orjson.dumps([self.city.code, noun, *words]).decode())

    async def places(self) -> frozenset[str]:
        """The kelurahan of the city."""
        rows = Region.filter(code__startswith=f"{self.city.code}.", level=Level.KELURAHAN)
        return frozenset(str(code) for code in await rows.values_list("code", flat=True))

    async def record(self, noun: str, changes: Iterable["Change"]) -> None:
        """Writes who changed which rows, and which of their columns."""
        groups: dict[tuple[str, tuple[str, ...]], list[Key]] = defaultdict(list)
        for change in changes:
            groups[change.verb, change.told].append(change.key)
        for (verb, columns), keys in groups.items():
            details = {"columns": list(columns)} if columns else {}
            await self.record_act(f"{noun}.{verb}", keys, details)

    async def record_act(self, action: str, keys: Sequence[Key], changes: Row) -> None:
        """Writes that this import did something to these rows."""
        reason = f"peken import: {self.file}"[:300]
        database = self.market.database
        await record(database, self.actor, self.city.code, action, keys, self.now, reason=reason, changes=changes)


@dataclass(frozen=True, slots=True)
class Change:
    """A row as the file wants it. `columns` are those that differ, None for a row that is not there yet."""

    key: Key
    values: Row
    columns: frozenset[str] | None

    @classmethod
    def of(cls, key: Key, wanted: Row, old: Row | None, fresh: Row) -> "Change":
        """Compares what a file says with the row that is there; `fresh` fills what a new row lacks."""
        if old is None:
            return cls(key, {**fresh, **wanted}, None)
        return cls(key, {**old, **wanted}, frozenset(name for name, value in wanted.items() if old[name] != value))

    @property
    def is_new(self) -> bool:
        return self.columns is None

    @property
    def is_needed(self) -> bool:
        """Whether there is anything to write."""
        return self.columns is None or bool(self.columns)

    @property
    def verb(self) -> str:
        return "created" if self.is_new else "updated"

    @property
    def told(self) -> tuple[str, ...]:
        """The columns that differ, for the audit: words of the search follow from others."""
        return tuple(sorted((self.columns or frozenset()) - {"terms"}))


class Plan(Protocol):
    """What an import will do: one change for each row of its noun, and the writing of all of them."""

    @property
    def changes(self) -> Sequence[Change]: ...

    async def write(self, desk: Desk) -> None:
        """Writes it, within the caller's transaction."""


@dataclass(frozen=True, slots=True)
class TablePlan:
    """The plan of a noun that is one table. `kept` are columns that only a new row gets."""

    noun: str
    model: type[Model]
    changes: Sequence[Change]
    kept: frozenset[str]

    async def write(self, desk: Desk) -> None:
        """Writes the rows, and who wrote them."""
        await upsert(desk, self.model, self.changes, self.kept)
        await desk.record(self.noun, [change for change in self.changes if change.is_needed])


async def upsert(desk: Desk, model: type[Model], changes: Sequence[Change], kept: frozenset[str]) -> None:
    """Writes the rows that are new or differ, in the order of their keys."""
    needed = sorted((change for change in changes if change.is_needed), key=lambda change: str(change.key))
    if not needed:
        return
    table, key = model._meta.db_table, model._meta.pk_attr
    columns = tuple(needed[0].values)
    updated = ", ".join(f'"{name}" = excluded."{name}"' for name in columns if name not in kept and name != key)
    done = 0
    for some in portions(needed):
        rows = [tuple(change.values[name] for name in columns) for change in some]
        await desk.market.database.insert(table, columns, rows, f'ON CONFLICT ("{key}") DO UPDATE SET {updated}')
        done += len(some)
        desk.progress(f"write {table}", done, len(needed))


async def rows_of(model: type[Model], columns: Sequence[str], by: str, keys: Iterable[Key], where: Q) -> list[Row]:
    """The rows that are there, with these columns."""
    found: list[Row] = []
    for some in portions(sorted(set(keys), key=str)):
        found += await model.filter(where, **{f"{by}__in": some}).values(*columns)
    return found


def portions(items: Sequence[T], size: int = SOME) -> Iterator[Sequence[T]]:
    """The items, some at a time."""
    for first in range(0, len(items), size):
        yield items[first : first + size]


def spoken_of(line: Line, values: Row) -> dict[str, Any]:
    """Of some values those whose column the file has."""
    return {name: value for name, value in values.items() if name in line.cells}


def object_to_repeats(lines: Sequence[Line], *columns: str) -> None:
    """Says which rows are the same thing as one above."""
    first: dict[tuple[str, ...], int] = {}
    for line in lines:
        words = tuple(line.cells.get(column, "") for column in columns)
        number = first.setdefault(words, line.number)
        if number != line.number:
            line.object(columns[-1], Objection("repeated_row", "Row {row} is the same one.", {"row": number}))


def place_of(line: Line, places: frozenset[str], *, needed: bool = True) -> str:
    """The code of a kelurahan of the city."""
    code = line.text("region", 13, needed=needed)
    if code and code not in places:
        message = "There is no kelurahan {region} in this city."
        line.object("region", Objection("unknown_region", message, {"region": code[:20]}))
    return code

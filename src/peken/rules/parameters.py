"""Dated rows that feed regulations, and the ones in force on a day. Refuses to know files and settings."""

import datetime as dt
import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Annotated, ClassVar, Generic, TypeVar, cast

import msgspec

from .verdicts import Mode

Text = Annotated[str, msgspec.Meta(min_length=1)]


class Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row of a table that a plugin declares: `DailyLimit` is read from `[[daily_limit]]`."""

    table: ClassVar[str] = ""
    """The table's name, where it is not the type's."""
    gaps: ClassVar[bool] = True
    """Whether a key may have days without a row between two of its rows."""
    valid_from: dt.date
    valid_to: dt.date | None = None
    """First day that is no longer valid."""
    source: Text
    mark: Text
    """How certain the source is."""
    set: str = ""
    """Rival tables stand side by side; a setting chooses the set."""
    scheme: str = ""
    code: str = "*"

    @property
    def key(self) -> tuple[str, str, str]:
        return self.set, self.scheme, self.code

    def in_force(self, on: dt.date) -> bool:
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)


class Amount(Row, frozen=True, kw_only=True):
    """A row that is a floor or a ceiling; a day without one between two is a slip of the pen."""

    gaps: ClassVar[bool] = False
    amount: Annotated[int, msgspec.Meta(ge=0)]


class RuleRow(Row, frozen=True, kw_only=True):
    """`[[rule]]`: on which days a rule binds, or is tried in the shadow first."""

    table: ClassVar[str] = "rule"
    gaps: ClassVar[bool] = False
    code: Text
    mode: Mode = Mode.ON


R = TypeVar("R", bound=Row)
R_co = TypeVar("R_co", bound=Row, covariant=True)


def table_name(row: type[Row]) -> str:
    """`DailyLimit` is the table `daily_limit`, unless the type names another."""
    return row.table or re.sub(r"(?<!^)(?=[A-Z])", "_", row.__name__).lower()


class Table(Generic[R_co]):
    """The rows in force on one day."""

    __slots__ = ("_found", "rows")

    def __init__(self, rows: Iterable[R_co] = ()) -> None:
        self.rows: tuple[R_co, ...] = tuple(rows)
        self._found: dict[tuple[str, str], R_co] = {(row.scheme, row.code): row for row in self.rows}

    def find(self, *classes: tuple[str, str]) -> R_co | None:
        """The row for the first class that has one: `III/c`, `III`, then `*`; at last the row for all."""
        for scheme, code in classes:
            for known in _codes(code):
                row = self._found.get((scheme, known))
                if row is not None:
                    return row
        return self.one()

    def one(self) -> R_co | None:
        """The row for all (no scheme); None when none is in force: the rule is then silent."""
        return self._found.get(("", "*"))


def _codes(code: str) -> Iterable[str]:
    """From the finest to the coarsest."""
    parts = code.split("/")
    for length in range(len(parts), 0, -1):
        yield "/".join(parts[:length])
    if code != "*":
        yield "*"


class History:
    """A table's whole time, cut at its border dates: the rows of a day are one bisection away."""

    __slots__ = ("_borders", "_tables")

    def __init__(self, rows: Iterable[Row]) -> None:
        known = tuple(rows)
        borders = {day for row in known for day in (row.valid_from, row.valid_to) if day is not None}
        self._borders = sorted(borders)
        self._tables = [Table(row for row in known if row.in_force(on)) for on in self._borders]

    def on(self, day: dt.date) -> Table[Row]:
        at = bisect_right(self._borders, day)
        return self._tables[at - 1] if at else Table()


class Chosen:
    """The tables of one plugin in one city, one set each."""

    def __init__(self, tables: Mapping[type[Row], Iterable[Row]]) -> None:
        rows = {row: sorted(tables[row], key=_order) for row in tables}
        self._histories = {row: History(rows[row]) for row in rows}
        named = {table_name(row): rows[row] for row in rows}
        self.hash = sha256(msgspec.json.encode(named, order="deterministic")).hexdigest()[:16]
        self._modes = {row.code for row in rows.get(RuleRow, ())}

    def table(self, row: type[R], on: dt.date) -> Table[R]:
        """The rows in force that day; empty when there are none."""
        history = self._histories.get(row)
        return cast(Table[R], history.on(on)) if history else Table()

    def mode(self, rule: str, on: dt.date) -> Mode:
        """A rule that has no rows in `[[rule]]` is on; one that has some is off outside of their days."""
        if rule not in self._modes:
            return Mode.ON
        row = self.table(RuleRow, on).find(("", rule))
        return row.mode if row else Mode.OFF


def _order(row: Row) -> tuple[str, str, str, dt.date]:
    return *row.key, row.valid_from

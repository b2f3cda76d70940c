"""Dated rows that feed regulations, and the ones in force on a day. Refuses to know files and settings."""

import datetime as dt
import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping
from hashlib import sha256
from types import MappingProxyType
from typing import Annotated, ClassVar, Generic, Self, TypeVar, cast

import msgspec

from .classes import OwnSchemes
from .verdicts import Mode

Text = Annotated[str, msgspec.Meta(min_length=1)]
Code = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9]+([.-][a-z0-9]+)*$", max_length=60)]
"""What other rows name a row by: `abhi-boyo`."""
Mark = Annotated[str, msgspec.Meta(pattern="^[ABSOM]$")]
"""How certain a source is: two sources, one, founding articles, our own reading, unverified."""
Whole = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
"""As far as clients read whole numbers as they were meant."""


class Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row of a table that a plugin declares: `DailyLimit` is read from `[[daily_limit]]`."""

    table: ClassVar[str] = ""
    """The table's name, where it is not the type's."""
    gaps: ClassVar[bool] = True
    """Whether a key may have days without a row between two of its rows."""
    schemes: ClassVar[OwnSchemes | None] = None
    """Class schemes that its rows may name beside those of the whole country; None: its codes are no classes."""
    valid_from: dt.date
    valid_to: dt.date | None = None
    """First day that is no longer valid."""
    source: Text
    mark: Mark
    """How certain the source is."""
    after_gap: bool = False
    """That the days without a row before this one are meant, where the table allows none."""
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
    schemes: ClassVar[OwnSchemes | None] = MappingProxyType({})
    amount: Whole

    def worth(self, amount: int) -> Self:
        """The same row, with its source and mark, for an amount that was reckoned from it: a share of a budget."""
        return msgspec.structs.replace(self, amount=amount)


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

    def __init__(self, tables: Mapping[type[Row], Iterable[Row]], declared: Collection[str] | None = None) -> None:
        rows = {row: tuple(sorted(tables[row], key=_order)) for row in tables}
        self.rows: Mapping[type[Row], tuple[Row, ...]] = MappingProxyType(rows)
        """All rows of the sets that were chosen, of every time."""
        self._histories = {row: History(rows[row]) for row in rows}
        self._declared = frozenset(row.code for row in rows.get(RuleRow, ())) if declared is None else declared
        days = {day for each in rows.values() for row in each for day in (row.valid_from, row.valid_to) if day}
        self._borders = sorted(days)
        self._versions: dict[int, str] = {}

    def table(self, row: type[R], on: dt.date) -> Table[R]:
        """The rows in force that day; empty when there are none."""
        history = self._histories.get(row)
        return cast(Table[R], history.on(on)) if history else Table()

    def version(self, on: dt.date) -> str:
        """Hash of the rows in force that day: what is set for later days does not change it.

        Neither does the end of a row, which is not known on the days before.
        """
        at = bisect_right(self._borders, on)
        if at not in self._versions:
            named = {
                table_name(row): [msgspec.structs.replace(each, valid_to=None) for each in rows]
                for row, history in self._histories.items()
                if (rows := history.on(on).rows)
            }
            found = sha256(msgspec.json.encode(named, order="deterministic"))
            self._versions[at] = found.hexdigest()[:16]
        return self._versions[at]

    def mode(self, rule: str, on: dt.date) -> Mode:
        """A rule that has rows in the file's `[[rule]]` is off outside of their days; one that has none there is on,
        unless a row that was added says otherwise for that day."""
        row = self.table(RuleRow, on).find(("", rule))
        if row is not None:
            return row.mode
        return Mode.OFF if rule in self._declared else Mode.ON


def _order(row: Row) -> tuple[str, str, str, dt.date]:
    return *row.key, row.valid_from

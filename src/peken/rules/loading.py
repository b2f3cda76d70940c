"""Reads parameter tables and finds all their faults at once. Refuses to know which rule uses them."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any, cast

import msgspec

from .faults import ParameterFaults
from .parameters import Chosen, R, Row, RuleRow, table_name

RawRow = Mapping[str, Any]
Added = Mapping[str, Sequence[RawRow]]
"""Rows by table that came after the file: an amount that city hall has set."""


@dataclass(frozen=True)
class Parameters:
    """All tables of one file, every set of them, checked."""

    name: str
    tables: Mapping[type[Row], tuple[Row, ...]]

    def rows(self, row: type[R]) -> tuple[R, ...]:
        """All rows of a table, of every set and time."""
        return cast(tuple[R, ...], self.tables.get(row, ()))

    def choose(self, chosen: Mapping[str, str]) -> Chosen:
        """One set of each table; raises ParameterFaults for a set that is not there, or is not chosen."""
        known = {table_name(row): row for row in self.tables}
        faults = [f"{self.name}: there is no table {name} to choose a set of" for name in chosen if name not in known]
        picked = {}
        for name, row in known.items():
            sets = sorted({each.set for each in self.tables[row]})
            wanted = chosen.get(name, sets[0] if len(sets) == 1 else None)
            if wanted not in sets:
                faults.append(f"{self.name}: {name} has the sets {', '.join(sets)}; chosen is {wanted or 'none'}")
            picked[row] = [each for each in self.tables[row] if each.set == wanted]
        if faults:
            raise ParameterFaults(faults)
        return Chosen(picked)


def load_parameters(
    source: Path | str | None,
    rows: Iterable[type[Row]] = (),
    *,
    name: str = "parameters",
    added: Added | None = None,
) -> Parameters:
    """Read a TOML file (a Path) or TOML text (a str); raises ParameterFaults with every fault in it.

    Row types come from the signatures of the rules; `[[rule]]` is always read.
    """
    if isinstance(source, Path):
        name, source = source.name, source.read_text("utf-8")
    try:
        raw = tomllib.loads(source or "")
    except tomllib.TOMLDecodeError as error:
        raise ParameterFaults([f"{name}: {error}"]) from error
    every: list[type[Row]] = [*rows, RuleRow]
    types = {table_name(row): row for row in every}
    faults: list[str] = []
    tables: dict[type[Row], tuple[Row, ...]] = {}
    later = added or {}
    for table in sorted({*raw, *later}):
        if table not in types:
            faults.append(f"{name}: no rule reads the table {table}")
            continue
        read = _Reading(types[table], faults)
        kept = read.rows(f"{name}: {table}", raw.get(table, []))
        kept = _superseded(kept, read.rows(f"{name}: added {table}", later.get(table, [])))
        faults.extend(_clashes(f"{name}: {table}", kept))
        tables[types[table]] = tuple(row for _, row in kept)
    if faults:
        raise ParameterFaults(faults)
    return Parameters(name, tables)


Placed = tuple[str, Row]
"""A row and where it stands."""


@dataclass(frozen=True)
class _Reading:
    row: type[Row]
    faults: list[str]

    def rows(self, where: str, raw: Any) -> list[Placed]:
        if not isinstance(raw, Sequence) or not all(isinstance(each, Mapping) for each in raw):
            self.faults.append(f"{where} must be rows, written [[{table_name(self.row)}]]")
            return []
        placed = ((f"{where} row {number}", each) for number, each in enumerate(raw, 1))
        return [(place, row) for place, each in placed if (row := self._one(place, each)) is not None]

    def _one(self, place: str, raw: RawRow) -> Row | None:
        before = len(self.faults)
        for column, value in raw.items():
            if isinstance(value, float):
                self.faults.append(f"{place}: {column} is {value}, and must be a whole number")
        try:
            row = msgspec.convert(raw, self.row)
        except msgspec.ValidationError as error:
            if len(self.faults) == before:
                self.faults.append(f"{place}: {error}")
            return None
        if row.valid_to is not None and row.valid_to <= row.valid_from:
            self.faults.append(f"{place}: it ends on {row.valid_to}, before it begins on {row.valid_from}")
            return None
        return row if len(self.faults) == before else None


def _superseded(kept: list[Placed], added: list[Placed]) -> list[Placed]:
    """A row added later ends the open one before it, which stands in a file that nobody edits for it."""
    for _, new in added:
        for at, (place, old) in enumerate(kept):
            if old.key == new.key and old.valid_to is None and old.valid_from < new.valid_from:
                kept[at] = place, msgspec.structs.replace(old, valid_to=new.valid_from)
    return [*kept, *added]


def _clashes(where: str, placed: list[Placed]) -> Iterable[str]:
    """Two rows of one key on one day, and days without a row between two where the table allows none."""
    ordered = sorted(placed, key=lambda each: (*each[1].key, each[1].valid_from))
    for _, group in groupby(ordered, key=lambda each: each[1].key):
        for (place, row), (next_place, follower) in pairwise(group):
            key = "/".join(part for part in row.key if part)
            if row.valid_to is None or row.valid_to > follower.valid_from:
                yield f"{next_place}: {key} on {follower.valid_from} is in {place} too"
            elif row.valid_to < follower.valid_from and not row.gaps:
                yield f"{next_place}: {key} has no row from {row.valid_to} to {follower.valid_from}"

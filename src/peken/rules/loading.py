"""Reads parameter tables and finds all their faults at once. Refuses to know which rule uses them."""

import re
import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, cast

import msgspec

from .classes import unknown_class
from .faults import ParameterFault, ParameterFaults
from .parameters import Chosen, R, Row, RuleRow, table_name
from .standing import Placed, clashes, superseded

RawRow = Mapping[str, Any]
Added = Mapping[str, Sequence[RawRow]]
"""Rows by table that came after the file, in the order they were set: an amount that city hall has decided.

Beside its columns a row may say `replaces = true` (see `standing.superseded`) and `place`, what faults call it.
"""
REPLACES = "replaces"
PLACE = "place"


@dataclass(frozen=True)
class Parameters:
    """All tables of one file and what was added to them, every set of them, checked."""

    name: str
    standing: Mapping[type[Row], tuple[Placed, ...]]
    declared: frozenset[str] = frozenset()
    """The rules of which the file itself says on which days they bind; others are on unless told."""

    @property
    def tables(self) -> Mapping[type[Row], tuple[Row, ...]]:
        """The rows alone."""
        return {row: self.rows(row) for row in self.standing}

    def rows(self, row: type[R]) -> tuple[R, ...]:
        """All rows of a table, of every set and time."""
        return cast(tuple[R, ...], tuple(each.row for each in self.standing.get(row, ())))

    def choose(self, chosen: Mapping[str, str]) -> Chosen:
        """One set of each table; raises ParameterFaults for a set that is not there, or is not chosen."""
        known = {table_name(row): row for row in self.standing}
        faults = [f"{self.name}: there is no table {name} to choose a set of" for name in chosen if name not in known]
        picked = {}
        for name, row in known.items():
            sets = sorted({each.set for each in self.rows(row)})
            wanted = chosen.get(name, sets[0] if len(sets) == 1 else None)
            if wanted not in sets:
                faults.append(f"{self.name}: {name} has the sets {', '.join(sets)}; chosen is {wanted or 'none'}")
            picked[row] = [each for each in self.rows(row) if each.set == wanted]
        if faults:
            raise ParameterFaults(faults)
        return Chosen(picked, self.declared)


NO_TABLES: Final = Parameters("", MappingProxyType({}))


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
    faults: list[ParameterFault] = []
    tables: dict[type[Row], tuple[Placed, ...]] = {}
    later, declared = added or {}, frozenset[str]()
    for table in sorted({*raw, *(name for name in later if later[name])}):
        if table not in types:
            faults.append(ParameterFault(f"{name}: no rule reads the table {table}", "unknown_table"))
            continue
        read = _Reading(types[table], faults)
        first = read.rows(f"{name}: {table}", raw.get(table, []))
        more = read.added(f"{name}: {table}", later.get(table, ()), {each.row.set for each in first})
        kept = superseded(first, more)
        faults.extend(clashes(kept, _rules_of(more) - _rules_of(first)))
        tables[types[table]] = tuple(kept)
        declared |= _rules_of(first)
    if faults:
        raise ParameterFaults(faults)
    return Parameters(name, tables, declared)


_WHOLE = re.compile(r"[+-]?[0-9]+")


def columns_of(row: type[Row], texts: Mapping[str, str]) -> dict[str, Any]:
    """What was typed for columns, as values of their types; what does not fit stays, for the loading to say."""
    found: dict[str, Any] = dict(texts)
    for column in msgspec.structs.fields(row):
        if column.name in texts:
            # A number out of bounds is told as such, and not as a text.
            for kind in (column.type, int | float):
                with suppress(msgspec.ValidationError):
                    text = texts[column.name]
                    value = msgspec.to_builtins(msgspec.convert(text, kind, strict=False))
                    # Who writes 600.000 means no 600.
                    found[column.name] = float(text) if type(value) is int and not _WHOLE.fullmatch(text) else value
                    break
    return found


def _rules_of(placed: Iterable[Placed]) -> frozenset[str]:
    """The rules of which these rows say on which days they bind."""
    return frozenset(each.row.code for each in placed if isinstance(each.row, RuleRow))


@dataclass(frozen=True)
class _Reading:
    row: type[Row]
    faults: list[ParameterFault]

    def rows(self, where: str, raw: Any) -> list[Placed]:
        if not isinstance(raw, Sequence) or not all(isinstance(each, Mapping) for each in raw):
            self.faults.append(ParameterFault(f"{where} must be rows, written [[{table_name(self.row)}]]"))
            return []
        placed = ((f"{where} row {number}", each) for number, each in enumerate(raw, 1))
        return [Placed(place, row) for place, each in placed if (row := self._one(place, each)) is not None]

    def added(self, where: str, raw: Sequence[RawRow], sets: Collection[str]) -> list[Placed]:
        found = []
        for number, each in enumerate(raw, 1):
            columns = {**each}
            place = f"{where} {columns.pop(PLACE, f'added row {number}')}"
            replaces = columns.pop(REPLACES, False) is True
            row = self._one(place, columns)
            if row is not None and row.set not in (sets or {""}):
                text = f"there is no set {row.set or 'without a name'}; known are {', '.join(sorted(sets))}"
                self.faults.append(ParameterFault(text, "unknown_set", "set", place=place))
            elif row is not None:
                found.append(Placed(place, row, number, replaces))
        return found

    def _one(self, place: str, raw: RawRow) -> Row | None:
        before = len(self.faults)
        for column, value in raw.items():
            if isinstance(value, float):
                text = f"{column} is {value}, and must be a whole number"
                self.faults.append(ParameterFault(text, "bad_value", column, place=place))
        try:
            row = msgspec.convert(raw, self.row)
        except msgspec.ValidationError as error:
            if len(self.faults) == before:
                self.faults.append(_misfit(place, str(error)))
            return None
        self.faults.extend(_own_faults(place, row))
        return row if len(self.faults) == before else None


def _misfit(place: str, said: str) -> ParameterFault:
    """What msgspec says of a row, in words of tables."""
    says, _, column = said.partition(" - at `$.")
    if column:
        column = column.rstrip("`")
        return ParameterFault(f"{column}: {says}", "bad_value", column, place=place)
    text, _, column = said.rstrip("`").rpartition(" field `")
    sentence = f"there is no column {column}" if "unknown" in text else f"the column {column} is missing"
    return ParameterFault(sentence, "bad_row", column, place=place)


def _own_faults(place: str, row: Row) -> Iterable[ParameterFault]:
    """What is wrong with a row by itself."""
    if row.valid_to is not None and row.valid_to <= row.valid_from:
        text = f"it ends on {row.valid_to}, before it begins on {row.valid_from}"
        yield ParameterFault(text, "bad_dates", "valid_to", place=place)
    if row.schemes is not None and (wrong := unknown_class(row.scheme, row.code, row.schemes)):
        yield ParameterFault(wrong, "unknown_class", "code", place=place)

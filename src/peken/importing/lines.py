"""One row of a file: reads its cells, and gathers what is wrong with them; knows no table.

A cell that is wrong still gives a value, so that all that is wrong with a file is told at once.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Final, TypeVar

from peken.errors import Objection

_Choice = TypeVar("_Choice", bound=StrEnum)
_FLAGS: Final = {
    **dict.fromkeys(("yes", "ya", "true", "1"), True),
    **dict.fromkeys(("no", "tidak", "false", "0", ""), False),
}
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WHOLE: Final = re.compile(r"[0-9]{1,15}")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_BROKEN: Final = frozenset({"#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!"})
_PERSONAL: Final = re.compile(r"(?<![0-9])(?:[0-9]{16}|[0-9]{18})(?![0-9])")
"""As many digits as a NIK or a NIP has."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row by the names of its columns, with its number in the file."""

    number: int
    cells: Mapping[str, str]
    wrongs: list[Objection] = field(default_factory=list)

    def object(self, column: str, objection: Objection) -> None:
        """Says that a column of this row is wrong; without a column, the row."""
        self.wrongs.append(replace(objection, path=(self.number, column) if column else (self.number,)))

    def look_for_slips(self) -> None:
        """Finds what no cell may hold, whatever it is for; never repeats it."""
        for column, cell in self.cells.items():
            if _CONTROL.search(cell) or cell in _BROKEN:
                self.object(column, Objection("bad_text", "This cell holds no readable text."))
            if _PERSONAL.search(cell) or _PERSONAL.fullmatch(re.sub(r"[ .-]", "", cell)):
                message = "This looks like a NIK or NIP: personal numbers are not imported."
                self.object(column, Objection("personal_number", message))

    def text(self, column: str, most: int, *, needed: bool = True) -> str:
        """The text of a cell."""
        found = self.cells.get(column, "")
        if needed and not found:
            self.object(column, Objection("missing_value", "This must be filled in."))
        if len(found) > most:
            self.object(column, Objection("too_long", "This has more than {most} characters.", {"most": most}))
        return found

    def choice(self, column: str, choices: type[_Choice], default: _Choice | None = None) -> _Choice:
        """One of some words; an empty cell is the default, where there is one."""
        found = self.cells.get(column, "").casefold()
        if not found and default is not None:
            return default
        try:
            return choices(found)
        except ValueError:
            self._not_among(column, list(choices))
            return next(iter(choices))

    def flag(self, column: str, default: bool = False) -> bool:
        """Yes or no; an empty cell is the default."""
        found = self.cells.get(column, "").casefold()
        if not found:
            return default
        if found not in _FLAGS:
            self._not_among(column, ["yes", "no"])
        return _FLAGS.get(found, default)

    def whole(self, column: str) -> int | None:
        """A whole number in plain digits; None for an empty cell and for what is none."""
        found = self.cells.get(column, "")
        if _WHOLE.fullmatch(found):
            return int(found)
        if found:
            message = "This is a whole number, not below 0, in digits alone: 75000."
            self.object(column, Objection("bad_number", message))
        return None

    def day(self, column: str) -> date | None:
        """A day; None for an empty cell."""
        found = self.cells.get(column, "")
        day = day_of(found)
        if found and day is None:
            self.object(column, Objection("bad_day", "A day is written like this: 2026-03-31."))
        return day

    def _not_among(self, column: str, choices: list[str]) -> None:
        said = ", ".join(choices)
        self.object(column, Objection("bad_choice", "This is one of: {choices}.", {"choices": said}))


def day_of(text: str) -> date | None:
    """The day of an ISO date; None for what is none."""
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None

"""The classes of a buyer as one cell: `golongan:III/a:2020-04-01;echelon:IV:2021-01-01:2023-01-01`."""

from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from peken.errors import Objection
from peken.importing.lines import Line, day_of


@dataclass(frozen=True, slots=True)
class Class:
    """A class in a scheme, from a day to the day it ended."""

    scheme: str
    since: date
    code: str
    until: date | None

    def place(self) -> tuple[str, date]:
        """Where it stands among the classes of a buyer."""
        return self.scheme, self.since

    @property
    def row(self) -> tuple[str, str, date, date | None]:
        """Its columns, behind the buyer's."""
        return self.scheme, self.code, self.since, self.until


def classes_of(line: Line) -> list[Class]:
    """The classes of a row, by scheme and day. In one scheme only one holds at a time."""
    parts = [part.strip() for part in line.cells.get("classes", "").split(";")]
    found = [_class(part) for part in parts if part]
    whole = [each for each in found if each is not None]
    if len(whole) < len(found):
        message = (
            "Classes are written scheme:code:from or scheme:code:from:to, with ; between them and days as 2026-03-31."
        )
        line.object("classes", Objection("bad_classes", message))
    ordered = sorted(whole, key=Class.place)
    for one, other in pairwise(ordered):
        if one.scheme == other.scheme and (one.until is None or one.until > other.since):
            message = "Two classes of {scheme} hold on the same day."
            line.object("classes", Objection("bad_classes", message, {"scheme": one.scheme}))
    return ordered


def _class(text: str) -> Class | None:
    words = [word.strip() for word in text.split(":")]
    if len(words) not in (3, 4) or not all(words):
        return None
    scheme, code = words[:2]
    days = [day_of(word) for word in words[2:]]
    since, until = days[0], days[-1] if len(days) == 2 else None
    if since is None or None in days or (until is not None and until <= since) or max(len(scheme), len(code)) > 30:
        return None
    return Class(scheme, since, code, until)

"""Which of the rows of a table stand on which days, when some came after others. Refuses to know what they say."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

from msgspec.structs import replace as changed

from .faults import ParameterFault
from .parameters import Row


@dataclass(frozen=True)
class Placed:
    """A row and where it is written."""

    place: str
    row: Row
    added: int | None = None
    """Which of the rows that came after the file it is, from 1; None for one of the file."""
    replaces: bool = False
    ended: bool = False
    """Whether it ends where it does only since another row came after it."""


def superseded(first: Sequence[Placed], added: Iterable[Placed]) -> list[Placed]:
    """The rows of a file and those added after it, in the order in which they were added.

    A row ends the open one of its key that began before it. One that `replaces` takes the place of whatever is
    there for its days: what stood there stands before and after them.
    """
    standing = list(first)
    for new in added:
        give_way = _days_left if new.replaces else _open_ended
        standing = [left for old in standing for left in (give_way(old, new.row) if _same(old, new) else (old,))]
        standing.append(new)
    return standing


def clashes(standing: Iterable[Placed], loose: Collection[str] = ()) -> Iterable[ParameterFault]:
    """Two rows of one key on one day, and days without a row between two where the table allows none.

    The rows of the codes in `loose` may have such days.
    """
    ordered = sorted(standing, key=lambda each: (*each.row.key, each.row.valid_from))
    for _, group in groupby(ordered, key=lambda each: each.row.key):
        for before, after in pairwise(group):
            ends, begins = before.row.valid_to, after.row.valid_from
            key = "/".join(part for part in before.row.key if part)
            if ends is None or ends > begins:
                text = f"{after.place}: {key} on {begins} is in {before.place} too"
                yield ParameterFault(text, "overlapping", "valid_from")
            elif ends < begins and not (after.row.gaps or after.row.after_gap or after.row.code in loose):
                text = f"{after.place}: {key} has no row from {ends} to {begins}"
                yield ParameterFault(text, "gap", "valid_from")


def _same(old: Placed, new: Placed) -> bool:
    return old.row.key == new.row.key


def _open_ended(old: Placed, new: Row) -> Iterable[Placed]:
    """What is left of a row when one that came later ends it; an end that was declared stays."""
    declared = old.row.valid_to is not None and not old.ended
    if declared or old.row.valid_from >= new.valid_from or not old.row.in_force(new.valid_from):
        return (old,)
    return (_until(old, new.valid_from),)


def _days_left(old: Placed, new: Row) -> Iterable[Placed]:
    """What is left of a row when another takes its place for some days: the days before, and the days after."""
    if (old.row.valid_to is not None and old.row.valid_to <= new.valid_from) or _begins_after(old.row, new):
        yield old
        return
    if old.row.valid_from < new.valid_from:
        yield _until(old, new.valid_from)
    if new.valid_to is not None and (old.row.valid_to is None or old.row.valid_to > new.valid_to):
        yield replace(old, row=changed(old.row, valid_from=new.valid_to))


def _begins_after(old: Row, new: Row) -> bool:
    return new.valid_to is not None and old.valid_from >= new.valid_to


def _until(old: Placed, day: dt.date) -> Placed:
    return replace(old, row=changed(old.row, valid_to=day), ended=True)

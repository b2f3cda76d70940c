"""Departments and classes in numbers. Refuses to know who is who."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID
from weakref import WeakKeyDictionary

from peken import buyers
from peken.database import Database, uuid_of
from peken.market import Market
from peken.monitor.watching import BEHIND, Among, Status, Watched

LARGE: Final = 100_000
"""From so many balances on, the sums of a window are not added up anew each time they are asked for."""
FRESH: Final = timedelta(seconds=30)
"""So long they are told again. While they are added up anew, others are told those of before, up to `OLD`."""
OLD: Final = 10 * FRESH


@dataclass(frozen=True, slots=True)
class Counts:
    """People by how they stand; what they owe together, and what has counted."""

    met: int = 0
    behind: int = 0
    exempt: int = 0
    due: int = 0
    done: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.met + other.met,
            self.behind + other.behind,
            self.exempt + other.exempt,
            self.due + other.due,
            self.done + other.done,
        )

    def of(self, status: Status | None) -> int:
        """How many stand so; all, where nothing is said."""
        return int(getattr(self, status)) if status else self.met + self.behind + self.exempt


@dataclass(frozen=True, slots=True)
class Group:
    """Those of one department who hold the same classes."""

    department: UUID | None
    classes: tuple[tuple[str, str], ...]
    counts: Counts


@dataclass(frozen=True, slots=True)
class Summary:
    """The sums of one window, as they were at an instant."""

    at: datetime
    groups: tuple[Group, ...]

    def within(self, among: Among) -> "Summary":
        """Only the groups that are meant, whatever their status."""
        groups = (
            group
            for group in self.groups
            if among.department in (None, group.department) and among.holds(group.classes)
        )
        return replace(self, groups=tuple(groups))

    @property
    def total(self) -> Counts:
        """All together."""
        return sum((group.counts for group in self.groups), Counts())

    @property
    def departments(self) -> dict[UUID | None, Counts]:
        """By department; under None those who work in none."""
        found: dict[UUID | None, Counts] = {}
        for group in self.groups:
            found[group.department] = found.get(group.department, Counts()) + group.counts
        return found

    @property
    def classes(self) -> dict[tuple[str, str], Counts]:
        """By scheme and code, sorted. Who holds classes of two schemes counts in both."""
        found: dict[tuple[str, str], Counts] = {}
        for group in self.groups:
            for each in group.classes:
                found[each] = found.get(each, Counts()) + group.counts
        return dict(sorted(found.items()))


_kept: WeakKeyDictionary[Database, dict[tuple[str, str, str], Summary]] = WeakKeyDictionary()
_counting: WeakKeyDictionary[Database, set[tuple[str, str, str]]] = WeakKeyDictionary()


async def summary(market: Market, watched: Watched, large: int = LARGE) -> Summary:
    """The sums of a window by department and class; of one with `large` balances they may be `FRESH` old."""
    key, now = (watched.city, watched.rule.code, watched.window), market.now()
    kept, counting = _kept.setdefault(market.database, {}), _counting.setdefault(market.database, set())
    known = kept.get(key)
    age = now - known.at if known else None
    if known and age is not None and (age < FRESH or (key in counting and age < OLD)):
        return known
    counting.add(key)
    try:
        found = Summary(now, tuple([_group(row) for row in await market.database.fetch(_SUMS, *key)]))
    finally:
        counting.discard(key)
    kept.pop(key, None)
    if found.total.of(None) >= large:
        kept[key] = found
    return found


_SUMS: Final = f"""
SELECT department_id, classes, COUNT(*) FILTER (WHERE {BEHIND} = 0) AS met,
       COUNT(*) FILTER (WHERE {BEHIND} > 0) AS behind, COUNT(*) FILTER (WHERE {BEHIND} < 0) AS exempt,
       SUM(COALESCE(floor, 0))::bigint AS due, SUM(value)::bigint AS done
  FROM tally_balance WHERE city_id = $1 AND rule = $2 AND win = $3 GROUP BY department_id, classes
"""


def _group(row: Mapping[str, Any]) -> Group:
    counts = Counts(row["met"], row["behind"], row["exempt"], row["due"], row["done"])
    department = uuid_of(row["department_id"]) if row["department_id"] else None
    return Group(department, buyers.read(row["classes"] or "[]"), counts)

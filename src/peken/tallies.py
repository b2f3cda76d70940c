"""The ledger of what counted and the running balances; knows amounts and keys, no rule and no order.

Entries come first and say which are new; balances then move by what is new, in one guarded statement.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from peken.database import Database, placeholders
from peken.ids import new_id

Key = tuple[str, str, str]
"""(rule, subject, window)."""


class Terms(NamedTuple):
    """What a balance is held against, and among whom its subject counts: see `models.TallyBalance`."""

    floor: int | None = None
    ceiling: int | None = None
    department: UUID | None = None
    classes: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What one line adds to one balance. `ceiling` is None where nothing binds."""

    rule: str
    subject: str
    win: str
    line: UUID
    amount: int
    floor: int | None = None
    ceiling: int | None = None
    department: UUID | None = None
    classes: str | None = None

    @property
    def key(self) -> Key:
        """The balance it moves."""
        return (self.rule, self.subject, self.win)

    @property
    def terms(self) -> Terms:
        """What that balance is held against."""
        return Terms(self.floor, self.ceiling, self.department, self.classes)


class CapReached(Exception):
    """These balances would pass their ceilings: the caller's transaction must be undone."""

    def __init__(self, keys: Iterable[Key]) -> None:
        super().__init__()
        self.keys = frozenset(keys)


async def standing(database: Database, keys: Iterable[Key]) -> dict[Key, int]:
    """The balances of `keys`, as they are now; 0 where nothing was counted yet. One query."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    # The last once more, up to a power of two: so there are few texts, which stay prepared. Not of many, since a
    # statement takes so many parameters at most.
    asked = wanted + wanted[-1:] * ((1 << (len(wanted) - 1).bit_length()) - len(wanted) if len(wanted) < 1_000 else 0)
    rows = await database.fetch(
        f"SELECT rule, subject, win, value FROM tally_balance WHERE (rule, subject, win) IN ({_triples(len(asked))})",
        *(part for key in asked for part in key),
    )
    found = {(row["rule"], row["subject"], row["win"]): int(row["value"]) for row in rows}
    return {key: found.get(key, 0) for key in wanted}


class Count(NamedTuple):
    """A step that is to be counted: why, and when."""

    step: Step
    cause: str
    at: datetime


async def count(database: Database, city: str, steps: Sequence[Step], cause: str, at: datetime) -> dict[Key, int]:
    """Writes what counts, once per (rule, line, cause), within the caller's transaction.

    Returns the balances that moved, with their new values. Raises CapReached if any would pass its ceiling.
    """
    return await count_all(database, city, [Count(step, cause, at) for step in steps])


async def count_all(database: Database, city: str, counts: Sequence[Count]) -> dict[Key, int]:
    """As `count`, for steps of several causes and times. Of terms that differ the last are kept."""
    if not counts:
        return {}
    if database.dialect == "postgres":
        return await _count_together(database, city, counts)
    fresh = await _enter(database, counts)
    return await _move(database, city, [each.step for each in counts if (each.step.rule, each.step.line) in fresh])


async def take_back(database: Database, lines: Sequence[UUID], cause: str, at: datetime) -> dict[Key, int]:
    """Writes the opposite of all that these lines counted, each in the window it was counted in, once."""
    rows = await database.fetch(
        f"""SELECT rule, subject, win, line_id, SUM(amount) AS amount FROM tally_entry
            WHERE line_id IN ({placeholders(len(lines))}) GROUP BY rule, subject, win, line_id""",
        *lines,
    )
    steps = [
        Step(row["rule"], row["subject"], row["win"], UUID(str(row["line_id"])), -int(row["amount"]))
        for row in rows
        if row["amount"]
    ]
    fresh = await _enter(database, [Count(step, cause, at) for step in steps])
    sums: dict[Key, int] = defaultdict(int)
    for step in steps:
        if (step.rule, step.line) in fresh:
            sums[step.key] += step.amount
    return await _lower(database, sums)


async def open_balances(database: Database, city: str, terms: Mapping[Key, Terms]) -> None:
    """Makes a balance of 0 for each key that has none, so that who bought nothing is on the list.

    The terms of an open balance are brought up to date.
    """
    await database.insert(
        "tally_balance",
        _BALANCE,
        [(new_id(), city, *key, 0, *terms[key]) for key in sorted(terms)],
        _REOPENED,
    )


async def owe_nothing(database: Database, city: str, rule: str, win: str) -> None:
    """Takes the floors from the balances of a rule that was switched off within its window."""
    sql = "UPDATE tally_balance SET floor = NULL WHERE city_id = $1 AND rule = $2 AND win = $3 AND floor IS NOT NULL"
    await database.execute(sql, city, rule, win)


_REOPENED = """
ON CONFLICT (rule, subject, win) DO UPDATE
   SET floor = excluded.floor, ceiling = excluded.ceiling,
       department_id = excluded.department_id, classes = excluded.classes
 WHERE COALESCE(tally_balance.floor, -1) <> COALESCE(excluded.floor, -1)
    OR COALESCE(tally_balance.ceiling, -1) <> COALESCE(excluded.ceiling, -1)
    OR COALESCE(CAST(tally_balance.department_id AS TEXT), '') <> COALESCE(CAST(excluded.department_id AS TEXT), '')
    OR COALESCE(tally_balance.classes, '') <> COALESCE(excluded.classes, '')
"""
_ENTRY = ("id", "rule", "subject", "win", "line_id", "amount", "cause", "at")
_BALANCE = ("id", "city_id", "rule", "subject", "win", "value", "floor", "ceiling", "department_id", "classes")

# The guard does not see a first row, which conflicts with nothing: `_move` compares that one beforehand. What is owed
# stays as the opening or a grant has left it: who buys was judged by what was read before.
_GUARDED = """
ON CONFLICT (rule, subject, win) DO UPDATE
   SET value = tally_balance.value + excluded.value, ceiling = excluded.ceiling
 WHERE excluded.ceiling IS NULL OR tally_balance.value + excluded.value <= excluded.ceiling
RETURNING rule, subject, win, value
"""

# For PostgreSQL, both at once. COLLATE "C" sorts as Python does: all who lock balances take them in one order.
_TOGETHER = f"""
WITH entered AS (
    INSERT INTO tally_entry ({", ".join(_ENTRY)})
    SELECT {", ".join(_ENTRY)} FROM json_populate_recordset(NULL::tally_entry, $1)
    ON CONFLICT (rule, line_id, cause) DO NOTHING RETURNING rule, subject, win, amount
), sums AS (
    SELECT b.id, b.city_id, rule, subject, win, e.amount, b.floor, b.ceiling, b.department_id, b.classes
      FROM (SELECT rule, subject, win, SUM(amount)::bigint AS amount FROM entered GROUP BY rule, subject, win) e
      JOIN json_populate_recordset(NULL::tally_balance, $2) b USING (rule, subject, win)
), moved AS (
    INSERT INTO tally_balance ({", ".join(_BALANCE)})
    SELECT * FROM sums WHERE ceiling IS NULL OR amount <= GREATEST(ceiling, 0)
     ORDER BY rule COLLATE "C", subject COLLATE "C", win COLLATE "C"
    {_GUARDED}
)
SELECT rule, subject, win, moved.value FROM sums LEFT JOIN moved USING (rule, subject, win)
"""


async def _count_together(database: Database, city: str, counts: Sequence[Count]) -> dict[Key, int]:
    """Entries and balances by one statement: who comes back without a value was not moved, its cap is reached."""
    terms = {step.key: step.terms for step, _, _ in counts}
    rows = await database.fetch(
        _TOGETHER,
        [dict(zip(_ENTRY, _entry(each), strict=True)) for each in counts],
        [dict(zip(_BALANCE, (new_id(), city, *key, 0, *terms[key]), strict=True)) for key in terms],
    )
    moved = {(row["rule"], row["subject"], row["win"]): row["value"] for row in rows}
    over = [key for key, value in moved.items() if value is None]
    if over:
        raise CapReached(over)
    return moved


async def _enter(database: Database, counts: Sequence[Count]) -> set[tuple[str, UUID]]:
    rows = await database.insert(
        "tally_entry",
        _ENTRY,
        [_entry(each) for each in counts],
        "ON CONFLICT (rule, line_id, cause) DO NOTHING RETURNING rule, line_id",
    )
    return {(row["rule"], UUID(str(row["line_id"]))) for row in rows}


def _entry(each: Count) -> tuple[object, ...]:
    step, cause, at = each
    return (new_id(), *step.key, step.line, step.amount, cause, at)


async def _move(database: Database, city: str, steps: Sequence[Step]) -> dict[Key, int]:
    sums: dict[Key, int] = defaultdict(int)
    terms: dict[Key, Terms] = {}
    for step in steps:
        sums[step.key] += step.amount
        terms[step.key] = step.terms
    over = [key for key, amount in sums.items() if _over(amount, terms[key].ceiling)]
    if over:
        raise CapReached(over)
    # Sorted, so that two orders over the same balances never wait for each other.
    rows = await database.insert(
        "tally_balance",
        _BALANCE,
        [(new_id(), city, *key, sums[key], *terms[key]) for key in sorted(sums)],
        _GUARDED,
    )
    moved = {(row["rule"], row["subject"], row["win"]): int(row["value"]) for row in rows}
    if len(moved) < len(sums):
        raise CapReached(sums.keys() - moved.keys())
    return moved


async def _lower(database: Database, sums: Mapping[Key, int]) -> dict[Key, int]:
    """Moves balances down, even those above a lowered ceiling; locked in the order in which `_move` takes them.

    No upsert: a negative first row is against the table's own constraint, even where it would meet a row.
    """
    if not sums:
        return {}
    values = ", ".join(f"({placeholders(4, n)}, ${n + 4}::bigint)" for n in range(1, 5 * len(sums), 5))
    lock = " FOR UPDATE OF b" if database.dialect == "postgres" else ""
    rows = await database.fetch(
        f"""WITH wanted (turn, rule, subject, win, delta) AS (VALUES {values}),
                 locked AS (SELECT b.id, w.delta FROM tally_balance b JOIN wanted w
                                ON b.rule = w.rule AND b.subject = w.subject AND b.win = w.win
                             ORDER BY w.turn{lock})
            UPDATE tally_balance SET value = value + (SELECT delta FROM locked WHERE locked.id = tally_balance.id)
             WHERE id IN (SELECT id FROM locked)
            RETURNING rule, subject, win, value""",
        *(part for turn, key in enumerate(sorted(sums)) for part in (f"{turn:06d}", *key, sums[key])),
    )
    return {(row["rule"], row["subject"], row["win"]): int(row["value"]) for row in rows}


def _over(amount: int, ceiling: int | None) -> bool:
    return ceiling is not None and amount > max(ceiling, 0)


def _triples(count: int) -> str:
    values = ", ".join(f"(${3 * n + 1}, ${3 * n + 2}, ${3 * n + 3})" for n in range(count))
    return f"VALUES {values}"

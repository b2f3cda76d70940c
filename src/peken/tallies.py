"""The ledger of what counted and the running balances; knows amounts and keys, no rule and no order.

Entries come first and say which are new; balances then move by what is new, in one guarded statement.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from peken.database import Database, placeholders
from peken.ids import new_id

Key = tuple[str, str, str]
"""(rule, subject, window)."""


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

    @property
    def key(self) -> Key:
        """The balance it moves."""
        return (self.rule, self.subject, self.win)


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
    rows = await database.fetch(
        f"SELECT rule, subject, win, value FROM tally_balance WHERE (rule, subject, win) IN ({_triples(len(wanted))})",
        *(part for key in wanted for part in key),
    )
    found = {(row["rule"], row["subject"], row["win"]): int(row["value"]) for row in rows}
    return {key: found.get(key, 0) for key in wanted}


async def count(database: Database, city: str, steps: Sequence[Step], cause: str, at: datetime) -> dict[Key, int]:
    """Writes what counts, once per (rule, line, cause), within the caller's transaction: two statements.

    Returns the balances that moved, with their new values. Raises CapReached if any would pass its ceiling.
    """
    fresh = await _enter(database, steps, cause, at)
    return await _move(database, city, [step for step in steps if (step.rule, step.line) in fresh])


async def take_back(database: Database, city: str, lines: Sequence[UUID], cause: str, at: datetime) -> dict[Key, int]:
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
    return await count(database, city, steps, cause, at)


async def open_balances(database: Database, city: str, limits: Mapping[Key, tuple[int | None, int | None]]) -> None:
    """Makes a balance of 0 for each key that has none, so that who bought nothing is on the list.

    `limits` gives (floor, ceiling) of each; those of an open balance are brought up to date.
    """
    await database.insert(
        "tally_balance",
        _BALANCE,
        [(new_id(), city, *key, 0, floor, ceiling) for key, (floor, ceiling) in sorted(limits.items())],
        "ON CONFLICT (rule, subject, win) DO UPDATE SET floor = excluded.floor, ceiling = excluded.ceiling",
    )


_BALANCE = ("id", "city_id", "rule", "subject", "win", "value", "floor", "ceiling")

# The guard does not see a first row, which conflicts with nothing: `_move` compares that one beforehand.
# Taking back must pass even under a lowered ceiling, and knows no limits: it keeps those that are there.
_GUARDED = """
ON CONFLICT (rule, subject, win) DO UPDATE
   SET value = tally_balance.value + excluded.value,
       floor = COALESCE(excluded.floor, tally_balance.floor),
       ceiling = COALESCE(excluded.ceiling, tally_balance.ceiling)
 WHERE excluded.value <= 0 OR excluded.ceiling IS NULL
    OR tally_balance.value + excluded.value <= excluded.ceiling
RETURNING rule, subject, win, value
"""


async def _enter(database: Database, steps: Sequence[Step], cause: str, at: datetime) -> set[tuple[str, UUID]]:
    rows = await database.insert(
        "tally_entry",
        ("id", "rule", "subject", "win", "line_id", "amount", "cause", "at"),
        [(new_id(), *step.key, step.line, step.amount, cause, at) for step in steps],
        "ON CONFLICT (rule, line_id, cause) DO NOTHING RETURNING rule, line_id",
    )
    return {(row["rule"], UUID(str(row["line_id"]))) for row in rows}


async def _move(database: Database, city: str, steps: Sequence[Step]) -> dict[Key, int]:
    sums: dict[Key, int] = defaultdict(int)
    limits: dict[Key, tuple[int | None, int | None]] = {}
    for step in steps:
        sums[step.key] += step.amount
        limits[step.key] = (step.floor, step.ceiling)
    over = [key for key, amount in sums.items() if _over(amount, limits[key][1])]
    if over:
        raise CapReached(over)
    # Sorted, so that two orders over the same balances never wait for each other.
    rows = await database.insert(
        "tally_balance",
        _BALANCE,
        [(new_id(), city, *key, sums[key], *limits[key]) for key in sorted(sums)],
        _GUARDED,
    )
    moved = {(row["rule"], row["subject"], row["win"]): int(row["value"]) for row in rows}
    if len(moved) < len(sums):
        raise CapReached(sums.keys() - moved.keys())
    return moved


def _over(amount: int, ceiling: int | None) -> bool:
    return ceiling is not None and amount > max(ceiling, 0)


def _triples(count: int) -> str:
    values = ", ".join(f"(${3 * n + 1}, ${3 * n + 2}, ${3 * n + 3})" for n in range(count))
    return f"VALUES {values}"

"""Balances beside the sums of their entries; knows no order and no rule."""

from collections.abc import Mapping, Sequence

from peken.database import Database
from peken.ids import new_id
from peken.tallies import Key, Terms

Moved = tuple[Key, int | None, int]
"""A balance, what it was (None: it was not there), and what it is."""


async def differing(database: Database, city: str, deltas: Mapping[Key, int]) -> list[Moved]:
    """Balances of a city that are not the sums of their entries, if these were changed by `deltas`."""
    rows = await database.fetch(_DIFFERING, city)
    found = {(row["rule"], row["subject"], row["win"]): (_int(row["kept"]), int(row["counted"] or 0)) for row in rows}
    missing = [key for key in deltas if key not in found]
    for key, (kept, counted) in (await _sums(database, missing)).items():
        found[key] = (kept, counted)
    moved = [(key, kept, counted + deltas.get(key, 0)) for key, (kept, counted) in sorted(found.items())]
    return [(key, kept, after) for key, kept, after in moved if kept != after and (kept is not None or after)]


async def correct(database: Database, city: str, keys: Sequence[Key], terms: Mapping[Key, Terms]) -> list[Moved]:
    """Makes these balances the sums of their entries, within the caller's transaction; those that changed."""
    sums = await _sums(database, keys)
    moved = [(key, kept, after) for key, (kept, after) in sorted(sums.items()) if kept != after]
    moved = [each for each in moved if each[1] is not None or each[2]]
    await database.insert(
        "tally_balance",
        ("id", "city_id", "rule", "subject", "win", "value", "floor", "ceiling", "department_id", "classes"),
        [(new_id(), city, *key, after, *terms.get(key, Terms())) for key, _, after in moved],
        "ON CONFLICT (rule, subject, win) DO UPDATE SET value = excluded.value",
    )
    return moved


async def _sums(database: Database, keys: Sequence[Key]) -> dict[Key, tuple[int | None, int]]:
    """Balances, and the sums of their entries."""
    found: dict[Key, tuple[int | None, int]] = {}
    for start in range(0, len(keys), _AT_ONCE):
        wanted = keys[start : start + _AT_ONCE]
        triples = ", ".join(f"(${n}, ${n + 1}, ${n + 2})" for n in range(1, 3 * len(wanted), 3))
        rows = await database.fetch(_OF_KEYS.format(triples), *(part for key in wanted for part in key))
        found |= {
            (row["rule"], row["subject"], row["win"]): (_int(row["kept"]), int(row["counted"] or 0)) for row in rows
        }
    return found


_AT_ONCE = 500


def _int(value: object) -> int | None:
    return None if value is None else int(str(value))


_OF_KEYS = """
WITH wanted (rule, subject, win) AS (VALUES {}),
     counted AS (SELECT e.rule, e.subject, e.win, SUM(e.amount) AS counted
                   FROM tally_entry e JOIN wanted w ON w.rule = e.rule AND w.subject = e.subject AND w.win = e.win
                  GROUP BY e.rule, e.subject, e.win)
SELECT w.rule, w.subject, w.win, b.value AS kept, c.counted
  FROM wanted w LEFT JOIN tally_balance b ON b.rule = w.rule AND b.subject = w.subject AND b.win = w.win
       LEFT JOIN counted c ON c.rule = w.rule AND c.subject = w.subject AND c.win = w.win
"""

# Entries know no city: those of its balances are its own, and those of its orders that have no balance.
_DIFFERING = """
WITH counted AS (SELECT rule, subject, win, SUM(amount) AS counted FROM tally_entry GROUP BY rule, subject, win)
SELECT b.rule, b.subject, b.win, b.value AS kept, c.counted
  FROM tally_balance b LEFT JOIN counted c ON c.rule = b.rule AND c.subject = b.subject AND c.win = b.win
 WHERE b.city_id = $1 AND b.value <> COALESCE(c.counted, 0)
UNION ALL
SELECT c.rule, c.subject, c.win, NULL, c.counted FROM counted c
 WHERE NOT EXISTS (SELECT 1 FROM tally_balance b WHERE b.rule = c.rule AND b.subject = c.subject AND b.win = c.win)
   AND EXISTS (SELECT 1 FROM tally_entry e JOIN order_line l ON l.id = e.line_id JOIN orders o ON o.id = l.order_id
                WHERE e.rule = c.rule AND e.subject = c.subject AND e.win = c.win AND o.city_id = $1)
"""

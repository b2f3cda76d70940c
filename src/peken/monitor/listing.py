"""Each of those who are watched, by pages and as a whole. Refuses to know sums."""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from peken import buyers
from peken.database import Database, Rows
from peken.market import Market
from peken.monitor.watching import BEHIND, Among, Status, Watched

_ARMS: Final = 400
"""SQLite takes 500 parts of one statement."""
_AT_ONCE: Final = 1_000
_OF_WINDOW: Final = "FROM tally_balance WHERE city_id = $1 AND rule = $2 AND win = $3"
_RANGES: Final[Mapping[Status, str]] = {
    Status.BEHIND: f"{BEHIND} > 0",
    Status.MET: f"{BEHIND} = 0",
    Status.EXEMPT: f"{BEHIND} < 0",
}
Place = tuple[int, UUID]
"""What is still to do (see `BEHIND`) and the key of a balance: where a page begins or ends."""


@dataclass(frozen=True, slots=True)
class _Query:
    """A statement in the making."""

    params: list[Any]
    where: list[str]

    def given(self, value: object) -> str:
        """The number of a parameter of this value."""
        self.params.append(value)
        return f"${len(self.params)}"

    def beyond(self, place: Place | None, side: str) -> None:
        """Only what lies to that side of a place, if there is one."""
        if place:
            self.where.append(f"({BEHIND}, id) {side} ({self.given(place[0])}::bigint, {self.given(place[1])}::uuid)")


async def page(
    market: Market,
    watched: Watched,
    among: Among,
    *,
    size: int,
    descending: bool,
    after: Place | None = None,
    before: Place | None = None,
) -> Rows:
    """At most `size` balances with the names of their buyers, by what is still to do; lying between two places.

    One statement; one more where a class is asked for.
    """
    query = _Query([watched.city, watched.rule.code, watched.window], ["city_id = $1", "rule = $2", "win = $3"])
    if among.department:
        query.where.append(f"department_id = {query.given(among.department)}::uuid")
    if among.status:
        query.where.append(_RANGES[among.status])
    query.beyond(after, "<" if descending else ">")
    query.beyond(before, ">" if descending else "<")
    held = [query.given(text) for text in await _held(market.database, watched, among)] if among.scheme else None
    if held == []:
        return []
    way = "DESC" if descending else "ASC"
    order, limit = f"ORDER BY behind {way}, id {way}", f"LIMIT {query.given(size)}::bigint"
    arms = [f"{_PAGE} WHERE {' AND '.join([*query.where, *arm])} {order} {limit}" for arm in _arms(held)]
    together = " UNION ALL ".join(f"SELECT * FROM ({arm}) arm" for arm in arms)
    return await market.database.fetch(
        f"""SELECT b.*, u.name FROM ({together} {order} {limit}) b LEFT JOIN buyer u ON u.id = b.subject::uuid
            ORDER BY b.behind {way}, b.id {way}""",
        *query.params,
    )


_PAGE: Final = f"""SELECT id, subject, department_id, classes, value, COALESCE(floor, 0) AS floor, {BEHIND} AS behind
                     FROM tally_balance"""


def _arms(held: list[str] | None) -> Iterator[tuple[str, ...]]:
    """One part for each set of classes, so that each is read in its own order by the index; not for hundreds."""
    if held is None:
        yield ()
    elif len(held) > _ARMS:
        yield (f"classes IN ({', '.join(held)})",)
    else:
        yield from ((f"classes = {one}",) for one in held)


async def _held(database: Database, watched: Watched, among: Among) -> list[str]:
    """The sets of classes that are held in a window and are meant: the index is asked for one after the other."""
    rows = await database.fetch(_SETS, watched.city, watched.rule.code, watched.window)
    return [row["classes"] for row in rows if among.holds(buyers.read(row["classes"]))]


_SETS: Final = f"""
WITH RECURSIVE held (classes) AS (
    SELECT MIN(classes) {_OF_WINDOW}
    UNION ALL
    SELECT (SELECT MIN(classes) {_OF_WINDOW} AND classes > held.classes) FROM held WHERE held.classes IS NOT NULL
)
SELECT classes FROM held WHERE classes IS NOT NULL
"""


async def everyone(market: Market, watched: Watched) -> AsyncIterator[Mapping[str, Any]]:
    """Every balance of a window with buyer and department, by buyer: each once, whatever moves meanwhile."""
    last = ""
    while rows := await market.database.fetch(_EVERYONE, watched.city, watched.rule.code, watched.window, last):
        for row in rows:
            yield row
        last = rows[-1]["subject"]


# Names are looked up one by one, by key: a join would read all buyers for every portion. Departments are few.
_EVERYONE: Final = f"""
SELECT b.*, (SELECT u.name FROM buyer u WHERE u.id = b.subject::uuid) AS name,
       d.code AS department, d.name AS department_name
  FROM (SELECT subject, department_id, classes, value, COALESCE(floor, 0) AS floor, {BEHIND} AS behind
          {_OF_WINDOW} AND subject > $4 ORDER BY subject LIMIT {_AT_ONCE}) b
  LEFT JOIN department d ON d.id = b.department_id
 ORDER BY b.subject
"""

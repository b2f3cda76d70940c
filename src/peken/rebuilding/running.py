"""Compares ledger and balances with what they should be, and puts them right where that is asked for.

It looks at pages of purchases while the market goes on. A page that differs is derived again in a transaction of its
own that holds one lock on ledger and balances (on SQLite, the file's write lock): whoever buys, delivers or cancels
meanwhile waits for that page, and nothing that was counted in between is taken for a fault. After each such transaction
entries and balances agree. An entry that is wrong is replaced; every balance that changes is in the audit with what it
was.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

from peken.actors import Actor
from peken.database import Database, Insert
from peken.ids import new_id
from peken.market import Market, ServedCity
from peken.obligations import open_windows
from peken.rebuilding.balances import Moved, correct, differing
from peken.rebuilding.deriving import Entry, Page, page_of
from peken.records import records_of
from peken.tallies import Key, Terms

PAGE: Final = 200
Progress = Callable[[int, int], None]


def silent(done: int, total: int) -> None:
    """Shows nothing."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """An entry that differs from the one that is derived; one of the two may not be there."""

    kept: Entry | None
    derived: Entry | None


@dataclass(frozen=True, slots=True)
class Balance:
    """A balance that differs from the sum of the entries that should be there."""

    key: Key
    kept: int | None
    derived: int


@dataclass(slots=True)
class Rebuilt:
    """What came of it. In a dry run `balances` say what they would become."""

    purchases: int = 0
    underived: int = 0
    entries: list[Wrong] = field(default_factory=list)
    balances: list[Balance] = field(default_factory=list)

    @property
    def agrees(self) -> bool:
        """Whether nothing had to be put right."""
        return not (self.entries or self.balances)


async def rebuild(
    market: Market, city: ServedCity, actor: Actor, *, write: bool = False, progress: Progress = silent
) -> Rebuilt:
    """Derives everything that the orders of a city counted; writes only where `write` says so. Again, it finds nothing.

    Balances are put right last; whoever owes today has one again.
    """
    database, at = market.database, market.now()
    found, deltas, terms = Rebuilt(), dict[Key, int](), dict[Key, Terms]()
    total = (await database.fetch("SELECT COUNT(*) AS n FROM purchase WHERE city_id = $1", city.code))[0]["n"]
    absent = {key for key, kept, _ in await differing(database, city.code, {}) if kept is None}
    last = UUID(int=0)
    while page := await _page(database, city, last):
        wrong = _wrong(page)
        if wrong and write:
            wrong, again, moved = await database.retrying(partial(_put_right, database, city, actor, last, at))
            page = again
            found.balances += [Balance(*each) for each in moved]
        elif wrong:
            _add(deltas, wrong)
        found.entries += wrong
        found.purchases += page.purchases
        found.underived += page.underived
        terms |= {key: page.terms[key] for key in absent | {*_keys(wrong)} if key in page.terms}
        last = page.last
        progress(found.purchases, total)
    await _balances(market, city, actor, found, deltas, terms, write=write, at=at)
    return found


async def _page(database: Database, city: ServedCity, last: UUID) -> Page | None:
    """The purchases after a key, all of one moment; None where there are no more."""
    async with database.unit_of_work():
        if database.dialect == "postgres":
            await database.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        rows = await database.fetch(_LINES, city.code, last)
        return await page_of(database, city, rows) if rows else None


async def _balances(
    market: Market,
    city: ServedCity,
    actor: Actor,
    found: Rebuilt,
    deltas: dict[Key, int],
    terms: dict[Key, Terms],
    *,
    write: bool,
    at: datetime,
) -> None:
    """Balances that are not the sums of their entries, as these are or, in a dry run, as they would be."""
    database = market.database
    if not write:
        found.balances = [Balance(*each) for each in await differing(database, city.code, deltas)]
        return
    moved = await database.retrying(partial(_correct_all, database, city, actor, terms, at))
    await open_windows(market, city, at)
    found.balances += [Balance(*each) for each in moved]


async def _correct_all(
    database: Database, city: ServedCity, actor: Actor, terms: dict[Key, Terms], at: datetime
) -> list[Moved]:
    async with database.unit_of_work():
        await _lock(database)
        keys = [key for key, _, _ in await differing(database, city.code, {})]
        moved = await correct(database, city.code, keys, terms)
        await _tell(database, actor, city.code, moved, at)
    return moved


def _wrong(page: Page) -> list[Wrong]:
    found = []
    for place in {**page.kept, **page.derived}:
        kept, derived = page.kept.get(place, (None, None))[1], page.derived.get(place)
        if kept != derived:
            found.append(Wrong(kept, derived))
    return found


def _add(deltas: dict[Key, int], wrong: Sequence[Wrong]) -> None:
    for each in wrong:
        if each.kept is not None:
            deltas[each.kept.key] = deltas.get(each.kept.key, 0) - each.kept.amount
        if each.derived is not None:
            deltas[each.derived.key] = deltas.get(each.derived.key, 0) + each.derived.amount


def _keys(wrong: Sequence[Wrong]) -> list[Key]:
    return sorted({entry.key for each in wrong for entry in (each.kept, each.derived) if entry is not None})


async def _put_right(
    database: Database, city: ServedCity, actor: Actor, last: UUID, at: datetime
) -> tuple[list[Wrong], Page, list[Moved]]:
    """Derives a page once more, now that nobody counts, and replaces what is wrong with it."""
    async with database.unit_of_work():
        await _lock(database)
        page = await page_of(database, city, await database.fetch(_LINES, city.code, last))
        wrong = _wrong(page)
        await _replace(database, page, wrong)
        moved = await correct(database, city.code, _keys(wrong), page.terms)
        await _tell(database, actor, city.code, moved, at)
    return wrong, page, moved


async def _replace(database: Database, page: Page, wrong: Sequence[Wrong]) -> None:
    gone = [page.kept[each.kept.place][0] for each in wrong if each.kept is not None]
    await database.execute(f"DELETE FROM tally_entry WHERE id {database.among(1)}", database.listed(gone))
    await database.insert(
        "tally_entry",
        ("id", "rule", "subject", "win", "line_id", "amount", "cause", "at"),
        [
            (new_id(), *entry.key, entry.line, entry.amount, entry.cause, entry.at)
            for each in wrong
            if (entry := each.derived) is not None
        ],
    )


async def _lock(database: Database) -> None:
    """Until the transaction ends nobody counts; SQLite's transaction has locked the file already."""
    if database.dialect == "postgres":
        await database.execute("LOCK TABLE tally_entry, tally_balance IN SHARE ROW EXCLUSIVE MODE")


async def _tell(
    database: Database, actor: Actor, city: str, moved: Sequence[tuple[Key, int | None, int]], at: datetime
) -> None:
    """An audit of each balance that changed."""
    rows: dict[tuple[str, tuple[str, ...]], list[Any]] = defaultdict(list)
    for (rule, subject, win), before, after in moved:
        told = {"rule": rule, "window": win, "before": before, "after": after}
        for insert in records_of(actor, city, "tally.rebuilt", [subject], at, changes=told):
            rows[insert.table, insert.columns] += insert.rows
    await database.insert_all(*(Insert(table, columns, found) for (table, columns), found in rows.items()))


_LINES = f"""
SELECT o.purchase_id, o.id AS order_id, o.status, o.placed_at, o.delivered_at, o.cancelled_at, l.id
  FROM (SELECT id FROM purchase WHERE city_id = $1 AND id > $2 ORDER BY id LIMIT {PAGE}) p
  JOIN orders o ON o.purchase_id = p.id JOIN order_line l ON l.order_id = o.id
 ORDER BY o.purchase_id, o.id, l.id
"""

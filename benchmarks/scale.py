"""Whether a page of the monitor, a standing and an order cost the same in a city of a hundred times as many people.

    nice python -m benchmarks.scale --server postgres://postgres@127.0.0.1:5432/postgres

Fills a PostgreSQL database of its own in the real schema, first small, then larger, measures the real code on it and
drops it. The largest size takes some 10 GB and, with two busy cores, half an hour.
"""

import argparse
import asyncio
import random
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import pairwise
from typing import Any, Final, cast
from uuid import UUID, uuid4

import asyncpg  # type: ignore[import-untyped]
import typer

from benchmarks.scale_rows import CITY, DEPARTMENTS, PEOPLE_PER_SHOP, RULE, WARES_PER_SHOP, grow, key
from peken import migrating, models, monitor, obligations, orders
from peken.actors import Actor, Role
from peken.app import opened
from peken.database import Database
from peken.market import Market
from peken.monitor import Among, Status, Watched
from peken.orders import Basket, Item, Placed
from peken.regions import serve_cities
from peken.servers import create_database, drop_database
from peken.settings import CitySettings, Settings

SIZES: Final = (10_000, 100_000, 1_000_000)
PAGE: Final = 51
"""A page of 50, and the row that says whether more follow."""
ENOUGH: Final = 100_000
"""Of more people a window is opened only once: it takes minutes."""
Work = Callable[[], Awaitable[object]]


@dataclass
class Measured:
    """Milliseconds by what was measured, for one size, least and median; and how PostgreSQL found the rows."""

    size: int
    figures: dict[str, tuple[float, float]] = field(default_factory=dict)
    plans: dict[str, list[str]] = field(default_factory=dict)

    async def time(self, name: str, rounds: int, work: Work) -> None:
        """Does it so often; twice beforehand for nothing."""
        took = []
        for number in range(rounds + 2):
            start = time.perf_counter()
            await work()
            if number > 1:
                took.append((time.perf_counter() - start) * 1000)
        self.figures[name] = (min(took), statistics.median(took))


class Explaining:
    """A database that has each statement it reads by explained."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.plans: list[str] = []

    async def fetch(self, sql: str, *params: Any) -> Any:
        found = await self._database.fetch(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {sql}", *params)
        self.plans.append("\n".join(row["QUERY PLAN"] for row in found))
        return await self._database.fetch(sql, *params)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)


@dataclass
class City:
    """A market of so many people, and chance that is the same each time."""

    market: Market
    watched: Watched
    size: int
    dice: random.Random = field(default_factory=lambda: random.Random(7))

    def buyer(self) -> UUID:
        """Somebody."""
        return key("buyer", self.dice.randint(1, self.size))

    async def buy(self) -> UUID:
        """Somebody buys something."""
        buyer = self.buyer()
        variant = key("variant", self.dice.randint(1, self.size // PEOPLE_PER_SHOP * WARES_PER_SHOP))
        actor = Actor(f"buyer-{buyer}", frozenset({Role.BUYER}), CITY, buyer=buyer)
        basket = Basket(buyer=buyer, items=(Item(variant, 1),), key=uuid4().hex)
        placed = await orders.place(self.market, actor, basket)
        assert isinstance(placed, Placed)
        return placed.purchase

    async def standings(self, count: int) -> None:
        """What so many people owe, and have done."""
        people = [self.buyer() for _ in range(count)]
        assert await obligations.standings(self.market, people, self.market.now())

    async def page(self, among: Among, market: Market | None = None, *, deep: bool = False) -> None:
        """A page of who has most to do; from the middle of the list where it is to be deep."""
        after = (250_000, key("tally_balance", 0)) if deep else None
        await monitor.page(market or self.market, self.watched, among, size=PAGE, descending=True, after=after)

    async def pages(self, market: Market | None = None) -> dict[str, Work]:
        """The pages that are measured, by name."""
        behind = Among(Status.BEHIND)
        department = replace(behind, department=key("department", self.dice.randint(1, DEPARTMENTS)))
        rare = replace(behind, scheme="post", code="camat")
        return {
            "monitor: page of 50, behind": lambda: self.page(behind, market),
            "monitor: the same, deep": lambda: self.page(behind, market, deep=True),
            "monitor: of a department": lambda: self.page(department, market),
            "monitor: of golongan III": lambda: self.page(replace(behind, scheme="golongan", code="III"), market),
            "monitor: of a rare class": lambda: self.page(rare, market),
        }


async def measure(city: City, rounds: int) -> Measured:
    """All that is asked all day."""
    found = Measured(city.size)
    market = city.market
    for name, work in (await city.pages()).items():
        await found.time(name, rounds, work)
    await found.time("standings of one", rounds, lambda: city.standings(1))
    await found.time("standings of 50", rounds, lambda: city.standings(50))
    before = await scans(market.database)
    bought: list[UUID] = []

    async def place() -> None:
        bought.append(await city.buy())

    async def deliver() -> None:
        order = await models.Order.get(purchase_id=bought.pop())
        vendor = UUID(str(order.vendor_id))
        await orders.deliver(market, Actor("shop", frozenset({Role.VENDOR}), CITY, vendor=vendor), order.id)

    await found.time("placing an order", rounds, place)
    await found.time("delivering it", rounds, deliver)
    found.plans["sequential scans while ordering"] = [
        f"{table}: {count - before.get(table, count)}"
        for table, count in (await scans(market.database)).items()
        if count > before.get(table, count)
    ]
    await found.time("departments and classes, added up", 5, lambda: monitor.summary(market, city.watched, 10**9))
    await found.time("departments and classes, told again", rounds, lambda: monitor.summary(market, city.watched, 0))
    return found


async def explain(city: City, found: Measured) -> None:
    """How the statements of the monitor find their rows."""
    explaining = Explaining(city.market.database)
    market = replace(city.market, database=cast(Database, explaining))
    for name, work in (await city.pages(market)).items():
        explaining.plans.clear()
        await work()
        found.plans[name] = [*explaining.plans]


async def scans(database: Database) -> dict[str, int]:
    """Sequential scans of each table that has a thousand rows or more."""
    # Each connection tells its figures once it was idle for a moment.
    await asyncio.sleep(1.5)
    rows = await database.fetch("SELECT relname, seq_scan FROM pg_stat_user_tables WHERE n_live_tup >= 1000")
    return {row["relname"]: row["seq_scan"] for row in rows}


async def open_next(city: City, found: Measured) -> None:
    """Opens the window after this one for everybody, and once more; takes its balances away again."""
    market, last = city.market, city.watched.after
    assert last is not None
    days = (last - city.watched.today).days
    at = market.now() + timedelta(days=days)
    for name in ("a window opened for all", "the same, opened already"):
        start = time.perf_counter()
        assert await obligations.open_windows(market, market.city(CITY), at) >= city.size
        took = (time.perf_counter() - start) * 1000
        found.figures[name] = (took, took)
        if city.size > ENOUGH:
            break
    await market.database.execute("DELETE FROM tally_balance WHERE win <> $1", city.watched.window)


async def export(city: City, found: Measured) -> None:
    """The list of all as `peken export obligations` reads it."""
    start = time.perf_counter()
    assert len([row["behind"] async for row in monitor.everyone(city.market, city.watched)]) == city.size
    took = (time.perf_counter() - start) * 1000
    found.figures["everybody, as exported"] = (took, took)


@asynccontextmanager
async def database(server: str) -> AsyncIterator[str]:
    """A database for this measurement, gone afterwards."""
    name = f"peken_scale_{uuid4().hex[:8]}"
    url = await create_database(server, name)
    try:
        yield url
    finally:
        await drop_database(server, name)


async def run(server: str, sizes: tuple[int, ...], rounds: int) -> list[Measured]:
    """Grows a city from size to size and measures it at each."""
    results = []
    async with database(server) as url:
        settings = Settings(
            database_url=url,
            cities=(CitySettings(code=CITY, name="Malang", plugins=("malang_quota",)),),
            statement_seconds=600,
        )
        async with opened(settings) as market:
            await migrating.migrate(market.database)
            await serve_cities(market)
            for code in ("staples", "staples.rice"):
                await models.Category.create(code=code, parent_code=None, name=code, name_en=code)
        for before, size in pairwise((0, *sizes)):
            results.append(await at_size(settings, before, size, rounds))
            typer.echo(report(results))
    return results


async def at_size(settings: Settings, before: int, size: int, rounds: int) -> Measured:
    """What a city of this size takes."""
    async with opened(settings) as market:
        watched = monitor.watched(market.city(CITY), RULE, None, market.now())
        assert watched is not None
        start = time.perf_counter()
        loader = await asyncpg.connect(settings.database_url)
        try:
            await grow(loader, before + 1, size, watched.window)
            held = await loader.fetchval("SELECT pg_database_size(current_database())")
        finally:
            await loader.close()
        typer.echo(f"{size:,} people: {held / 2**30:.1f} GB after {time.perf_counter() - start:.0f} s")
        city = City(market, watched, size)
        found = await measure(city, rounds)
        await explain(city, found)
        await export(city, found)
        await open_next(city, found)
        return found


def report(results: list[Measured]) -> str:
    """The table of the figures: least / median in milliseconds, and how often the smallest city's least."""
    first = results[0]
    lines = [
        "| least / median, ms | " + " | ".join(f"{each.size:,}" for each in results) + " | ratio of the least |",
        "| --- |" + " ---: |" * (len(results) + 1),
    ]
    for name, (least, _) in first.figures.items():
        found = [each.figures.get(name) for each in results]
        cells = [f"{both[0]:,.2f} / {both[1]:,.2f}" if both else "" for both in found]
        ratios = ", ".join(f"{both[0] / least:.1f}" for both in found[1:] if both)
        lines.append(f"| {name} | {' | '.join(cells)} | {ratios} |")
    return "\n".join(lines)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Measures the market at growing sizes.")
    parser.add_argument("--server", default="postgres://postgres@127.0.0.1:5432/postgres")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--rounds", type=int, default=300)
    asked = parser.parse_args()
    results = asyncio.run(run(asked.server, tuple(asked.sizes), asked.rounds))
    for name, plans in results[-1].plans.items():
        typer.echo("\n".join([f"\n{name}, {results[-1].size:,} people:", *(plans or ["none"])]))


if __name__ == "__main__":
    main()

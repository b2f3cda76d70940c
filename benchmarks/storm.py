"""Ten thousand orders placed, delivered and cancelled by two processes over a few hot shops, and the books afterwards.

    python -m benchmarks.storm --database postgres://postgres@127.0.0.1:5432/postgres

The city is Surabaya with its rules: the cap of each shop and the mandate of each ASN are in reach of everybody at once.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Annotated, Final
from uuid import uuid4

import typer
from tests.fire.asking import CANCEL, DELIVER, OWN, Ask, Reply, moving, placing
from tests.fire.books import BREACHES
from tests.fire.processes import Pair, started

from peken import migrating
from peken.actors import Actor
from peken.app import assemble
from peken.cli.verifying import differences
from peken.database import Database
from peken.regions import serve_cities
from peken.servers import create_database, drop_database
from peken.testing.world import World, as_buyer, as_city_hall, global_id, opened_world, settings_for

SURABAYA: Final = "35.78"
SETTINGS: Final = settings_for({SURABAYA: ["batik_suroboyo"]}, statement_seconds=600)
CAMAT: Final = {"post": "camat"}
DEAR: Final = 20_000_000
"""So much, in Rupiah over the orders of one shop, has caps of 30 million reached while the storm lasts."""
ANSWERS: Final = frozenset({"Purchase", "PurchaseRefused", "Order", "Refused", "forbidden"})
"""What a client may be told of an order."""
LATER: Final = frozenset({"try_again", "database_busy", "database_timeout"})
"""What a client is told who waited too long behind the others: to come again. Whatever is neither is a fault."""


def main(
    database: Annotated[str, typer.Option(help="Address of a PostgreSQL on which databases may be made.")],
    orders: Annotated[int, typer.Option(help="Orders that are asked for.", min=1)] = 10_000,
    clients: Annotated[int, typer.Option(help="Clients at work at once, half of them ASN.", min=2)] = 24,
    shops: Annotated[int, typer.Option(help="Shops that all of them buy from.", min=1)] = 5,
    seed: Annotated[int, typer.Option(help="Of the dice.")] = 1,
) -> None:
    """Print what clients were told and what the books say; exit 1 where one of them is wrong."""
    found = asyncio.run(_measured(database, orders, clients, shops, random.Random(seed)))
    for line in found.lines():
        typer.echo(line)
    raise typer.Exit(0 if found.sound else 1)


@dataclass(frozen=True)
class Cap:
    """The cap of a shop: what it stands at, what it may, and what its orders that were not cancelled add up to."""

    value: int
    ceiling: int
    sold: int


@dataclass(frozen=True)
class Found:
    """What a storm left behind."""

    kinds: Counter[str]
    seconds: float
    deadlocks: int
    differences: int
    breaches: list[str]
    caps: list[Cap]
    mandates: tuple[int, int, int]
    """Of the ASN: how many, how many have met it, and Rupiah counted in all."""

    @property
    def sound(self) -> bool:
        """Whether nobody was told of a fault, and the books are right."""
        held = all(cap.value == cap.sold <= cap.ceiling for cap in self.caps)
        right = not (self.deadlocks or self.differences or self.breaches) and held
        return right and self.kinds.keys() <= ANSWERS | LATER

    def lines(self) -> Iterator[str]:
        """The figures, to be read."""
        asked, faults = self.kinds.total(), {k: n for k, n in self.kinds.items() if k not in ANSWERS | LATER}
        yield f"requests answered          {asked:>12,}   {asked / self.seconds:,.0f} a second"
        for kind, count in self.kinds.most_common():
            yield f"  {kind:<25}{count:>12,}"
        yield f"faults told to clients     {sum(faults.values()):>12,}   {faults or ''}"
        yield f"deadlocks of PostgreSQL    {self.deadlocks:>12,}"
        yield f"rules verify: differences  {self.differences:>12,}"
        yield f"invariants broken          {len(self.breaches):>12,}   {'; '.join(self.breaches)}"
        for cap in self.caps:
            yield f"cap of a shop              {cap.value:>12,}   of {cap.ceiling:,}; its orders add up to {cap.sold:,}"
        asn, met, counted = self.mandates
        yield f"mandates met               {met:>12,}   of {asn}; {counted:,} Rupiah counted"


async def _measured(server: str, orders: int, clients: int, shops: int, dice: random.Random) -> Found:
    name = f"peken_storm_{uuid4().hex[:8]}"
    async with AsyncExitStack() as stack:
        url = await create_database(server, name)
        stack.push_async_callback(drop_database, server, name)
        await _migrated(url)
        market = await stack.enter_async_context(opened_world(SETTINGS, url))
        asks = await _storm(market, orders, clients, shops, dice)
        pair = Pair(*[await stack.enter_async_context(started()) for _ in range(2)])
        began = time.perf_counter()
        replies = await pair.play(market, asks)
        return await _found(market.market.database, replies, time.perf_counter() - began)


async def _migrated(url: str) -> None:
    market = assemble(SETTINGS.model_copy(update={"database_url": url}))
    async with market.database:
        await migrating.migrate(market.database)
        with market.database.bound():
            await serve_cities(market)


async def _storm(market: World, orders: int, clients: int, shops: int, dice: random.Random) -> list[list[Ask]]:
    """What each client asks for. Shops have plenty of one thing and too little of another."""
    vendors = [await market.vendor(name=f"Toko {number}") for number in range(shops)]
    price = DEAR * shops // orders
    wares = [
        global_id(await market.product(vendor, price=price + 100 * number, stock=stock))
        for number, vendor in enumerate(vendors)
        for stock in (10 * orders, orders // 5)
    ]
    buyers = [as_buyer(await market.buyer(classes=CAMAT if n % 2 else None)) for n in range(clients)]
    hall = as_city_hall(SURABAYA)
    turns = [orders // clients + (n < orders % clients) for n in range(clients)]
    return [_client(dice, buyer, hall, wares, turn) for buyer, turn in zip(buyers, turns, strict=True)]


def _client(dice: random.Random, buyer: Actor, hall: Actor, wares: Sequence[str], turns: int) -> list[Ask]:
    """Baskets over several shops; most orders are delivered, cancelled, or first the one and then the other."""
    asks: list[Ask] = []
    for turn in range(turns):
        basket = [(ware, dice.randint(1, 3)) for ware in dice.sample(wares, dice.randint(1, 4))]
        asks.append(placing(buyer, basket, f"storm {turn}"))
        if dice.random() < 0.5:
            asks.append(moving(DELIVER, hall, OWN))
        if dice.random() < 0.4:
            asks.append(moving(CANCEL, dice.choice((buyer, hall)), OWN))
    return asks


async def _found(database: Database, replies: Sequence[Reply], seconds: float) -> Found:
    key = "CAST(o.id AS text)"
    breaches = [holds for holds, sql in BREACHES.items() if await database.fetch(sql.replace("{id}", key))]
    caps = await database.fetch(
        """SELECT b.value, b.ceiling, (SELECT COALESCE(SUM(o.amount), 0) FROM orders o
                   WHERE CAST(o.vendor_id AS text) = b.subject AND o.status <> 'cancelled') AS sold
             FROM tally_balance b WHERE b.rule = 'surabaya.vendor-cap' ORDER BY b.subject"""
    )
    [mandate] = await database.fetch(
        """SELECT COUNT(*) AS asn, COUNT(*) FILTER (WHERE value >= floor) AS met, COALESCE(SUM(value), 0) AS counted
             FROM tally_balance WHERE rule = 'surabaya.mandate'"""
    )
    [broken] = await database.fetch("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    return Found(
        kinds=Counter(reply.kind for reply in replies),
        seconds=seconds,
        deadlocks=int(broken["deadlocks"]),
        differences=len(await differences(database)),
        breaches=breaches,
        caps=[Cap(int(row["value"]), int(row["ceiling"]), int(row["sold"])) for row in caps],
        mandates=(int(mandate["asn"]), int(mandate["met"]), int(mandate["counted"])),
    )


if __name__ == "__main__":
    typer.run(main)

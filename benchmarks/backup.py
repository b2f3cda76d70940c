"""Backs a market up while people buy, restores it elsewhere, and compares; docs/backup.md has the commands.

    python -m benchmarks.backup --database postgres://postgres@127.0.0.1:5432/postgres
    python -m benchmarks.backup                                                          # SQLite

On PostgreSQL pg_dump reads the snapshot in which the orders were counted, so that the figures must be equal.
"""

import asyncio
import socket
import sqlite3
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import uuid4

import asyncpg  # type: ignore[import-untyped]
import typer

from benchmarks.demo_market import DemoMarket, Serving, demo_market
from benchmarks.load import Load, audit
from peken.servers import create_database, drop_database

Scale = Literal["small", "surabaya"]
COUNT = "SELECT COUNT(*) FROM orders"


@dataclass
class Taken:
    """One backup: what there was when it was taken, and where it was restored to."""

    url: str
    counted: int | None
    acknowledged: dict[str, str]
    during: int
    took: float
    restored: float
    size: int


def main(
    database: Annotated[
        str, typer.Option(help="Address of a PostgreSQL on which databases may be made; SQLite without one.")
    ] = "",
    scale: Annotated[Scale, typer.Option(help="How much there is in the market.")] = "small",
    clients: Annotated[int, typer.Option(help="Buyers at work at once.", min=1)] = 8,
    orders: Annotated[int, typer.Option(help="Orders before the backup begins, and after.", min=1)] = 200,
) -> None:
    """Print how the restored market compares; exit 1 where it does not."""
    raise typer.Exit(0 if asyncio.run(_measured(database, scale, clients, orders)) else 1)


async def _measured(server: str, scale: Scale, clients: int, orders: int) -> bool:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with _postgres(server) if server else _sqlite(folder) as (url, back_up):
            market = await demo_market(folder, url, scale, clients)
            taken, load = await _under_load(market, orders, lambda load: back_up(load, folder))
            sound = await _compared(market, taken)
            whole = await audit(market, load.books.acknowledged)
    typer.echo(f"orders in the market itself, in the end         {whole.orders:>8}")
    typer.echo(f"requests that failed during all of it           {len(load.books.failed):>8}")
    return sound and whole.sound and not load.books.failed


async def _under_load(
    market: DemoMarket, orders: int, back_up: Callable[[Load], Awaitable[Taken]]
) -> tuple[Taken, Load]:
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listener:
        serving = await Serving.start(market, listener, 2, [])
        load = Load(market, listener.getsockname()[1])
        load.begin()
        try:
            await load.orders(orders)
            taken = await back_up(load)
            await load.orders(orders)
        finally:
            await load.end()
            await serving.end()
    return taken, load


async def _compared(market: DemoMarket, taken: Taken) -> bool:
    """Whether the restored market is whole: nothing acknowledged is missing, and its books balance."""
    elsewhere = DemoMarket(market.settings.model_copy(update={"database_url": taken.url}), [], [])
    found = await audit(elsewhere, taken.acknowledged)
    verified = await _said(*_peken("rules", "verify"), market=elsewhere)
    planned = await _said(*_peken("db", "plan"), market=elsewhere)
    counted = "" if taken.counted is None else f", counted in its snapshot: {taken.counted}"
    typer.echo(f"backup: {taken.size / 1e6:.1f} MB in {taken.took:.2f} s; restored in {taken.restored:.2f} s")
    typer.echo(f"orders acknowledged before it began             {len(taken.acknowledged):>8}")
    typer.echo(f"orders acknowledged while it was taken          {taken.during:>8}")
    typer.echo(f"orders restored, of the clients                 {found.orders:>8}")
    typer.echo(f"acknowledged before it began, and missing       {len(found.lost):>8}")
    typer.echo(f"keys with several orders                        {len(found.doubled):>8}")
    typer.echo(f"orders restored in all                          {await _orders(taken.url):>8}{counted}")
    typer.echo(f"peken rules verify: {verified}")
    typer.echo(f"peken db plan: {planned}")
    same = taken.counted in (None, await _orders(taken.url))
    agree = (verified, planned) == ("Ledgers and balances agree.", "Nothing to apply.")
    return same and agree and not found.lost and not found.doubled


async def _orders(url: str) -> int:
    if url.startswith("sqlite"):
        with sqlite3.connect(url.removeprefix("sqlite:///")) as rows:
            return int(rows.execute(COUNT).fetchone()[0])
    connection: Any = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval(COUNT))
    finally:
        await connection.close()


BackUp = Callable[[Load, Path], Awaitable[Taken]]


@asynccontextmanager
async def _postgres(server: str) -> AsyncIterator[tuple[str, BackUp]]:
    name, other = f"peken_backup_{uuid4().hex[:8]}", f"peken_restored_{uuid4().hex[:8]}"
    url = await create_database(server, name)
    fresh = await create_database(server, other)

    async def back_up(load: Load, folder: Path) -> Taken:
        connection: Any = await asyncpg.connect(url)
        acknowledged, file = dict(load.books.acknowledged), folder / "market.dump"
        try:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                counted = int(await connection.fetchval(COUNT))
                snapshot = await connection.fetchval("SELECT pg_export_snapshot()")
                began = time.perf_counter()
                await _said("pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--file={file}", f"--dbname={url}")
                took = time.perf_counter() - began
        finally:
            await connection.close()
        during = len(load.books.acknowledged) - len(acknowledged)
        began = time.perf_counter()
        await _said("pg_restore", "--exit-on-error", "--no-owner", f"--dbname={fresh}", str(file))
        size = file.stat().st_size
        return Taken(fresh, counted, acknowledged, during, took, time.perf_counter() - began, size)

    try:
        yield url, back_up
    finally:
        await drop_database(server, name)
        await drop_database(server, other)


@asynccontextmanager
async def _sqlite(folder: Path) -> AsyncIterator[tuple[str, BackUp]]:
    market, copy = folder / "market.sqlite3", folder / "copy.sqlite3"

    async def back_up(load: Load, folder: Path) -> Taken:
        acknowledged, began = dict(load.books.acknowledged), time.perf_counter()
        await _said("sqlite3", str(market), f"VACUUM INTO '{copy}'")
        took = time.perf_counter() - began
        during = len(load.books.acknowledged) - len(acknowledged)
        return Taken(f"sqlite:///{copy}", None, acknowledged, during, took, 0.0, copy.stat().st_size)

    yield f"sqlite:///{market}", back_up


def _peken(*words: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "peken.cli", *words)


async def _said(*command: str, market: DemoMarket | None = None) -> str:
    """What a command prints; an error where it fails."""
    process = await asyncio.create_subprocess_exec(
        *command,
        env=market.environment if market else None,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await process.communicate()
    if process.returncode not in (0, 1) or errors:
        raise RuntimeError(f"{command[0]} failed: {errors.decode()}")
    return out.decode().strip()


if __name__ == "__main__":
    typer.run(main)

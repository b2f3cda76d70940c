"""Restarts a PostgreSQL market under load, over and over, and counts what its clients notice of it.

    python -m benchmarks.rolling_restart --database postgres://postgres@127.0.0.1:5432/postgres --how renew

`renew` sends SIGHUP, on which the workers are replaced one by one; `exchange` ends the whole market and starts
another on the same listening socket, as systemd does with peken.socket; `kill` kills a worker outright.
"""

import asyncio
import os
import signal
import socket
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated, Literal
from uuid import uuid4

import typer

from benchmarks.demo_market import DemoMarket, Serving, demo_market
from benchmarks.load import Load, audit
from peken.app import opened
from peken.cli.verifying import differences
from peken.servers import create_database, drop_database

How = Literal["renew", "exchange", "kill"]
WORKERS = 2


def main(
    database: Annotated[str, typer.Option(help="Address of a PostgreSQL on which databases may be made.")],
    how: Annotated[How, typer.Option(help="What happens to the market.")] = "renew",
    rounds: Annotated[int, typer.Option(help="How often.", min=1)] = 5,
    clients: Annotated[int, typer.Option(help="Buyers at work at once.", min=1)] = 8,
    orders: Annotated[int, typer.Option(help="Orders between two rounds.", min=1)] = 200,
) -> None:
    """Print the clients' books; exit 1 where a request failed, or an order was doubled or lost."""
    sound = asyncio.run(_measured(database, how, rounds, clients, orders))
    raise typer.Exit(0 if sound else 1)


async def _measured(server: str, how: How, rounds: int, clients: int, orders: int) -> bool:
    name = f"peken_rolling_{uuid4().hex[:8]}"
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        url = await create_database(server, name)
        stack.push_async_callback(drop_database, server, name)
        market = await demo_market(Path(folder), url, "small", clients)
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=2048))
        load, errors = await _restarted(market, listener, how, rounds, orders)
        found = await audit(market, load.books.acknowledged)
        async with opened(market.settings) as open_market:
            wrong = await differences(open_market.database)
        typer.echo(f"{how}: {rounds} rounds, {WORKERS} workers, {len(market.tokens)} clients")
        for line in (*load.books.lines(), *found.lines()):
            typer.echo(line)
        typer.echo(f"ledgers that disagree      {len(wrong):>8}")
        typer.echo(f"errors in the log          {len(errors):>8}")
        for line in errors[:5]:
            typer.echo(f"  {line[:300]}")
        return found.sound and not wrong and not load.books.failed


async def _restarted(
    market: DemoMarket, listener: socket.socket, how: How, rounds: int, orders: int
) -> tuple[Load, list[str]]:
    """The load of the whole run, and the errors that the market has logged."""
    errors: list[str] = []
    serving = await Serving.start(market, listener, WORKERS, errors)
    load = Load(market, listener.getsockname()[1])
    load.begin()
    try:
        for _ in range(rounds):
            await load.orders(orders)
            serving = await _STEPS[how](market, listener, serving)
        await load.orders(orders)
    finally:
        await load.end()
        await serving.end()
    return load, errors


async def _renew(market: DemoMarket, listener: socket.socket, serving: Serving) -> Serving:
    ended = serving.count("Finished server process")
    serving.process.send_signal(signal.SIGHUP)
    await serving.seen("Finished server process", ended + WORKERS)
    return serving


async def _exchange(market: DemoMarket, listener: socket.socket, serving: Serving) -> Serving:
    await serving.end()
    return await Serving.start(market, listener, WORKERS, serving.errors)


async def _kill(market: DemoMarket, listener: socket.socket, serving: Serving) -> Serving:
    started = serving.count("Application startup complete.")
    os.kill(serving.workers[-WORKERS], signal.SIGKILL)
    await serving.seen("Application startup complete.", started + 1)
    return serving


_STEPS = {"renew": _renew, "exchange": _exchange, "kill": _kill}

if __name__ == "__main__":
    typer.run(main)

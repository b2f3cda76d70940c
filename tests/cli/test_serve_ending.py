"""`peken serve` as processes come and go: whoever is being served is served to the end."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from tests.cli.serving import CITY, UNMEASURED, serving
from uvicorn.protocols.http.auto import AutoHTTPProtocol
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from peken import models
from peken.cli.serve import configured, grace, handed
from peken.database import Database
from peken.errors import PekenError
from peken.servers import create_database, drop_database
from peken.settings import LimitSettings
from peken.testing.world import World, settings_for

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def held(database: Database, variant: models.Variant) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Holds a shelf, so that who buys from it waits; what is given ends when somebody does."""
    waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"

    async def somebody_waits() -> None:
        # On a connection of its own: within one transaction PostgreSQL would always give the same answer.
        async with asyncio.timeout(240):
            while not await asyncio.create_task(database.fetch(waiting)):
                pass

    async def holding(taken: asyncio.Event, over: asyncio.Event) -> None:
        async with database.unit_of_work():
            await database.fetch("SELECT 1 FROM variant WHERE id = $1 FOR UPDATE", variant.id)
            taken.set()
            await over.wait()

    taken, over = asyncio.Event(), asyncio.Event()
    holder = asyncio.create_task(holding(taken, over))
    await taken.wait()
    try:
        yield somebody_waits
    finally:
        over.set()
        await holder


@pytest.mark.market({CITY: []})
@pytest.mark.engines("postgres")
@pytest.mark.parametrize("workers", [1, 2])
async def test_an_order_under_way_is_answered_before_the_market_ends(
    market: World, tmp_path: Path, workers: int
) -> None:
    rice, buyer = await market.product(await market.vendor()), await market.buyer()

    async with serving(market, tmp_path, workers) as served:
        async with held(market.market.database, rice) as somebody_waits:
            asked = asyncio.create_task(served.buy(buyer, rice))
            await somebody_waits()
            served.process.send_signal(signal.SIGTERM)
            await served.until("Waiting for connections to close")
        answer = await asked
        while len(served.ended) < workers:
            await served.until("Finished server process")
        returned = await served.process.wait()

    assert (answer.status_code, answer.json()["data"]) == (200, {"placeOrder": {"__typename": "Purchase"}})
    assert await models.Order.all().count() == 1
    assert returned in (0, -signal.SIGTERM)


@pytest.mark.market({CITY: []})
@pytest.mark.engines("postgres")
async def test_workers_are_renewed_one_by_one_while_an_order_is_under_way(market: World, tmp_path: Path) -> None:
    rice, buyer = await market.product(await market.vendor()), await market.buyer()

    async with serving(market, tmp_path, workers=2) as served:
        before = set(served.workers)
        async with held(market.market.database, rice) as somebody_waits:
            asked = asyncio.create_task(served.buy(buyer, rice))
            await somebody_waits()
            served.process.send_signal(signal.SIGHUP)
            await served.until("Waiting for connections to close")
            meanwhile = await served.ask("{ cities { name } }")
        while len(served.ended) < 2:
            await served.until("Finished server process")
        answer, after = await asked, set(served.workers) - before

    assert meanwhile.json()["data"] == {"cities": [{"name": "Malang"}]}
    assert (answer.status_code, answer.json()["data"]) == (200, {"placeOrder": {"__typename": "Purchase"}})
    assert len(after) == 2
    assert await models.Order.all().count() == 1


@pytest.mark.market({CITY: []})
@pytest.mark.engines("postgres")
async def test_workers_that_miss_a_migration_do_not_take_over(market: World, tmp_path: Path) -> None:
    last = "name = (SELECT MAX(name) FROM tortoise_migrations WHERE app = 'peken')"

    async with serving(market, tmp_path, workers=2) as served:
        await market.market.database.execute(f"UPDATE tortoise_migrations SET app = 'gone' WHERE {last}")
        try:
            served.process.send_signal(signal.SIGHUP)
            await served.until("keeping worker")
            answer = await served.ask("{ cities { name } }")
        finally:
            await market.market.database.execute("UPDATE tortoise_migrations SET app = 'peken' WHERE app = 'gone'")

    assert answer.json()["data"] == {"cities": [{"name": "Malang"}]}


@pytest.mark.market({CITY: []})
@pytest.mark.engines("postgres")
async def test_a_worker_that_dies_is_replaced(market: World, tmp_path: Path) -> None:
    async with serving(market, tmp_path, workers=2) as served:
        for worker in tuple(served.workers):
            os.kill(worker, signal.SIGKILL)
            await served.until(f"Child process [{worker}] died")
            await served.until("Application startup complete")
        answer = await served.ask("{ cities { name } }")

    assert answer.json()["data"] == {"cities": [{"name": "Malang"}]}
    assert len(set(served.workers)) == 4


@pytest.mark.market({CITY: []})
@pytest.mark.engines("postgres")
async def test_two_that_migrate_at_once_both_succeed_and_one_does_it(market: World) -> None:
    server, name = market.market.database.url, f"peken_two_{uuid4().hex[:12]}"
    empty = await create_database(server, name)
    told = {"PEKEN_DATABASE_URL": empty, "PEKEN_CITIES": json.dumps([{"code": CITY, "name": "Malang"}])}

    async def migrate() -> tuple[int | None, list[str]]:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "peken.cli", "db", "migrate", env=UNMEASURED | told, stdout=asyncio.subprocess.PIPE
        )
        said, _ = await process.communicate()
        return process.returncode, said.decode().splitlines()

    try:
        one, other = await asyncio.gather(migrate(), migrate())
    finally:
        await drop_database(server, name)

    assert (one[0], other[0]) == (0, 0)
    assert sorted([one[1], other[1]], key=len)[0] == ["Nothing to apply."]


def test_it_runs_on_uvloop_and_httptools_and_outwaits_the_longest_request() -> None:
    settings = settings_for({CITY: []}, limits=LimitSettings(seconds=7.5))

    config = configured(settings, workers=1)

    assert getattr(config.get_loop_factory(), "__module__", "") == "uvloop"
    assert (config.http, AutoHTTPProtocol) == ("auto", HttpToolsProtocol)
    assert config.timeout_graceful_shutdown == grace(settings) == 13


def test_a_socket_that_is_none_or_that_nobody_listens_on_is_told(tmp_path: Path) -> None:
    with socket.socket() as idle, (tmp_path / "file").open("w") as file:
        faults = []
        for fd in (os.dup(idle.fileno()), file.fileno()):
            with pytest.raises(PekenError) as told:
                handed(fd)
            faults.append(told.value.code)

    assert faults == ["address_unusable", "address_unusable"]

"""`/metrics` of a market that several processes serve: each tells the figures of all."""

import asyncio
import signal
from pathlib import Path

import httpx2
import pytest
from tests.cli.serving import CITY, Serving, serving
from tests.metrics.reading import Figures, figures

from peken.testing.world import World

pytestmark = [pytest.mark.anyio, pytest.mark.market({CITY: []}), pytest.mark.engines("postgres")]
TOKEN = "read-by-prometheus-alone"
MANY = 12
POOL = 3
ASKED = ("peken_request_seconds_count", (("kind", "query"), ("status", "2xx")))


async def told(served: Serving) -> Figures:
    """What is told to whoever holds the token, on a connection of its own."""
    async with httpx2.AsyncClient(timeout=240) as client:
        answer = await client.get(
            served.url.replace("/graphql", "/metrics"), headers={"authorization": f"Bearer {TOKEN}"}
        )
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    return figures(answer.text)


async def until(served: Serving, counted: int) -> Figures:
    """The figures, once so many requests are in them, and two living workers and no other."""
    wanted = {ASKED: counted, ("peken_connections_most", ()): 2 * POOL}
    async with asyncio.timeout(240):
        while (found := await told(served)) | wanted != found:
            pass
    return found


async def test_whichever_worker_is_asked_tells_of_all_and_those_renewed_stay_counted(
    market: World, tmp_path: Path
) -> None:
    async with serving(market, tmp_path, 2, PEKEN_METRICS_TOKEN=TOKEN, PEKEN_POOL_SIZE=str(POOL)) as served:
        for _ in range(MANY):
            await served.ask("{ cities { name } }")
        await until(served, MANY)
        each = [(await told(served))[ASKED] for _ in range(MANY)]
        before = len(served.workers)
        served.process.send_signal(signal.SIGHUP)
        while len(served.ended) < before:
            await served.until("Finished server process")
        renewed = await until(served, MANY)
        await served.ask("{ cities { name } }")
        last = await until(served, MANY + 1)

    assert each == [MANY] * MANY
    assert renewed[ASKED] < last[ASKED]

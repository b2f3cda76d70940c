"""Starts processes that play clients, all at one signal; leaves none behind."""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from peken.testing.world import World
from tests.fire.asking import Ask, Reply
from tests.fire.worker import Play

ROOT = Path(__file__).parents[2]
LONGEST_LINE = 2**26


class Process:
    """One started process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def say(self, line: bytes) -> None:
        """Sends one line."""
        assert self._process.stdin is not None
        self._process.stdin.write(line + b"\n")
        await self._process.stdin.drain()

    async def line(self) -> str:
        """The next line; empty when the process has ended."""
        assert self._process.stdout is not None
        return (await self._process.stdout.readline()).decode().rstrip("\n")

    async def kill(self) -> list[str]:
        """Kills it without warning (SIGKILL); the whole lines it had still written."""
        self._process.kill()
        assert self._process.stdout is not None
        rest = (await self._process.stdout.read()).decode()
        await self._process.wait()
        return rest.split("\n")[:-1]

    async def end(self) -> None:
        """Waits for its end, which is brought about if need be."""
        if self._process.returncode is None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            await self.kill()


@asynccontextmanager
async def started(market: World, clients: Sequence[Sequence[Ask]], *, endless: bool = False) -> AsyncIterator[Process]:
    """A process that has the market's database open and waits for its signal."""
    cities = {city.code: list(city.plugins) for city in market.market.settings.cities}
    wanted = Play(market.market.database.url, cities, [list(asks) for asks in clients], endless)
    process = Process(
        await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.fire.worker",
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=LONGEST_LINE,
        )
    )
    try:
        await process.say(msgspec.json.encode(wanted))
        yield process
    finally:
        await process.end()


async def play_in_two_processes(market: World, clients: Sequence[Sequence[Ask]]) -> list[Reply]:
    """Deals the clients out to two processes, lets both begin at once, and gathers all replies."""
    async with started(market, clients[::2]) as one, started(market, clients[1::2]) as other:
        for process in (one, other):
            assert await process.line() == "ready"
        for process in (one, other):
            await process.say(b"go")
        told = [msgspec.json.decode(await process.line(), type=list[list[Reply]]) for process in (one, other)]
    return [reply for process in told for client in process for reply in client]

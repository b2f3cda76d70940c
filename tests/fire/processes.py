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
    """One started process, which plays as often as it is told to."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def prepare(self, market: World, clients: Sequence[Sequence[Ask]], *, endless: bool = False) -> None:
        """Lets it open the market's database; then it waits for `begin`."""
        cities = {city.code: list(city.plugins) for city in market.market.settings.cities}
        wanted = Play(market.market.database.url, cities, [list(asks) for asks in clients], endless)
        await self.say(msgspec.json.encode(wanted))
        assert await self.line() == "ready"

    async def begin(self) -> None:
        """Gives the signal."""
        await self.say(b"go")

    async def replies(self) -> list[Reply]:
        """All replies of the play, once it is over."""
        told = msgspec.json.decode(await self.line(), type=list[list[Reply]])
        return [reply for client in told for reply in client]

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
async def started() -> AsyncIterator[Process]:
    """A process of its own."""
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
        yield process
    finally:
        await process.end()


class Pair:
    """Two processes that play against each other."""

    def __init__(self, one: Process, other: Process) -> None:
        self._both = (one, other)

    async def play(self, market: World, clients: Sequence[Sequence[Ask]]) -> list[Reply]:
        """Deals the clients out to both, lets both begin at once, and gathers all replies."""
        halves = (clients[::2], clients[1::2])
        await asyncio.gather(*(each.prepare(market, half) for each, half in zip(self._both, halves, strict=True)))
        for process in self._both:
            await process.begin()
        return [reply for process in self._both for reply in await process.replies()]

"""Writes race against answers that are kept: nobody who asks after a commit is told what was before it.

On the process that wrote at once, on another within a second; with Redis, without, and while it is stopped and frozen.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

from peken.actors import Actor
from peken.servers import required
from peken.settings import CacheSettings
from peken.testing.templates import Templates
from peken.testing.world import Clock, World, as_vendor, global_id, settings_for
from peken.tokens import Issuer
from tests.answers.living import living
from tests.redis_server import OwnRedis, RedisNotFoundError

SURABAYA: Final = "35.78"
LIST: Final = "{ products { nodes { price } } }"
PRICE: Final = "mutation ($id: ID!, $price: Rupiah!) { updateVariant(input: {id: $id, price: $price}) { __typename } }"
LASTS: Final = 2.5
"""Seconds of a race at least: longer than any answer is good."""
WRITES: Final = 20
GOOD: Final = 1.0
"""Seconds after which another process has to show what was written."""


@dataclass
class Race:
    """A price that one market raises over and over, and what is read of it meanwhile."""

    one: World
    other: World
    staff: Actor
    variant: str
    acknowledged: list[tuple[float, int]] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    reads: int = 0
    turn: asyncio.Condition = field(default_factory=asyncio.Condition)
    over: bool = False

    async def run(self, *others: Awaitable[None]) -> None:
        """One writes, four read, until the time is over."""
        here = (self.read(self.one, 0.0) for _ in range(2))
        there = (self.read(self.other, GOOD) for _ in range(2))
        await asyncio.gather(self.write(), *here, *there, *others)

    async def write(self) -> None:
        chance = random.Random(7)
        end = time.monotonic() + LASTS
        price = 1_000
        while time.monotonic() < end or len(self.acknowledged) < WRITES:
            price += 1
            variables = {"id": self.variant, "price": price}
            assert (await self.one.ask(PRICE, variables, actor=self.staff)).data
            self.acknowledged.append((time.monotonic(), price))
            await self.after(chance.choice((0, 0, 1, 5, 40)))
        self.over = True
        async with self.turn:
            self.turn.notify_all()

    async def read(self, market: World, late: float) -> None:
        while not self.over:
            known = self.known(time.monotonic() - late)
            answer = await market.ask(LIST)
            [node] = answer.data["products"]["nodes"]
            if node["price"] < known:
                self.stale.append(f"{node['price']} where {known} was acknowledged, {late} s allowed")
            async with self.turn:
                self.reads += 1
                self.turn.notify_all()
            # An answer that is kept comes without any wait: the others would not have their turn.
            await asyncio.sleep(0)

    def known(self, at: float) -> int:
        """The price whose writer had its acknowledgement by then."""
        return next((price for when, price in reversed(self.acknowledged) if when <= at), 0)

    async def after(self, reads: int) -> None:
        """Waits until so many more answers have been read."""
        wanted = self.reads + reads
        async with self.turn:
            await self.turn.wait_for(lambda: self.over or self.reads >= wanted)

    async def freeze(self, redis: OwnRedis) -> None:
        """Freezes Redis and lets it go on, several times, and stops it at last."""
        for _ in range(3):
            await self.after(30)
            redis.freeze()
            await self.after(30)
            redis.thaw()
        await self.after(30)
        redis.stop()


@pytest.fixture
async def redis() -> AsyncIterator[OwnRedis]:
    """A Redis of this test's own."""
    server = OwnRedis()
    try:
        await server.start()
    except RedisNotFoundError:
        if required("redis"):
            raise
        pytest.skip("there is no redis-server here")
    yield server
    server.stop()


@asynccontextmanager
async def begun(templates: Templates, engine: str, folder: Path, redis: OwnRedis | None = None) -> AsyncIterator[Race]:
    """Two markets on one database, each with answers of its own, that wait for Redis no longer than they must."""
    issuer, clock = Issuer.create(), Clock()
    cache = CacheSettings(redis_pause=0.2)
    settings = settings_for({SURABAYA: []}, cache=cache, redis_url=redis.url if redis else None)
    async with templates.copied(engine, settings, folder) as url, AsyncExitStack() as stack:
        whole = settings.model_copy(update={"database_url": url, "auth": issuer.auth()})
        other = await stack.enter_async_context(living(whole, issuer, clock))
        one = await stack.enter_async_context(living(whole, issuer, clock))
        vendor = await one.vendor()
        variant = await one.product(vendor, price=1_000)
        yield Race(one, other, as_vendor(vendor), global_id(variant))


def assert_nothing_was_stale(race: Race, statements: list[str]) -> None:
    """And that answers were kept at all: fewer were computed than read."""
    assert race.stale == []
    assert sum('FROM "product"' in statement for statement in statements) < race.reads / 2


async def test_no_answer_is_stale_without_redis(market_templates: Templates, engine: str, tmp_path: Path) -> None:
    async with begun(market_templates, engine, tmp_path) as race:
        with race.other.market.database.counting() as statements:
            await race.run()

    assert_nothing_was_stale(race, statements)


async def test_no_answer_is_stale_with_redis(
    market_templates: Templates, engine: str, tmp_path: Path, redis: OwnRedis
) -> None:
    async with begun(market_templates, engine, tmp_path, redis) as race:
        with race.other.market.database.counting() as statements:
            await race.run()

    assert_nothing_was_stale(race, statements)


async def test_no_answer_is_stale_while_redis_is_frozen_and_stopped(
    market_templates: Templates, engine: str, tmp_path: Path, redis: OwnRedis
) -> None:
    async with begun(market_templates, engine, tmp_path, redis) as race:
        with race.other.market.database.counting() as statements:
            await race.run(race.freeze(redis))

    assert_nothing_was_stale(race, statements)

"""Answers in Redis: shared by the processes of a market, and missed by nobody when Redis is gone, frozen or strange."""

import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr
from redis.asyncio import Redis
from tests.answers.living import living
from tests.redis_server import OwnRedis

from peken import models
from peken.app import application, assemble
from peken.errors import PekenError
from peken.http.caching.shared import Looked, Shared
from peken.settings import Settings
from peken.testing.templates import Templates
from peken.testing.world import Answer, Clock, World, settings_for
from peken.tokens import Issuer

SURABAYA = "35.78"
LIST = "{ products { nodes { name price } } }"
SHOPS = frozenset({"shop"})
Pair = tuple[World, World]
Shelf = Callable[..., Shared]


@pytest.fixture
async def settings(
    market_templates: Templates, engine: str, tmp_path: Path, redis: OwnRedis
) -> AsyncIterator[Settings]:
    """A market whose answers go to a Redis of this test's own."""
    wanted = settings_for({SURABAYA: []}, redis_url=redis.url)
    async with market_templates.copied(engine, wanted, tmp_path) as url:
        yield wanted.model_copy(update={"database_url": url})


@pytest.fixture
async def pair(settings: Settings) -> AsyncIterator[Pair]:
    async with two(settings) as both:
        yield both


@pytest.fixture
async def eager_pair(settings: Settings) -> AsyncIterator[Pair]:
    """Two that ask Redis again at once after it did not answer."""
    cache = settings.cache.model_copy(update={"redis_pause": 1e-9})
    async with two(settings.model_copy(update={"cache": cache})) as both:
        yield both


@asynccontextmanager
async def two(settings: Settings) -> AsyncIterator[Pair]:
    """Two markets that share what two processes share: a database and a Redis. The first one writes the rows."""
    issuer, clock = Issuer.create(), Clock()
    whole = settings.model_copy(update={"auth": issuer.auth()})
    async with AsyncExitStack() as stack:
        other = await stack.enter_async_context(living(whole, issuer, clock))
        one = await stack.enter_async_context(living(whole, issuer, clock))
        await one.product(await one.vendor(), name="Beras")
        yield one, other


async def prepared(market: World) -> None:
    """Makes a market ready to look for the list in Redis: it knows the document, and which stamps go with it."""
    for document in (LIST.replace("price", "id"), LIST.replace("price", "id"), LIST):
        await market.ask(document)


async def computed(market: World) -> list[str]:
    """The names in the list, which is kept then, here and in Redis."""
    await prepared(market)
    return names(await market.ask(LIST))


def names(answer: Answer) -> list[str]:
    return [node["name"] for node in answer.data["products"]["nodes"]]


async def statements(market: World) -> int:
    """How many statements an answer takes."""
    with market.market.database.counting() as seen:
        assert (await market.ask(LIST)).data
    return len(seen)


async def rename(name: str) -> None:
    """A change by the first of a pair."""
    await models.Product.all().update(name=name)


async def health(market: World) -> tuple[int, str]:
    """The status of readiness, and what it says of Redis."""
    transport = httpx2.ASGITransport(app=market.app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://market") as client:
        answer = await client.get("/health/ready")
    return answer.status_code, answer.json()["redis"]


async def test_what_one_process_has_computed_another_finds(pair: Pair) -> None:
    one, other = pair
    await prepared(other)

    there = await computed(one)

    assert await statements(other) == 0
    assert names(await other.ask(LIST)) == there == ["Beras"]


async def test_a_change_ends_for_all_what_is_there(pair: Pair) -> None:
    one, other = pair
    await prepared(other)
    await computed(one)

    await rename("Beras pandan")

    assert names(await other.ask(LIST)) == ["Beras pandan"]


@pytest.mark.parametrize("harm", ["stop", "freeze"])
async def test_without_redis_everything_is_answered_kept_and_changed(pair: Pair, redis: OwnRedis, harm: str) -> None:
    one, _ = pair
    await computed(one)
    before = await health(one)

    getattr(redis, harm)()
    await rename("Beras pandan")
    after = await computed(one)

    assert (after, await statements(one)) == (["Beras pandan"], 0)
    assert (before, await health(one)) == ((200, "ok"), (200, "left alone"))


async def test_who_could_not_tell_of_a_change_does_not_believe_what_is_there(eager_pair: Pair, redis: OwnRedis) -> None:
    one, other = eager_pair
    await prepared(one)
    await computed(other)
    redis.freeze()
    await rename("Beras pandan")
    redis.thaw()

    answer = await one.ask(LIST)

    assert names(answer) == ["Beras pandan"]


async def test_redis_is_used_again_when_it_is_back(eager_pair: Pair, redis: OwnRedis) -> None:
    one, _ = eager_pair
    redis.stop()
    await rename("Beras pandan")
    gone = await health(one)
    await redis.start()

    await rename("Beras merah")

    assert (gone, await health(one)) == ((200, "left alone"), (200, "ok"))


async def test_what_somebody_else_wrote_there_is_no_answer(pair: Pair, redis: OwnRedis) -> None:
    one, other = pair
    await prepared(other)
    await computed(one)
    async with Redis.from_url(redis.url) as client:
        for key in await client.keys():
            await client.set(key, b"nonsense")

    answer = await other.ask(LIST)

    assert names(answer) == ["Beras"]


async def test_keys_tell_nothing_of_who_asked_for_what(pair: Pair, redis: OwnRedis) -> None:
    one, _ = pair
    await computed(one)

    async with Redis.from_url(redis.url, decode_responses=True) as client:
        keys = await client.keys()

    assert keys
    assert all(re.fullmatch(r"peken:[0-9a-f]{16}:([0-9a-f]{16}:[0-9a-f]{40}|stamp:[a-z_*]+)", str(key)) for key in keys)


@pytest.mark.engines("sqlite")
async def test_an_address_that_is_none_is_refused_and_not_told(settings: Settings) -> None:
    wrong = settings.model_copy(update={"redis_url": SecretStr("http://:secret@127.0.0.1/")})

    with pytest.raises(PekenError, match="redis_url") as refused:
        application(assemble(wrong))

    assert "secret" not in str(refused.value)


@pytest.fixture
async def shelf(redis: OwnRedis) -> AsyncIterator[Shelf]:
    """Makes the parts that processes have in Redis."""
    made: list[Shared] = []

    def make(**options: Any) -> Shared:
        made.append(Shared(redis.url, place="place", edition="edition", seconds=60.0, timeout=1.0, **options))
        return made[-1]

    yield make
    for each in made:
        await each.close()


async def looked(shared: Shared) -> Looked:
    """What it finds, knowing the stamp of the one table."""
    await shared.put("other", b"", SHOPS, Looked(0.0, {}))
    found = await shared.look("key")
    assert found is not None
    return found


async def test_an_answer_begun_before_a_change_is_no_answer_after_it(shelf: Shelf) -> None:
    one, other = shelf(), shelf()
    begun = await looked(other)
    await one.changed(SHOPS)

    await other.put("key", b"old", SHOPS, begun)

    assert (await looked(one)).body is None


async def test_what_a_frozen_redis_takes_in_too_late_is_too_old(redis: OwnRedis, shelf: Shelf) -> None:
    writer, reader, late = shelf(), shelf(), shelf(wall=lambda: time.time() + 60.0)
    begun = await looked(writer)
    redis.freeze()
    await writer.put("key", b"old", SHOPS, begun)
    redis.thaw()

    while (await looked(reader)).body is None:
        pass  # it takes it in now
    found = await looked(late)

    assert found.body is None


async def test_who_kept_a_change_to_itself_does_not_look_until_old_answers_are_over(
    redis: OwnRedis, shelf: Shelf
) -> None:
    now = 0.0
    one, other = shelf(pause=10.0, clock=lambda: now), shelf()
    await other.put("key", b"old", SHOPS, await looked(other))
    await looked(one)
    redis.freeze()
    await one.look("key")
    redis.thaw()
    now = 5.0
    await one.changed(SHOPS)

    now = 64.0
    blind = await one.look("key")
    now = 65.0
    found = await one.look("key")

    assert blind is None
    assert found is not None
    assert (one.state, found.body) == ("ok", b"old")


async def test_an_answer_is_good_for_what_is_left_of_its_time(shelf: Shelf) -> None:
    now = 1_000.0
    one, other = shelf(wall=lambda: now), shelf(wall=lambda: now + 59.75)
    await one.put("key", b"answer", SHOPS, await looked(one))

    found = await looked(other)

    assert (found.body, found.tables, found.seconds) == (b"answer", SHOPS, 0.25)


async def test_a_clock_that_is_behind_makes_no_answer_good_for_longer(shelf: Shelf) -> None:
    one, other = shelf(), shelf(wall=lambda: time.time() - 100)
    await one.put("key", b"answer", SHOPS, await looked(one))

    found = await looked(other)

    assert (found.body, found.seconds) == (b"answer", 60.0)

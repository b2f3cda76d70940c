"""Answers and stamps in Redis, for all processes of a market; knows no row, and that Redis may be gone or frozen.

A stamp is a word that changes with its table; an answer carries the stamps that were read before its rows. Nothing
hangs on Redis: who gets no word in time goes on without, and leaves it alone for a while.
"""

import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import orjson
import structlog

from peken.errors import PekenError

T = TypeVar("T")
log = structlog.get_logger("peken.http")

_EVERY_TABLE: Final = "*"
_CONNECTIONS: Final = 16


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found: the stamps of that moment and, where one is kept, an answer that is good for `seconds` more."""

    at: float
    stamps: Mapping[str, str | None]
    body: bytes | None = None
    tables: frozenset[str] = frozenset()
    seconds: float = 0.0


class Shared:
    """A Redis behind aiocache. `place` names the rows that answers are made of, `edition` what makes them.

    Every word with it takes at most `timeout` seconds; after one that failed it is left alone for `pause`. Raises
    PekenError `bad_settings`.
    """

    def __init__(
        self,
        url: str,
        *,
        place: str,
        edition: str,
        seconds: float,
        timeout: float = 0.1,
        pause: float = 2.0,
        wall: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._cache = _redis(url, timeout)
        self._stamps = f"peken:{place}:stamp:"
        self._answers = f"peken:{place}:{edition}:"
        self._seconds = seconds
        self._pause = pause
        self._wall = wall
        self._clock = clock
        self._resting = 0.0
        self._blind = 0.0
        self._known = {_EVERY_TABLE}
        self.state = "ok"

    async def look(self, key: str) -> Looked | None:
        """What is kept under a key, and the stamps; None where Redis has no say."""
        if self._clock() < self._blind:
            return None
        at, tables = self._wall(), sorted(self._known)
        wanted = [self._answers + key, *(self._stamps + table for table in tables)]
        found = await self._asked(lambda: self._cache.multi_get(wanted))
        if found is None:
            return None
        answer, *stamps = found
        looked = Looked(at, {table: _text(stamp) for table, stamp in zip(tables, stamps, strict=True)})
        return self._read(answer, looked) if answer is not None else looked

    def _read(self, answer: bytes, looked: Looked) -> Looked:
        """With the answer, where that is still good."""
        head, _, body = answer.partition(b"\n")
        try:
            until, stamps = orjson.loads(head)
        except ValueError:
            return looked  # nothing of ours
        self._known |= stamps.keys()
        left = min(until - self._wall(), self._seconds)
        if left <= 0 or any(looked.stamps.get(table, "") != stamp for table, stamp in stamps.items()):
            return looked
        return Looked(looked.at, looked.stamps, body, frozenset(stamps) - {_EVERY_TABLE}, left)

    async def put(self, key: str, body: bytes, tables: frozenset[str], looked: Looked) -> None:
        """Keeps an answer whose rows were read after that look."""
        needed = {_EVERY_TABLE, *tables}
        self._known |= needed
        # Of a table met for the first time no stamp was read before its rows.
        if needed <= looked.stamps.keys():
            # The instant stands in the answer too: a frozen Redis may take this in long after it was sent.
            head = orjson.dumps([looked.at + self._seconds, {table: looked.stamps[table] for table in needed}])
            await self._asked(lambda: self._cache.set(self._answers + key, head + b"\n" + body, ttl=self._seconds))

    async def changed(self, tables: frozenset[str]) -> None:
        """Gives these tables new stamps. Where that fails, this process does not look until old answers are over."""
        stamps = [(self._stamps + table, secrets.token_hex(8)) for table in tables]
        told = None
        try:
            told = await self._asked(lambda: self._cache.multi_set(stamps))
        finally:
            if told is None:
                self._blind = self._clock() + self._seconds

    async def _asked(self, ask: Callable[[], Awaitable[T]]) -> T | None:
        """What Redis answers; None, soon, where it does not."""
        now = self._clock()
        if now < self._resting:
            return None
        trying = self._resting > 0
        if trying:
            # One request finds out whether it is back; the others need not wait for that.
            self._resting = now + self._pause
        try:
            answer = await ask()
        except Exception as error:
            self._resting = self._clock() + self._pause
            self._say("left alone", error=type(error).__name__)
            return None
        if trying:
            self._resting = 0.0
            self._say("ok")
        return answer

    def _say(self, state: str, **more: str) -> None:
        if state != self.state:
            self.state = state
            (log.info if state == "ok" else log.warning)("cache_redis", state=state, **more)

    async def close(self) -> None:
        """Leaves Redis."""
        # Not by aiocache's own close(): that calls what redis deprecates.
        await self._cache.client.aclose()


def _redis(url: str, timeout: float) -> Any:
    # Imported late: most markets in tests and demos have none.
    from aiocache import RedisCache
    from aiocache.serializers import NullSerializer
    from redis.asyncio import BlockingConnectionPool
    from redis.asyncio.connection import parse_url

    try:
        found: dict[str, Any] = dict(parse_url(url))
    except ValueError:
        # Without the address: it may hold a password.
        raise PekenError("bad_settings", "redis_url is redis://HOST:PORT/NUMBER, rediss://... or unix://...") from None
    return RedisCache(
        endpoint=found.pop("host", "127.0.0.1"),
        port=found.pop("port", 6379),
        db=found.pop("db", 0),
        password=found.pop("password", None),
        pool_max_size=_CONNECTIONS,
        connection_pool_class=BlockingConnectionPool,
        connection_pool_kwargs={"timeout": timeout, **found},
        serializer=NullSerializer(encoding=None),
        namespace="",
        timeout=timeout,
    )


def _text(stamp: bytes | None) -> str | None:
    return stamp.decode() if stamp is not None else None

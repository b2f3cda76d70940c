"""Answers that are alike for everybody, kept while nothing they were made of has changed; knows no shop, no table.

An answer is never kept for longer than `seconds` from the moment its first row was read: that alone bounds what is
shown of a change by another process, whatever becomes of Redis. What this process changes is seen at once.
"""

import asyncio
import time
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final, NamedTuple, TypeAlias

import orjson

from peken.errors import PekenError
from peken.http.analysis import Analysis
from peken.http.caching.changes import Changes, Rows
from peken.http.caching.shared import Shared
from peken.http.guard import Guard
from peken.http.requests import Asked

__all__ = ["Answers", "Kept", "Key", "Made", "Rows", "Shared", "Wanted"]

_OVERHEAD: Final = 1_024
"""Bytes that an answer takes beside its text: more than it does, so that the bound holds."""

_UNDERSTOOD: Final = 500
_SHORT: Final = 4_096
"""So many requests are remembered that were understood, and only of so many bytes."""

Alike: TypeAlias = Callable[[str, str], bool]
"""Whether a field, of a type, is answered alike to all who may ask for it."""

Viewpoint: TypeAlias = Callable[[Any], Hashable]
"""What an answer depends on beside its document, from a context: None where it depends on who asks."""


class Key(NamedTuple):
    """What an answer is an answer to."""

    document: str
    operation: str | None
    variables: bytes
    viewpoint: Hashable

    @property
    def digest(self) -> str:
        """The key as others may see it: nothing of what was asked."""
        return blake2b(repr(self).encode(), digest_size=20).hexdigest()


class Wanted(NamedTuple):
    """A request that is understood: what an answer is an answer to, but for who asks, and what that needs."""

    document: str
    operation: str | None
    variables: bytes
    kind: str
    analysis: Analysis


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer with its ETag, the tables it was made of, and how long it is good.

    `mark` says after which change it was begun, `weight` is what it takes of the memory there is for answers.
    """

    body: bytes
    tag: str
    tables: frozenset[str]
    mark: int
    until: float
    weight: int


class Made(NamedTuple):
    """What computing gave: the body, or None where it cannot be kept, and the result that says why."""

    body: bytes | None
    result: Any


@dataclass(frozen=True, slots=True)
class _Flight:
    """An answer on its way, for all who ask before it is `until`: its rows may have been read at once."""

    mark: int
    until: float
    task: asyncio.Task[tuple[Kept | Made, frozenset[str]]]


class Answers:
    """The answers kept in this process, at most `size` bytes of them, and those on their way.

    `longest` bounds the work on one answer, which goes on when the first who asked for it has left.
    """

    def __init__(
        self,
        rows: Rows,
        *,
        alike: Alike,
        viewpoint: Viewpoint,
        seconds: float,
        size: int,
        longest: float = 30.0,
        shared: Shared | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.shared = shared
        self.counts = Counter[str]()
        """How often an answer was at hand (`kept`), on its way (`joined`), of Redis (`shared`), or `computed`."""
        self._rows = rows
        self._viewpoint = viewpoint
        self._seconds = seconds
        self._longest = longest
        self._clock = clock
        self._size = size
        self._kept: OrderedDict[Key, Kept] = OrderedDict()
        self._held = 0
        self._understood: dict[tuple[str, bytes], Wanted] = {}
        self._flights: dict[Key, _Flight] = {}
        self._flying: set[asyncio.Task[Any]] = set()
        self._changes = Changes()
        self._all_alike = lru_cache(maxsize=1_000)(lambda fields: all(alike(*field) for field in fields))
        rows.listen(self._changed)

    def understood(self, method: str, sent: bytes) -> Wanted | None:
        """What was wanted when the same was sent before: pages of a shop ask one thing again and again."""
        return self._understood.get((method, sent))

    def wanted(self, guard: Guard, asked: Asked, method: str, sent: bytes) -> Wanted | None:
        """What is wanted; None where its answer is never alike for all, and for a document's first time."""
        prepared = guard.documents.kept(asked.query, asked.operation_name)
        if prepared is None or prepared.kind != "query" or not self._all_alike(prepared.analysis.fields):
            return None
        variables = orjson.dumps(asked.variables, option=orjson.OPT_SORT_KEYS) if asked.variables else b""
        wanted = Wanted(prepared.text, asked.operation_name, variables, prepared.kind, prepared.analysis)
        if len(sent) <= _SHORT:
            if len(self._understood) >= _UNDERSTOOD:
                self._understood.clear()
            self._understood[method, sent] = wanted
        return wanted

    def key(self, guard: Guard, wanted: Wanted, context: Any) -> Key | None:
        """The key of an answer that may be kept; None where it depends on who asks."""
        viewpoint = self._viewpoint(context)
        if viewpoint is None:
            return None
        try:
            guard.admit(context, wanted)
        except PekenError:
            return None  # refused in the words of the guard, when it is executed
        return Key(wanted.document, wanted.operation, wanted.variables, viewpoint)

    def find(self, key: Key) -> Kept | None:
        """The answer, if one is kept that is still good."""
        kept = self._kept.get(key)
        if kept is not None and self._clock() < kept.until and self._changes.none(kept.tables, kept.mark):
            self.counts["kept"] += 1
            self._kept.move_to_end(key)
            return kept
        return None

    async def answer(self, key: Key, compute: Callable[[], Awaitable[Made]]) -> Kept | Made:
        """The answer that is kept, or that is on its way, or that `compute` makes: one at a time for each key."""
        while True:
            if (kept := self.find(key)) is not None:
                return kept
            now = self._changes.now
            flight = self._flights.get(key)
            if flight is None or self._clock() >= flight.until:
                flight = self._start(key, compute)
            else:
                self.counts["joined"] += 1
            found, tables = await asyncio.shield(flight.task)
            # Begun before a change that was made before we asked, it may show what we know to be past.
            if flight.mark == now or self._changes.none(tables, flight.mark):
                return found

    def _start(self, key: Key, compute: Callable[[], Awaitable[Made]]) -> _Flight:
        task = asyncio.create_task(self._fly(key, compute, self._changes.now))
        flight = _Flight(self._changes.now, self._clock() + self._seconds, task)
        self._flights[key] = flight
        self._flying.add(task)

        def landed(_: object) -> None:
            self._flying.discard(task)
            if self._flights.get(key) is flight:
                del self._flights[key]
            # Everybody who waited may have left: then nobody else would look at how it ended.
            _ = task.cancelled() or task.exception()

        task.add_done_callback(landed)
        return flight

    async def _fly(
        self, key: Key, compute: Callable[[], Awaitable[Made]], mark: int
    ) -> tuple[Kept | Made, frozenset[str]]:
        try:
            async with asyncio.timeout(self._longest):
                return await self._make(key, compute, mark)
        except TimeoutError:
            raise PekenError("too_slow", "The request took too long.", status=504) from None

    async def _make(
        self, key: Key, compute: Callable[[], Awaitable[Made]], mark: int
    ) -> tuple[Kept | Made, frozenset[str]]:
        begun = self._clock()
        looked = await self.shared.look(key.digest) if self.shared else None
        if looked and looked.body is not None:
            self.counts["shared"] += 1
            return self._keep(key, looked.body, looked.tables, mark, begun + looked.seconds), looked.tables
        self.counts["computed"] += 1
        with self._rows.reading() as read:
            made = await compute()
        tables = frozenset(read)
        if made.body is None:
            return made, tables
        kept = self._keep(key, made.body, tables, mark, begun + self._seconds)
        if self.shared and looked:
            await self.shared.put(key.digest, made.body, tables, looked)
        return kept, tables

    def _keep(self, key: Key, body: bytes, tables: frozenset[str], mark: int, until: float) -> Kept:
        """The answer, kept unless it is out of date already or too large."""
        # Weak: a proxy that compresses gives other bytes for the same answer.
        tag = f'W/"{blake2b(body, digest_size=16).hexdigest()}"'
        weight = len(body) + len(key.document) + len(key.variables) + _OVERHEAD
        kept = Kept(body, tag, tables, mark, until, weight)
        if weight <= self._size and self._changes.none(tables, mark):
            before = self._kept.pop(key, None)
            self._kept[key] = kept
            self._held += weight - (before.weight if before else 0)
            while self._held > self._size:
                self._held -= self._kept.popitem(last=False)[1].weight
        return kept

    async def _changed(self, tables: frozenset[str]) -> None:
        try:
            if self.shared:
                await self.shared.changed(tables)
        finally:
            # Last: what came from Redis meanwhile may be of before the change.
            self._changes.note(tables)

    async def close(self) -> None:
        """Ends what is on its way and leaves Redis."""
        flying = [*self._flying]
        for task in flying:
            task.cancel()
        await asyncio.gather(*flying, return_exceptions=True)
        if self.shared:
            await self.shared.close()

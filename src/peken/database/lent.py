"""How a connection is lent for a statement: taken with patience that ends, watched, given back whatever happens.

Knows no driver and no pool.
"""

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Any, Protocol, TypeVar

from peken.database import trouble

_T = TypeVar("_T")


class Lent:
    """A connection for one statement: taken with patience that ends, given back whatever happens.

    Every statement passes here, so this is where it is seen which tables are read and written.
    """

    __slots__ = ("client", "connection", "take", "written")

    def __init__(self, client: Any, take: "Taking") -> None:
        self.client = client
        self.take = take
        self.written: frozenset[str] = frozenset()

    async def __aenter__(self) -> Any:
        self.connection = await self.take.out()
        return Watched(self.connection, self.note)

    def note(self, sql: str) -> None:
        """A statement is about to be run."""
        for seen in self.client.watchers:
            seen.append(sql)
        if written := self.client.traffic.note(sql):
            self.written |= written

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self.take.back(self.connection, sound=error is None)
        finally:
            if self.written:
                # Also when it failed: a caller who is cancelled does not know what the server has done.
                await self.client.wrote(self.written)
        if error is not None and (known := trouble.running(error)) is not None:
            raise known from error


class Taking(Protocol):
    async def out(self) -> Any: ...

    async def back(self, connection: Any, *, sound: bool = False) -> None: ...


class Watched:
    """A connection that tells the text of each statement."""

    __slots__ = ("_connection", "_note")

    def __init__(self, connection: Any, note: Callable[[str], None]) -> None:
        self._connection = connection
        self._note = note

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._connection, name)
        return self._noting(found) if callable(found) else found

    def _noting(self, method: Callable[..., _T]) -> Callable[..., _T]:
        def noted(*args: Any, **kwargs: Any) -> _T:
            if args and isinstance(args[0], str):
                self._note(args[0])
            return method(*args, **kwargs)

        return noted


async def patiently(seconds: float, waiting: Callable[[], Any]) -> Any:
    """Await what `waiting` gives, or say that the database is busy."""
    try:
        async with asyncio.timeout(seconds):
            return await waiting()
    except TimeoutError:
        raise trouble.busy() from None


class OneAtATime:
    """The only connection of a transaction, or of SQLite, behind its lock."""

    def __init__(self, lock: asyncio.Lock, connection: Any, seconds: float) -> None:
        self.lock = lock
        self.connection = connection
        self.seconds = seconds

    async def out(self) -> Any:
        if self.lock.locked():
            await patiently(self.seconds, self.lock.acquire)
        else:
            await self.lock.acquire()
        return self.connection

    async def back(self, connection: Any, *, sound: bool = False) -> None:
        self.lock.release()

"""Connections that wait for who comes next beside the driver's pool; knows no statement and no transaction."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

IDLE = 60.0
"""Seconds after which a connection that nobody took goes back to the pool, which closes what lies idle for long."""


class Spares:
    """At most `most` connections, the last kept taken first. What lies here too long is given back by `give_back`."""

    def __init__(self, most: int, give_back: Callable[[Any], Awaitable[None]], idle: float = IDLE) -> None:
        self._most = most
        self._give_back = give_back
        self._idle = idle
        self._kept: deque[tuple[Any, float]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._going: set[asyncio.Task[None]] = set()
        self._closed = False

    def __len__(self) -> int:
        return len(self._kept)

    def take(self) -> Any:
        """A connection, or None."""
        return self._kept.pop()[0] if self._kept else None

    def keep(self, connection: Any) -> bool:
        """Whether it waits here; else it is for the caller to give back."""
        if self._closed or len(self._kept) >= self._most:
            return False
        loop = asyncio.get_running_loop()
        self._kept.append((connection, loop.time()))
        if self._timer is None:
            self._timer = loop.call_later(self._idle, self._age, loop)
        return True

    def _age(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        while self._kept and self._kept[0][1] + self._idle <= loop.time():
            self._give_up(self._kept.popleft()[0])
        if self._kept:
            self._timer = loop.call_at(self._kept[0][1] + self._idle, self._age, loop)

    def _give_up(self, connection: Any) -> None:
        task = asyncio.ensure_future(self._give_back(connection))
        self._going.add(task)
        task.add_done_callback(self._going.discard)

    async def close(self) -> None:
        """Gives all back, and takes none any more."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        while self._kept:
            self._give_up(self._kept.pop()[0])
        await asyncio.gather(*self._going, return_exceptions=True)

"""The life of one transaction, from BEGIN to what is told after COMMIT; knows nothing of SQL text or models."""

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any, TypeVar

from peken.database import trouble
from peken.database.clients import Pool, Unit
from peken.errors import PekenError
from peken.logs import places

_T = TypeVar("_T")
_log = logging.getLogger("peken.database")

Afterwards = Callable[[], Awaitable[None] | None]


class UnitOfWork:
    """One transaction on one connection that is given back in every case."""

    def __init__(self, pool: Pool, connection: Any, client: Unit) -> None:
        self.pool = pool
        self.connection = connection
        self.client = client
        self.running = True
        self.spoiled = False
        self.savepoints = 0
        self.afterwards: list[Afterwards] = []

    @classmethod
    async def begin(cls, pool: Pool) -> "UnitOfWork":
        """Begin on the first connection that is alive: after a restart of the server the whole pool may be dead."""
        for _ in range(pool.most):
            try:
                return await cls._begin(pool)
            except PekenError as error:
                if not trouble.connection_lost(error.__cause__):
                    raise
        return await cls._begin(pool)

    @classmethod
    async def _begin(cls, pool: Pool) -> "UnitOfWork":
        connection = await pool.out()
        try:
            client = await pool.begin(connection)
        except BaseException as error:
            await to_the_end(_give_back(pool, connection))
            if (known := trouble.running(error)) is not None:
                raise known from error
            raise
        return cls(pool, connection, client)

    async def commit(self) -> None:
        """Write; a caller who is cancelled meanwhile is told so only when the outcome is certain."""
        self.running = False
        try:
            await to_the_end(self._commit())
        finally:
            # First, so that nobody is shown what was kept before while those who follow take their time.
            await self.pool.traffic.written(self.client.written)
            if not self.spoiled:
                await _tell(self.afterwards)

    async def _commit(self) -> None:
        try:
            await self.pool.commit(self.connection)
        except BaseException as error:
            self.spoiled = True
            await _give_back(self.pool, self.connection)
            if trouble.connection_lost(error) or isinstance(error, TimeoutError):
                raise trouble.outcome_unknown() from error
            if (known := trouble.running(error)) is not None:
                raise known from error
            raise
        await self.pool.back(self.connection, sound=True)

    async def rollback(self) -> None:
        self.running = False
        await to_the_end(_give_back(self.pool, self.connection))


async def _give_back(pool: Pool, connection: Any) -> None:
    """Roll back what is open and return the connection, also when it is dead."""
    try:
        await pool.rollback(connection)
    except Exception as error:
        # The server ends the transaction of a dead connection itself.
        _log.warning("rollback failed: %s", type(error).__name__)
    finally:
        await pool.back(connection)


async def to_the_end(work: Coroutine[Any, Any, _T]) -> _T:
    """Await `work` to its end even when the caller is cancelled, then let the cancellation through."""
    loop = asyncio.get_running_loop()
    task = loop.create_task(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        over = loop.create_future()
        told = partial(_over, over)
        task.add_done_callback(told)
        try:
            await over
        except asyncio.CancelledError as error:
            task.remove_done_callback(told)
            cancelled = error
    if cancelled is not None and not task.cancelled():
        # Also where it failed: who was cancelled does not begin anew.
        raise cancelled from task.exception()
    return task.result()


def _over(over: asyncio.Future[None], task: asyncio.Task[Any]) -> None:
    if not over.done():
        over.set_result(None)


async def _tell(afterwards: list[Afterwards]) -> None:
    """The rows are written: whatever fails now is logged and changes nothing."""
    for tell in afterwards:
        try:
            answer = tell()
            if inspect.isawaitable(answer):
                await answer
        except Exception as error:
            _log.error("a call after the commit failed: %s at %s", type(error).__name__, places(error))

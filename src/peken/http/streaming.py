"""Results of one operation that come one after another, as server-sent events; knows no schema and no request.

A connection for each operation, as the protocol GraphQL over SSE has it: each result is an event `next`, the end of
them an event `complete`.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import Literal

import anyio
from starlette.types import ASGIApp, Receive, Scope, Send

from peken.http.answers import unexpected
from peken.http.limits import Limits


def stream(results: AsyncGenerator[bytes], limits: Limits, late: Callable[[], bytes]) -> ASGIApp:
    """Sends results, JSON each, as they come; a client that leaves ends them, and so does the bound of a stream.

    `late` is said then. A client that does not read for as long as a request may last is left.
    """
    # Few requests are streams, and a process that serves none starts without.
    from sse_starlette import EventSourceResponse
    from sse_starlette.sse import SendTimeoutError

    plain = {"X-Content-Type-Options": "nosniff"}
    events = _events(results, limits.stream, late)
    response = EventSourceResponse(events, headers=plain, send_timeout=limits.seconds)

    async def streamed(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await response(scope, receive, send)
        except SendTimeoutError:
            return  # nobody reads this: the server closes the connection

    return streamed


async def _events(
    results: AsyncGenerator[bytes], seconds: float, late: Callable[[], bytes]
) -> AsyncIterator[dict[str, str]]:
    finding = _Finding(results, late)
    bound = asyncio.get_running_loop().call_later(seconds, finding.end, "late")
    try:
        while (result := await finding.found.get()) is not None:
            yield {"event": "next", "data": result.decode()}
        yield {"event": "complete", "data": ""}
    finally:
        bound.cancel()
        finding.end("left")
        with anyio.CancelScope(shield=True):
            await asyncio.wait({finding.task})


class _Finding:
    """Puts results into `found` as they come, None after the last.

    In a task of its own, as the database wants it: what runs in the response itself is cancelled again and again.
    """

    def __init__(self, results: AsyncGenerator[bytes], late: Callable[[], bytes]) -> None:
        self.found = asyncio.Queue[bytes | None](1)
        self._results = results
        self._late = late
        self._ended: Literal["late", "left"] | None = None
        self.task = asyncio.create_task(self._find())

    def end(self, why: Literal["late", "left"]) -> None:
        """Ends what is under way; whatever that has to bring to its end is not cancelled a second time."""
        if self._ended is None:
            self.task.cancel()
        self._ended = why
        while why == "left" and not self.found.empty():
            # Nobody reads it, and a task may wait for room.
            self.found.get_nowait()

    async def _find(self) -> None:
        try:
            async with aclosing(self._results) as results:
                async for result in results:
                    await self._say(result)
        except (Exception, asyncio.CancelledError) as error:
            if self._ended is None:
                await self._say(unexpected(error).body)
        if self._ended == "late":
            await self._say(self._late())
        await self._say(None)

    async def _say(self, result: bytes | None) -> None:
        if self._ended != "left":
            await self.found.put(result)

"""Results of one operation that come one after another, as server-sent events; knows no schema and no request.

A connection for each operation, as the protocol GraphQL over SSE has it: each result is an event `next`, the end of
them an event `complete`.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing

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
    found = asyncio.Queue[bytes | None](1)

    async def find() -> None:
        try:
            async with aclosing(results), asyncio.timeout(seconds):
                async for result in results:
                    await found.put(result)
        except TimeoutError:
            await found.put(late())
        except (Exception, asyncio.CancelledError) as error:
            if finding.cancelling():
                raise
            await found.put(unexpected(error).body)
        await found.put(None)

    # In a task of its own, which is cancelled once and then awaited, as the database wants it: what runs in the
    # response itself is cancelled again and again.
    finding = asyncio.create_task(find())
    try:
        while (result := await found.get()) is not None:
            yield {"event": "next", "data": result.decode()}
        yield {"event": "complete", "data": ""}
    finally:
        finding.cancel()
        with anyio.CancelScope(shield=True):
            await asyncio.wait({finding})

"""Results of one operation that come one after another, as server-sent events; knows no schema and no request.

A connection for each operation, as the protocol GraphQL over SSE has it: each result is an event `next`, the end of
them an event `complete`.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Final

from starlette.types import ASGIApp

from peken.http.limits import Limits

EVENTS: Final = b"text/event-stream"


def stream(results: AsyncGenerator[bytes], limits: Limits, late: bytes) -> ASGIApp:
    """Sends results, JSON each, as they come; a client that leaves ends them, and so does the bound of a stream.

    `late` is said then. A client that does not read for as long as a request may last is left.
    """
    # Few requests are streams, and a process that serves none starts without.
    from sse_starlette import EventSourceResponse

    plain = {"X-Content-Type-Options": "nosniff"}
    return EventSourceResponse(_events(results, limits.stream, late), headers=plain, send_timeout=limits.seconds)


async def _events(results: AsyncGenerator[bytes], seconds: float, late: bytes) -> AsyncIterator[dict[str, str]]:
    until = asyncio.get_running_loop().time() + seconds
    async with aclosing(results):
        while (result := await _following(results, until, late)) is not None:
            yield {"event": "next", "data": result.decode()}
    yield {"event": "complete", "data": ""}


async def _following(results: AsyncGenerator[bytes], until: float, late: bytes) -> bytes | None:
    """The result after the last one, or that it is too late for one; None after that."""
    try:
        async with asyncio.timeout_at(until):
            return await anext(results, None)
    except TimeoutError:
        return late

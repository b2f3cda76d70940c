"""Asks an ASGI application in this process, and counts the CPU that an answer takes; knows no market.

CPU, not time: others who work on the same machine make an answer late, but hardly dearer. Of batches that take turns
the least counts, since whatever disturbs only adds.
"""

import gc
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.types import ASGIApp, Message

Work = Callable[[], Awaitable[object]]
Asking = Callable[[], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class Ask:
    """One request: a POST of a document with its variables, by the holder of a token or by anybody."""

    path: str
    document: str
    variables: Mapping[str, Any]
    token: str = ""

    @property
    def body(self) -> bytes:
        """What is sent."""
        return orjson.dumps({"query": self.document, "variables": self.variables})

    def headers(self) -> list[tuple[bytes, bytes]]:
        """As a server hands them over."""
        signed = [(b"authorization", f"Bearer {self.token}".encode())] if self.token else []
        return [
            *[(b"host", b"127.0.0.1:8000"), (b"user-agent", b"benchmarks"), (b"accept", b"application/json")],
            *[(b"content-type", b"application/json"), (b"content-length", str(len(self.body)).encode()), *signed],
        ]


class Refused(Exception):
    """The answer was no answer."""


def asking(app: ASGIApp, ask: Ask) -> Asking:
    """The request, to be made again and again; gives the body of the answer. Raises Refused."""
    scope = {
        **{"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http"},
        **{"path": ask.path, "raw_path": ask.path.encode(), "query_string": b"", "root_path": ""},
        **{"client": ("127.0.0.1", 40_000), "server": ("127.0.0.1", 8000), "headers": ask.headers()},
    }
    sent: Message = {"type": "http.request", "body": ask.body, "more_body": False}

    async def receive() -> Message:
        return sent

    async def work() -> bytes:
        told: list[Message] = []

        async def send(message: Message) -> None:
            told.append(message)

        await app(dict(scope), receive, send)
        content = b"".join(message.get("body", b"") for message in told[1:])
        if told[0]["status"] != 200 or content.startswith(b'{"errors"'):
            raise Refused(f"{ask.path}: {told[0]['status']} {content[:500].decode()}")
        return content

    return work


async def least(contenders: Mapping[str, Work], rounds: int, seconds: float) -> dict[str, float]:
    """CPU microseconds of one call of each, the least of so many batches, which last about `seconds` each."""
    sizes = {name: max(1, int(seconds / await _warm(work))) for name, work in contenders.items()}
    found = dict.fromkeys(contenders, float("inf"))
    for _ in range(rounds):
        for name, work in contenders.items():
            gc.collect()
            begun = time.process_time()
            for _ in range(sizes[name]):
                await work()
            found[name] = min(found[name], (time.process_time() - begun) / sizes[name] * 1e6)
    return found


async def quickest(work: Work, times: int) -> float:
    """Milliseconds by the clock of the fastest call: what one who asks would wait on a machine of their own."""
    await _warm(work)
    found = float("inf")
    for _ in range(times):
        begun = time.perf_counter()
        await work()
        found = min(found, (time.perf_counter() - begun) * 1000)
    return found


async def _warm(work: Work) -> float:
    """Seconds that a call takes, once everything is where it is to be: pages, plans, statements of both sides."""
    took = 1e-6
    for _ in range(3):
        begun = time.process_time()
        for _ in range(4):
            await work()
        took = max(1e-6, (time.process_time() - begun) / 4)
    return took

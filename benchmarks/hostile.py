"""What requests that are made to cost much do cost: milliseconds of each, and whether memory grows.

    python -m benchmarks.hostile

The market is asked in this process, as a server would ask it; milliseconds are processor time, the least of a few.
"""

import argparse
import asyncio
import gc
import resource
import sys
import tempfile
import time
from itertools import count
from pathlib import Path
from typing import Final

import orjson
import structlog
from starlette.types import ASGIApp, Message

from benchmarks.hostile_documents import Hostile, hostile
from peken import migrating
from peken.app import application, opened
from peken.regions import serve_cities
from peken.settings import CacheSettings, CitySettings, Settings

MOST: Final = 100
"""Milliseconds that one of them may cost."""
TIMES: Final = 3
_ASKED: Final = count()


def main() -> int:
    """The command: 1 if something costs too much."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hostile", description=__doc__)
    parser.add_argument("--only", default="", help="those whose names hold this")
    wanted = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(measured(Path(folder), wanted.only))


async def measured(folder: Path, only: str) -> int:
    """Asks all of them, and then all of them again."""
    settings = Settings(
        database_url=f"sqlite:///{folder}/market.sqlite3",
        cities=(CitySettings(code="35.73", name="Malang"),),
        cache=CacheSettings(memory_bytes=0),
    )
    chosen = [each for each in hostile(settings.limits.tokens) if only in each.name]
    async with opened(settings) as market:
        await migrating.migrate(market.database)
        await serve_cities(market)
        app = application(market)
        slow = [each.name for each in chosen if await _told(app, each) > MOST]
        before = _memory()
        for _ in range(TIMES):
            for each in chosen:
                await asked(app, each)
        gc.collect()
        _say(f"memory: {before} MiB at most after all of them, {_memory()} MiB after {TIMES} more rounds")
    _say(f"more than {MOST} ms: {', '.join(slow) or 'none'}")
    return 1 if slow else 0


async def _told(app: ASGIApp, each: Hostile) -> float:
    spent, said = float("inf"), b""
    for _ in range(TIMES):
        begun = time.process_time()
        said = await asked(app, each)
        spent = min(spent, (time.process_time() - begun) * 1_000)
    found = orjson.loads(said)
    codes = {error.get("extensions", {}).get("code", "?") for error in found.get("errors", [])} or {"answered"}
    _say(
        f"{spent:8.1f} ms  {each.name:45} {len(each.query):7} characters  {', '.join(sorted(codes))}, {len(said)} bytes"
    )
    return spent


async def asked(app: ASGIApp, each: Hostile) -> bytes:
    """The body of the answer."""
    # A document that was asked before would be known.
    query = each.query + " " * next(_ASKED)
    body = orjson.dumps({"query": query, "operationName": each.operation, "variables": each.variables})
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/json"), (b"accept", b"application/graphql-response+json")]
    scope = {
        **{"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http"},
        **{"path": "/graphql", "raw_path": b"/graphql", "query_string": b"", "root_path": "", "headers": headers},
        **{"client": ("127.0.0.1", 40_000), "server": ("127.0.0.1", 8000)},
    }
    await app(scope, receive, send)
    return b"".join(message.get("body", b"") for message in sent[1:])


def _memory() -> int:
    """The most memory this process ever had, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - a command's answer


if __name__ == "__main__":
    sys.exit(main())

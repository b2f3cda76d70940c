"""The same over HTTP: one served process, connections kept alive, and what the process spends; loads no rows."""

import asyncio
import json
import os
import socket
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

from benchmarks import asked, bulk
from benchmarks.driving import Ask
from benchmarks.market import Measured, environment

CONNECTIONS: Final = 16
SECONDS: Final = 1.5
_TICK: Final = os.sysconf("SC_CLK_TCK")


class _Client(asyncio.Protocol):
    """Sends one request after another; counts answers, and looks at nothing but their status and length."""

    def __init__(self, request: bytes) -> None:
        self._request, self._left, self._head = request, 0, b""
        self.answers, self.failed = 0, 0
        self.over = False

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        if not self._left:
            self._head += data
            end = self._head.find(b"\r\n\r\n")
            if end < 0:
                return
            at = self._head.lower().index(b"content-length:") + 15
            self._left = int(self._head[at : self._head.index(b"\r\n", at)])
            self.failed += not self._head.startswith(b"HTTP/1.1 200")
            data, self._head = self._head[end + 4 :], b""
        self._left -= len(data)
        if not self._left:
            self.answers += 1
            if not self.over:
                self._transport.write(self._request)


async def measured(measured: Measured, rounds: int, tell: Callable[[str], None]) -> dict[str, dict[str, float]]:
    """Requests a second and CPU microseconds of each way to be asked, the best of a few rounds in turns."""
    own, found = environment(measured), dict[str, dict[str, float]]()
    hand = {"BY_HAND_URL": measured.url, "BY_HAND_AUTH": json.dumps({"jwks": own["PEKEN_AUTH__JWKS"]})}
    peken = ["-m", "peken.cli", "serve", "--fd"]
    plain = ["-m", "benchmarks.by_hand"]
    async with (
        _serving(peken, own | {"PEKEN_CACHE__MEMORY_BYTES": "0"}) as market,
        _serving(peken, own) as cached,
        _serving(plain, own | hand) as by_hand,
    ):
        token = measured.buyer()
        variables = {"city": bulk.CITY}
        asks = {
            "by hand, signed in": (by_hand, Ask("/list", asked.LIST, variables, token)),
            "by hand, anonymous": (by_hand, Ask("/list", asked.LIST, variables)),
            "market, signed in": (market, Ask("/graphql", asked.LIST, variables, token)),
            "market, anonymous": (market, Ask("/graphql", asked.LIST, variables)),
            "market, signed in, from cache": (cached, Ask("/graphql", asked.LIST, variables, token)),
            "market, anonymous, from cache": (cached, Ask("/graphql", asked.LIST, variables)),
        }
        for _ in range(max(1, rounds // 4)):
            for name, (server, ask) in asks.items():
                rate, spent = await loaded(*server, ask, SECONDS if rounds > 1 else 0.2)
                best = found.setdefault(name, {"rate": 0.0, "spent": float("inf")})
                best["rate"], best["spent"] = max(best["rate"], rate), min(best["spent"], spent)
        for name, best in found.items():
            tell(f"HTTP, {name}: {best['rate']:,.0f} a second")
    return found


def lines(found: Mapping[str, Mapping[str, Mapping[str, float]]]) -> list[str]:
    """Markdown; nothing where nothing was measured."""
    if not found:
        return []
    told = [
        *("", f"The list over HTTP, one process, {CONNECTIONS} connections kept alive:", ""),
        "| | " + " | ".join(f"{engine}, requests/s | CPU µs | of R0's speed" for engine in found) + " |",
        "| --- |" + " ---: |" * (3 * len(found)),
    ]
    for name in next(iter(found.values())):
        beside = f"by hand, {'signed in' if 'signed in' in name else 'anonymous'}"
        cells = [
            f"{row['rate']:,.0f} | {row['spent']:,.0f} | {rows[beside]['spent'] / row['spent']:.2f}"
            for rows, row in ((rows, rows[name]) for rows in found.values())
        ]
        told.append(f"| {name} | {' | '.join(cells)} |")
    return told


async def loaded(port: int, pid: int, ask: Ask, seconds: float) -> tuple[float, float]:
    """Requests a second, and what one costs the server in CPU microseconds. Raises RuntimeError if any failed."""
    head = b"".join(name + b": " + value + b"\r\n" for name, value in ask.headers())
    request = b"POST " + ask.path.encode() + b" HTTP/1.1\r\n" + head + b"\r\n" + ask.body
    loop = asyncio.get_running_loop()
    pairs = [await loop.create_connection(lambda: _Client(request), "127.0.0.1", port) for _ in range(CONNECTIONS)]
    clients = [client for _, client in pairs]
    await asyncio.sleep(seconds / 4)
    before, spent, begun = sum(client.answers for client in clients), cpu(pid), loop.time()
    answers = 0
    async with asyncio.timeout(60):
        while not answers:
            await asyncio.sleep(seconds)
            answers = sum(client.answers for client in clients) - before
    took = loop.time() - begun
    spent = cpu(pid) - spent
    for transport, client in pairs:
        client.over = True
        transport.close()
    if any(client.failed for client in clients):
        raise RuntimeError(f"{ask.path} was not answered as it should be")
    return answers / took, spent / answers * 1e6


def cpu(pid: int) -> float:
    """CPU seconds of a process until now, its threads included."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


@asynccontextmanager
async def _serving(words: list[str], env: dict[str, str]) -> AsyncIterator[tuple[int, int]]:
    """The port and the process of a server that answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listener:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, *words, str(listener.fileno())),
            env=env,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            pass_fds=[listener.fileno()],
        )
        try:
            # The socket listens already: who connects is answered as soon as somebody does.
            port = listener.getsockname()[1]
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n")
            async with asyncio.timeout(120):
                if not await reader.readline():
                    raise RuntimeError("the server ended")
            writer.close()
            yield port, process.pid
        finally:
            process.terminate()
            await process.wait()

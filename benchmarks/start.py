"""How long `peken serve` takes to its first answer, and how much memory it holds, idle and under load.

python -m benchmarks.start
python -m benchmarks.start --engine postgres --json start.json
"""

import asyncio
import json
import socket
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Final, Literal

import typer

from benchmarks import asked, bulk, wire
from benchmarks.driving import Ask
from benchmarks.market import ENGINES, Engine, Measured, environment, filled

BARS: Final = {
    "first answer, s": 1.5,
    "CPU until then, s": None,
    "memory idle, MiB": 120.0,
    "memory under load, MiB": None,
}
_PLAIN: Final = "{ products(first: 1) { nodes { name } } }"


def main(
    engine: Annotated[Literal["sqlite", "postgres", "both"], typer.Option(help="Of which database.")] = "both",
    json_file: Annotated[Path | None, typer.Option("--json", help="Where the figures go as JSON.")] = None,
    server: Annotated[str, typer.Option(help="A PostgreSQL on which databases may be made; else one is found.")] = "",
    starts: Annotated[int, typer.Option(help="How often it is started; the quickest counts.", min=1)] = 5,
    seconds: Annotated[float, typer.Option(help="How long it is under load.")] = 10,
    products: Annotated[int, typer.Option(help="Products in the market.")] = 10_000,
) -> None:
    """Print the figures beside their bars."""
    engines = ENGINES if engine == "both" else (engine,)
    size = bulk.Size(products, orders=products)
    found: dict[str, dict[str, float]] = {}
    for each in engines:
        found[each] = asyncio.run(_measured(each, size, server, starts, seconds))
    if json_file:
        json_file.write_text(json.dumps(found, indent=1) + "\n")
    typer.echo(table(found))


def table(found: dict[str, dict[str, float]]) -> str:
    """Markdown."""
    told = ["| | " + " | ".join(found) + " | at most |", "| --- |" + " ---: |" * (len(found) + 1)]
    for name, bar in BARS.items():
        cells = " | ".join(
            f"{figures[name]:,.2f}" if name.endswith(", s") else f"{figures[name]:,.0f}" for figures in found.values()
        )
        told.append(f"| {name} | {cells} | {'' if bar is None else f'{bar:g}'} |")
    return "\n".join(told)


async def _measured(engine: Engine, size: bulk.Size, server: str, starts: int, seconds: float) -> dict[str, float]:
    async with filled(engine, size, server) as measured:
        with TemporaryDirectory() as bytecode:
            told = _installed(environment(measured), bytecode)
            # The very first start writes the bytecode, and so is not among the quickest.
            first = [await _first_answer(told) for _ in range(1 + starts)]
            loaded = await _under_load(measured, told, seconds)
    return dict(zip(BARS, (*map(min, zip(*first, strict=True)), loaded), strict=True))


def _installed(told: dict[str, str], bytecode: str) -> dict[str, str]:
    """The environment of a package that an installer has left with its bytecode, as pip does; a checkout has none."""
    return {name: value for name, value in told.items() if name != "PYTHONDONTWRITEBYTECODE"} | {
        "PYTHONPYCACHEPREFIX": bytecode
    }


async def _first_answer(told: dict[str, str]) -> tuple[float, float, float]:
    """Seconds until a query is answered, by the clock and of CPU, and MiB once it is."""
    process, port, begun = await _started(told)
    try:
        await _answered(port)
        return time.perf_counter() - begun, wire.cpu(process.pid), memory(process.pid)
    finally:
        process.terminate()
        await process.wait()


async def _under_load(measured: Measured, told: dict[str, str], seconds: float) -> float:
    """The most MiB it ever held while lists, details, searches and orders of vendors were read."""
    process, port, _ = await _started(told)
    try:
        await _answered(port)
        token, city = measured.buyer(), {"city": bulk.CITY}
        asks = [
            Ask("/graphql", asked.LIST, city, token),
            Ask("/graphql", asked.NESTED, city, token),
            Ask("/graphql", asked.SEARCH, {**city, "words": "beras"}),
            Ask("/graphql", asked.LIST, city),
        ]
        for ask in asks:
            await wire.loaded(port, process.pid, ask, seconds / len(asks))
        return memory(process.pid, most=True)
    finally:
        process.terminate()
        await process.wait()


async def _started(told: dict[str, str]) -> tuple[asyncio.subprocess.Process, int, float]:
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listener:
        begun = time.perf_counter()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "peken.cli", "serve", "--fd", str(listener.fileno())),
            env=told,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            pass_fds=[listener.fileno()],
        )
        return process, int(listener.getsockname()[1]), begun


async def _answered(port: int) -> Any:
    """The first answer, however long it takes: the socket listens before anybody serves."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body = json.dumps({"query": _PLAIN}).encode()
    head = f"POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {len(body)}"
    writer.write(f"{head}\r\n\r\n".encode() + body)
    async with asyncio.timeout(120):
        line = await reader.readline()
    writer.close()
    if b" 200 " not in line:
        raise RuntimeError(f"the market answered {line.decode()}")


def memory(pid: int, *, most: bool = False) -> float:
    """MiB of a process that are its own or that it shares; now, or the most it ever held."""
    name = "VmHWM" if most else "VmRSS"
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{name}:"))


if __name__ == "__main__":
    typer.run(main)

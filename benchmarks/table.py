"""The table of what a request costs, as a ratio of the same answer written by hand and of a newcomer's.

    python -m benchmarks.table
    python -m benchmarks.table --engine sqlite --rows list,detail --json figures.json

Makes a market in a database of its own, asks it in this process and over HTTP, and drops it. docs/performance.md says
how, and how to read it.
"""

import json
import os
import platform
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import typer
import uvloop

from benchmarks import bulk, by_hand, plugins, wire
from benchmarks.driving import least, quickest
from benchmarks.market import ENGINES, Engine, filled
from benchmarks.rows import BARS, HAND, MARKET, NEWCOMER, Rows
from peken import logs

HTTP: Final = "http"
Results = dict[str, dict[str, Any]]


def main(
    engine: Annotated[Literal["sqlite", "postgres", "both"], typer.Option(help="Of which database.")] = "both",
    rows: Annotated[str, typer.Option(help=f"Of {', '.join((*BARS, HTTP))}, with commas; all unless told.")] = "",
    json_file: Annotated[Path | None, typer.Option("--json", help="Where the figures go as JSON.")] = None,
    server: Annotated[str, typer.Option(help="A PostgreSQL on which databases may be made; else one is found.")] = "",
    products: Annotated[int, typer.Option(help="Products; a fifth as many shops, ten times as many orders.")] = 10_000,
    people: Annotated[int, typer.Option(help="Civil servants who owe something.")] = 1_000_000,
    rounds: Annotated[int, typer.Option(help="Batches of each, in turns.", min=1)] = 8,
    seconds: Annotated[float, typer.Option(help="How long a batch lasts, about.")] = 0.2,
) -> None:
    """Measure, and print the table. Ends with status 1 where two answers differ."""
    chosen = rows.split(",") if rows else [*BARS, HTTP]
    if unknown := set(chosen) - {*BARS, HTTP}:
        raise typer.BadParameter(f"no such row: {', '.join(sorted(unknown))}", param_hint="--rows")
    engines = ENGINES if engine == "both" else (engine,)
    size = bulk.Size(products, orders=10 * products, people=people)
    # Each in a process of its own: what one leaves behind is no burden to the other.
    with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as apart:
        how = (size, chosen, server, rounds, seconds)
        found: dict[str, Results] = {each: apart.submit(_run, each, *how).result() for each in engines}
    told = {"made": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC", "machine": machine(), "engines": found}
    if json_file:
        json_file.write_text(json.dumps(told, indent=1) + "\n")
    typer.echo(table(found))


def _run(engine: Engine, *how: Any) -> Results:
    with plugins.installed(), Path(os.devnull).open("w") as nowhere:
        logs.configure(stream=nowhere)
        by_hand.write_to(nowhere)
        return uvloop.run(_measured(engine, *how))


async def _measured(
    engine: Engine, size: bulk.Size, chosen: list[str], server: str, rounds: int, seconds: float
) -> Results:
    found: Results = {}
    begun = time.perf_counter()

    def tell(what: str) -> None:
        typer.echo(f"[{time.perf_counter() - begun:5.0f} s] {engine}: {what}", err=True)

    tell(f"{size.products:,} products, {size.orders:,} orders, {size.people:,} people are written")
    async with filled(engine, size, server) as measured, AsyncExitStack() as stack:
        lines = Rows(measured, engine, stack)
        for name in (name for name in BARS if name in chosen):
            works = await lines.of(name)
            found[name] = dict(await least(works, rounds, seconds))
            if BARS[name].unit == "ms":
                found[name]["ms"] = await quickest(works[MARKET], 20 * rounds)
            tell(f"{BARS[name].title}: {told(name, found[name])}")
        if HTTP in chosen:
            found[HTTP] = await wire.measured(measured, rounds, tell)
    return found


def figure(name: str, found: dict[str, float]) -> float:
    """What of a row is held to its bar."""
    if BARS[name].unit == "ms":
        return found["ms"]
    return found[NEWCOMER if BARS[name].unit == "times" else HAND] / found[MARKET]


def told(name: str, found: dict[str, float]) -> str:
    """The same to be read."""
    value = figure(name, found)
    return f"{value:.2f} ms" if BARS[name].unit == "ms" else f"{value:.2f}" if value < 10 else f"{value:.1f}"


def verdict(name: str, found: dict[str, float]) -> str:
    """How a row stands to its bar."""
    value, bar = figure(name, found), BARS[name]
    sign = -1 if bar.unit == "ms" else 1
    return "aim" if sign * value >= sign * bar.aim else "yes" if sign * value >= sign * bar.least else "**no**"


def table(found: dict[str, Results]) -> str:
    """Markdown."""
    lines = [
        "| row | engine | market, µs | R0 or R1, µs | figure | at least | aim | reached |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |",
    ]
    for name, bar in BARS.items():
        for engine, rows in found.items():
            if name not in rows:
                continue
            row, ms = rows[name], " ms" if bar.unit == "ms" else ""
            other = row.get(HAND, row.get(NEWCOMER))
            beside = "" if other is None else f"{other:,.0f}"
            lines.append(
                f"| {bar.title} | {engine} | {row[MARKET]:,.0f} | {beside} | {told(name, row)} "
                f"| {bar.least:g}{ms} | {bar.aim:g}{ms} | {verdict(name, row)} |"
            )
    return "\n".join([*lines, *wire.lines({engine: rows[HTTP] for engine, rows in found.items() if HTTP in rows})])


def machine() -> str:
    """On what it ran, and how busy that was."""
    model = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        platform.processor(),
    )
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    return f"{os.cpu_count()} cores of {model}, Python {platform.python_version()}, load {load}"


if __name__ == "__main__":
    typer.run(main)

"""Whether lists, deep pages, searches and details cost the same in a market a hundred times as large.

    nice python -m benchmarks.growth --json growth.json
    nice python -m benchmarks.growth --engine sqlite --sizes 10000,100000

As many orders and civil servants as products. Each size is a database of its own, gone afterwards; the largest takes
some 4 GB and, on two busy cores, some ten minutes.
"""

import base64
import json
import os
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import orjson
import typer
import uvloop

from benchmarks import asked, bulk
from benchmarks.driving import Ask, asking, least, quickest
from benchmarks.market import ENGINES, QUOTA, Engine, Measured, filled
from peken import logs
from peken.ids import to_global

Figures = dict[str, dict[str, float]]
WORDS: Final = {
    "a rare word": bulk.brand(7),
    "a common word": "goreng",
    "two words": "beras putih",
    "a prefix": "ber",
}
"""A brand is on some 30 products; "goreng" on 8 of 100, "beras" and "putih" on 2, what begins with "ber" on 19."""


def main(
    engine: Annotated[Literal["sqlite", "postgres", "both"], typer.Option(help="Of which database.")] = "both",
    sizes: Annotated[str, typer.Option(help="Products, with commas.")] = "10000,100000,1000000",
    json_file: Annotated[Path | None, typer.Option("--json", help="Where the figures go as JSON.")] = None,
    server: Annotated[str, typer.Option(help="A PostgreSQL on which databases may be made; else one is found.")] = "",
    rounds: Annotated[int, typer.Option(help="How often each is asked, times four.", min=1)] = 10,
) -> None:
    """Print milliseconds by the clock, the least of all; and the CPU of this process beside them in the JSON."""
    found: dict[str, dict[str, Figures]] = {}
    for each in ENGINES if engine == "both" else (engine,):
        for size in map(int, sizes.split(",")):
            with ProcessPoolExecutor(1, get_context("spawn")) as apart:
                figures = apart.submit(_run, each, size, server, rounds).result()
            found.setdefault(each, {})[str(size)] = figures
            typer.echo(f"{each}, {size:,} products: measured", err=True)
            if json_file:
                json_file.write_text(json.dumps(found, indent=1) + "\n")
    typer.echo(table(found))


def _run(engine: Engine, size: int, server: str, rounds: int) -> Figures:
    with Path(os.devnull).open("w") as nowhere:
        logs.configure(stream=nowhere)
        return uvloop.run(_measured(engine, bulk.Size(size, orders=size, people=size), server, rounds))


async def _measured(engine: Engine, size: bulk.Size, server: str, rounds: int) -> Figures:
    async with filled(engine, size, server) as measured:
        app = await measured.app([QUOTA])
        found: Figures = {}
        for name, ask in asks(measured).items():
            work = asking(app, ask)
            cpu = await least({"market": work}, max(1, rounds // 4), 0.1)
            found[name] = {"ms": await quickest(work, 4 * rounds), "cpu": cpu["market"] / 1000}
        return found


def asks(measured: Measured) -> Mapping[str, Ask]:
    """What is asked, by name."""
    size, token, city = measured.size, measured.buyer(), {"city": bulk.CITY}
    hall = measured.token("city_hall")
    middle = size.products // 2
    deep = {
        "products.newest": (bulk.moment(middle), bulk.key("product", middle)),
        "orders.newest": (bulk.moment(size.orders // 2), bulk.key("orders", size.orders // 2)),
    }
    after = {tag: cursor(tag, value.isoformat(), key) for tag, (value, key) in deep.items()}
    number = {"id": to_global("Product", bulk.key("product", middle))}
    return {
        "list, by name": Ask("/graphql", asked.LIST, city, token),
        "list, newest first": Ask("/graphql", asked.PAGE, city, token),
        "the same, in the middle": Ask("/graphql", asked.PAGE, {**city, "after": after["products.newest"]}, token),
        "detail": Ask("/graphql", asked.DETAIL, number, token),
        **{f"search, {name}": Ask("/graphql", asked.SEARCH, {**city, "words": words}) for name, words in WORDS.items()},
        "orders of the city": Ask("/graphql", asked.ORDERS, {}, hall),
        "the same, in the middle of them": Ask("/graphql", asked.ORDERS, {"after": after["orders.newest"]}, hall),
        "obligation list": Ask("/graphql", asked.STANDINGS, {"rule": bulk.RULE}, hall),
    }


def cursor(tag: str, value: Any, key: str) -> str:
    """The mark of a row in a list."""
    return base64.urlsafe_b64encode(orjson.dumps([tag, value, key])).decode().rstrip("=")


def table(found: dict[str, dict[str, Figures]]) -> str:
    """Markdown."""
    columns = [(engine, size, figures) for engine, sizes in found.items() for size, figures in sizes.items()]
    told = [
        "| least, ms | " + " | ".join(f"{engine}, {int(size):,}" for engine, size, _ in columns) + " |",
        "| --- |" + " ---: |" * len(columns),
    ]
    for name in columns[0][2]:
        told.append(f"| {name} | " + " | ".join(f"{figures[name]['ms']:,.1f}" for *_, figures in columns) + " |")
    return "\n".join(told)


if __name__ == "__main__":
    typer.run(main)

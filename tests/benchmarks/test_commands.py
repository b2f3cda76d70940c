"""Each benchmark runs, at a tiny size, and compares answers that are the same; nothing here is timed."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from benchmarks import bulk, plugins, report
from benchmarks.market import Engine, filled
from benchmarks.rows import BARS, MARKET, Rows

from peken.servers import ServerNotFoundError, postgres_server, required

ROOT = Path(__file__).parent.parent.parent
TINY = bulk.Size(products=150, orders=60, people=90)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest) -> Iterator[tuple[Engine, str]]:
    """An engine, and the address of its server."""
    if request.param == "sqlite":
        yield "sqlite", ""
        return
    try:
        with postgres_server() as url:
            yield "postgres", url
    except ServerNotFoundError as error:
        if required("postgres"):
            raise
        pytest.skip(str(error))


def ran(command: str, *words: str) -> str:
    """What a command prints; an error with all it said where it fails."""
    line = [sys.executable, "-m", f"benchmarks.{command}", "--engine", "sqlite", *words]
    done = subprocess.run(line, check=False, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


async def test_each_row_is_answered_alike_by_all_who_are_compared(place: tuple[Engine, str]) -> None:
    engine, server = place
    reads = set(BARS) - {"order", "newcomer", "standings", "balances"}

    with plugins.installed():
        async with filled(engine, TINY, server) as measured, AsyncExitStack() as stack:
            rows = Rows(measured, engine, stack)
            answers = {name: [await work() for work in (await rows.of(name)).values()] for name in reads}
            # Compared while they are made: rows that were written, and data without the cost of a document.
            others = {name: list(await rows.of(name)) for name in set(BARS) - reads}

    assert {name: len(set(given)) for name, given in answers.items()} == dict.fromkeys(reads, 1)
    assert {name: len(given) for name, given in answers.items()} == dict.fromkeys(reads, 2)
    assert {name: names[0] for name, names in others.items()} == dict.fromkeys(others, MARKET)


def test_the_table_is_printed_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "table.json"
    tiny = ("--products", "150", "--people", "90", "--rounds", "1", "--seconds", "0.01")

    printed = ran("table", "--rows", "list,standings,http", *tiny, "--json", str(file))

    rows = json.loads(file.read_text())["engines"]["sqlite"]
    assert set(rows) == {"list", "standings", "http"}
    assert all(figure["rate"] > 0 for figure in rows["http"].values())
    assert BARS["list"].title in printed


def test_growth_is_printed_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "growth.json"

    printed = ran("growth", "--sizes", "150", "--rounds", "1", "--json", str(file))

    kept = json.loads(file.read_text())["sqlite"]
    assert list(kept) == ["150"]
    assert set(kept["150"]) == {line.split(" | ")[0].removeprefix("| ") for line in printed.splitlines()[2:]}


def test_start_and_memory_are_printed_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "start.json"

    printed = ran("start", "--starts", "1", "--seconds", "1", "--products", "150", "--json", str(file))

    kept = json.loads(file.read_text())["sqlite"]
    assert kept["memory under load, MiB"] >= kept["memory idle, MiB"] > 0
    assert "first answer" in printed


def test_a_report_brings_page_and_picture_to_the_figures(tmp_path: Path) -> None:
    figures = {"market": 200.0, "by hand": 100.0}
    kept = {"made": "a day", "machine": "a machine", "engines": {"sqlite": {"list": figures, "detail": figures}}}
    (tmp_path / "table.json").write_text(json.dumps(kept))
    page, picture = tmp_path / "page.md", tmp_path / "picture.svg"
    marks = [f"<!-- {end}{name} -->" for name in ("table", "growth", "start") for end in ("", "end of ")]
    page.write_text("\n".join(["before", *marks, "after"]))

    for _ in range(2):
        report.main(tmp_path, page, picture)

    told = page.read_text()
    assert told.startswith("before\n<!-- table -->\na day, a machine.")
    assert told.count("| list of 20 products with vendor | sqlite | 200 | 100 | 0.50 | 0.8 | 0.95 | **no** |") == 1
    assert "Short of their bars: list of 20 products with vendor (sqlite): 0.50 of 0.8; detail" in told
    assert told.endswith("<!-- growth -->\n<!-- end of growth -->\n<!-- start -->\n<!-- end of start -->\nafter")
    assert picture.read_text().count("0.62") == 2


def test_a_report_has_places_on_its_own_page() -> None:
    page = (ROOT / "docs" / "performance.md").read_text()

    written = [report.filled(page, name, "told") for name in ("table", "growth", "start")]

    assert all("told" in each for each in written)
    with pytest.raises(ValueError, match="no place for weather"):
        report.filled(page, "weather", "told")

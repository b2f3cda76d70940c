"""Brings docs/performance.md and its picture to the figures in benchmarks/results; measures nothing.

python -m benchmarks.table --json benchmarks/results/table.json
python -m benchmarks.growth --json benchmarks/results/growth.json
python -m benchmarks.start --json benchmarks/results/start.json
python -m benchmarks.report
"""

import json
import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from benchmarks import growth, start, table
from benchmarks.rows import BARS

ROOT: Final = Path(__file__).parent.parent
_COLOURS: Final = {"sqlite": "#7a9e9f", "postgres": "#33658a"}
_LOW, _HIGH = 0.02, 20.0


def main(
    results: Annotated[Path, typer.Option(help="Folder of the figures.")] = ROOT / "benchmarks" / "results",
    page: Annotated[Path, typer.Option(help="The page whose tables are written.")] = ROOT / "docs" / "performance.md",
    picture: Annotated[Path, typer.Option(help="Where the picture goes.")] = ROOT
    / "docs"
    / "images"
    / "performance.svg",
) -> None:
    """Write what there are figures of, and leave the rest as it is."""
    text = page.read_text()
    for name, told in _PARTS.items():
        file = results / f"{name}.json"
        if file.exists():
            text = filled(text, name, told(json.loads(file.read_text())))
            typer.echo(f"{name}: written")
    page.write_text(text)
    if (results / "table.json").exists():
        picture.write_text(drawn(json.loads((results / "table.json").read_text())["engines"]))


def filled(text: str, name: str, told: str) -> str:
    """A page with what stands between the marks of `name` replaced. Raises ValueError where there are no such marks."""
    marks = f"<!-- {name} -->", f"<!-- end of {name} -->"
    if text.count(marks[0]) != 1 or text.count(marks[1]) != 1:
        raise ValueError(f"the page has no place for {name}")
    pattern = f"{re.escape(marks[0])}.*{re.escape(marks[1])}"
    return re.sub(pattern, lambda _: f"{marks[0]}\n{told}\n{marks[1]}", text, flags=re.DOTALL)


def _table(told: dict[str, Any]) -> str:
    engines = told["engines"]
    short = [
        f"{bar.title} ({engine}): {table.told(name, rows[name])} of {bar.least:g}"
        for name, bar in BARS.items()
        for engine, rows in engines.items()
        if name in rows and table.verdict(name, rows[name]) == "**no**"
    ]
    missed = "Every row reaches its bar." if not short else "Short of their bars: " + "; ".join(short) + "."
    return f"{told['made']}, {told['machine']}.\n\n{table.table(engines)}\n\n{missed}"


_PARTS: Final[dict[str, Callable[[Any], str]]] = {"table": _table, "growth": growth.table, "start": start.table}


def drawn(engines: dict[str, table.Results]) -> str:
    """How far each row is above or below its bar, on a scale of tens."""
    lines = [
        (f"{bar.title}, {engine}", engine, _beside(name, rows[name]), _aim(name))
        for name, bar in BARS.items()
        for engine, rows in engines.items()
        if name in rows
    ]
    height = 22 * len(lines) + 70
    return "\n".join([_HEAD.format(height=height), *_scale(height), *_bars(lines), "</svg>", ""])


def _beside(name: str, row: dict[str, float]) -> float:
    value, bar = table.figure(name, row), BARS[name]
    return bar.least / value if bar.unit == "ms" else value / bar.least


def _aim(name: str) -> float:
    bar = BARS[name]
    return bar.least / bar.aim if bar.unit == "ms" else bar.aim / bar.least


_HEAD: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 860 {height}" font-family="sans-serif" font-size="12">\n'
    '<rect width="100%" height="100%" fill="#fff"/>\n'
    '<text x="16" y="24" font-size="15">Speed beside the bar of each row: 1 reaches it, the tick is the aim</text>'
)


def _x(value: float) -> float:
    along = math.log(min(max(value, _LOW), _HIGH) / _LOW) / math.log(_HIGH / _LOW)
    return 330 + 500 * along


def _scale(height: int) -> Iterator[str]:
    for value in (0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20):
        colour = "#b23a48" if value == 1 else "#ddd"
        yield f'<line x1="{_x(value):.0f}" x2="{_x(value):.0f}" y1="40" y2="{height - 26}" stroke="{colour}"/>'
        yield f'<text x="{_x(value):.0f}" y="{height - 10}" text-anchor="middle">{value:g}</text>'


def _bars(lines: list[tuple[str, str, float, float]]) -> Iterator[str]:
    for number, (title, engine, value, aim) in enumerate(lines):
        y = 46 + 22 * number
        yield f'<text x="320" y="{y + 12}" text-anchor="end">{title}</text>'
        width = max(1.0, _x(value) - _x(_LOW))
        yield f'<rect x="{_x(_LOW):.0f}" y="{y}" width="{width:.0f}" height="15" fill="{_COLOURS[engine]}"/>'
        yield f'<line x1="{_x(aim):.0f}" x2="{_x(aim):.0f}" y1="{y - 1}" y2="{y + 16}" stroke="#222" stroke-width="2"/>'
        yield f'<text x="{_x(value) + 4:.0f}" y="{y + 12}">{value:.2f}</text>'


if __name__ == "__main__":
    typer.run(main)

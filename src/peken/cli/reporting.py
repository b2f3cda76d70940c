"""Prints the report of a replay as tables; counts nothing itself."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import orjson
from rich.console import Console
from rich.table import Table

from peken.errors import PekenError
from peken.money import Rupiah, rupiah_text
from peken.replay import CapOutcome, ObligationOutcome, Report, Sum

_WORDS: Final = ("", "reason", "window", "who", "subject", "step")
"""Columns of words, which may wrap; figures stand to the right."""

_NAMED: Final = 6
"""So many names fit into a table; `--report` writes all."""


def show(report: Report) -> None:
    """Prints sums, reasons, every obligation and every cap, to stdout."""
    # No narrower than this where the output is no terminal, so that a file of it can be read.
    console = Console() if Console().is_terminal else Console(width=140)
    console.print(
        f"\n{report.city}: {report.first} to {report.last}, moved by {report.weeks} weeks; "
        f"{report.baskets} baskets, {report.purchases} purchases"
    )
    for table in (_sums(report), _reasons(report), *_rules(report), _seconds(report)):
        console.print(table)


def write(report: Report, file: Path) -> None:
    """Writes all of the report as JSON: also every name, and every line that was not bought with its reason."""
    try:
        file.write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2))
    except OSError as error:
        raise PekenError("bad_file", "{file}: {what}", file=file, what=error.strerror) from None


def _sums(report: Report) -> Table:
    rows = [
        ("placed", report.placed),
        ("refused", report.refused),
        ("rejected", report.rejected),
        ("the file's own sum", report.control),
    ]
    balanced = "adds up to the Rupiah" if report.balanced else "DOES NOT ADD UP"
    return _table(f"Lines: {balanced}", ("", "lines", "Rupiah"), (_sum(name, found) for name, found in rows))


def _reasons(report: Report) -> Table:
    ordered = sorted(report.reasons.items(), key=lambda pair: -pair[1].amount)
    return _table("Why lines were not bought", ("reason", "lines", "Rupiah"), (_sum(*pair) for pair in ordered))


def _rules(report: Report) -> Iterator[Table]:
    for obligation in report.obligations:
        yield _obligation(obligation)
    for cap in report.caps:
        yield _cap(cap)


def _obligation(outcome: ObligationOutcome) -> Table:
    return _table(
        f"{outcome.title or outcome.rule} ({outcome.rule}): who met it",
        ("window", "owed by", "met by", f"counted ({outcome.unit})", "who"),
        (
            (
                each.window,
                str(each.owed),
                str(each.met),
                _amount(each.counted, outcome.unit),
                _names(each.met_by),
            )
            for each in outcome.windows
        ),
    )


def _names(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _cap(outcome: CapOutcome) -> Table:
    return _table(
        f"{outcome.title or outcome.rule} ({outcome.rule}): what closed, and when",
        ("subject", "window", "first refused (UTC)", "refusals", "Rupiah refused"),
        (
            (
                each.subject,
                each.window,
                f"{each.first:%Y-%m-%d %H:%M}",
                str(each.refused),
                _amount(each.amount, "rupiah"),
            )
            for each in outcome.closings
        ),
    )


def _seconds(report: Report) -> Table:
    return _table("Time", ("step", "seconds"), ((step, f"{spent:.1f}") for step, spent in report.seconds.items()))


def _sum(name: str, found: Sum) -> tuple[str, str, str]:
    return name, str(found.lines), _amount(found.amount, "rupiah")


def _amount(value: int, unit: str) -> str:
    return rupiah_text(Rupiah(value)) if unit == "rupiah" else f"{value:,} {unit}".replace(",", ".")


def _table(title: str, columns: Iterable[str], rows: Iterable[tuple[str, ...]]) -> Table:
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, justify="left" if column in _WORDS else "right", no_wrap=column not in _WORDS)
    for row in rows:
        table.add_row(*row)
    if not table.row_count:
        table.add_row("none")
    return table

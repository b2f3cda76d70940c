"""Prints the report of a replay as tables; counts nothing itself."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final

import orjson
from rich.console import Console
from rich.table import Table

from peken.errors import PekenError
from peken.money import Rupiah, rupiah_text
from peken.replay import CapOutcome, ObligationOutcome, Reading, Report, Sum

_WORDS: Final = ("", "reason", "window", "who", "subject", "step")
"""Columns of words, which may wrap; figures stand to the right."""

_NAMED: Final = 6
"""So many names fit into a table; `--report` writes all."""


def show(report: Report) -> None:
    """Prints sums, reasons, every obligation and every cap, to stdout."""
    console = _console()
    console.print(
        f"\n{report.city}: {report.first} to {report.last}, moved by {report.weeks} weeks; "
        f"{report.baskets} baskets, {report.purchases} purchases"
    )
    for table in (_sums(report), _read(report.reading), _reasons(report), *_undelivered(report), *_rules(report)):
        console.print(table)
    console.print(_notes(report.reading))
    console.print(_seconds(report))


def show_reading(reading: Reading) -> None:
    """Prints what stands in a file: what is kept, and what is rejected for which reason."""
    console = _console()
    console.print(f"\n{reading.first} to {reading.last}")
    console.print(_read(reading))
    console.print(_notes(reading))


@contextmanager
def kept_for(file: Path | None, *inputs: Path | None) -> Iterator[Callable[[object], None]]:
    """A place for a report, tried before the work and filled after it; nothing is left of one that failed.

    Raises PekenError `bad_report` where nothing can be written, and where one of the inputs is.
    """
    if file is None:
        yield lambda report: None
        return
    file = file.resolve()
    if any(each is not None and each.resolve() == file for each in inputs):
        raise PekenError("bad_report", "{file}: the report would take the place of what is read.", file=file.name)
    # A device is written to; a file is there whole or not at all.
    part = file if file.exists() and not file.is_file() else file.with_name(f".{file.name}.part")
    try:
        stream = part.open("wb")
    except OSError as error:
        raise _bad_report(file, error) from None
    try:
        with stream:
            yield partial(_write, file, stream)
        if part != file:
            part.replace(file)
    finally:
        if part != file:
            part.unlink(missing_ok=True)


def _write(file: Path, stream: BinaryIO, report: object) -> None:
    """All of a report: also every name, and every line that was not bought with its reason."""
    try:
        stream.write(orjson.dumps(report, default=str, option=orjson.OPT_INDENT_2))
        stream.flush()
    except OSError as error:
        raise _bad_report(file, error) from None


def _bad_report(file: Path, error: OSError) -> PekenError:
    return PekenError("bad_report", "{file}: cannot be written: {what}", file=file, what=error.strerror)


def _console() -> Console:
    # No narrower than this where the output is no terminal, so that a file of it can be read.
    return Console() if Console().is_terminal else Console(width=140)


def _read(reading: Reading) -> Table:
    """What became of the lines of a file, in its own currency to the last decimal and in Rupiah."""
    balanced = "adds up in both currencies" if reading.balanced else "DOES NOT ADD UP"
    rejected = sorted(reading.rejected.items(), key=lambda pair: -pair[1].lines)
    rows = [
        ("kept", reading.kept),
        *((f"rejected: {reason}", account) for reason, account in rejected),
        ("the file's own sum", reading.control),
    ]
    return _table(
        f"Lines of the file: {balanced}",
        ("", "lines", reading.currency, "Rupiah"),
        ((name, str(each.lines), f"{each.own:f}", _amount(each.amount, "rupiah")) for name, each in rows),
    )


def _notes(reading: Reading) -> str:
    return (
        f"At {reading.rate:f} Rupiah for 1 {reading.currency}, each line rounded half up: by rounding "
        f"{reading.rounding:+.2f} Rupiah. {reading.repeats} lines of the whole file repeat one above. "
        f"{reading.undescribed} products are called by their ids."
    )


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
    return _by_reason("Why lines were not bought", report.reasons)


def _undelivered(report: Report) -> Iterator[Table]:
    if report.undelivered:
        yield _by_reason("Placed, but their delivery was refused", report.undelivered)


def _by_reason(title: str, sums: Mapping[str, Sum]) -> Table:
    ordered = sorted(sums.items(), key=lambda pair: -pair[1].amount)
    return _table(title, ("reason", "lines", "Rupiah"), (_sum(*pair) for pair in ordered))


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

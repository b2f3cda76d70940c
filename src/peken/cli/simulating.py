"""Prints what a draft would have done to past orders; tries nothing itself."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

import orjson
import typer
from rich.console import Console
from rich.table import Table

from peken.cli.asking import day_of
from peken.errors import PekenError
from peken.money import Rupiah, rupiah_text

if TYPE_CHECKING:
    from peken.market import Market
    from peken.rules import Draft
    from peken.whatif import Gap, Outcome, Refusal, Report, Sum

_LISTED: Final = 20
"""So many names fit into a table; `--json` has all."""
_WORDS: Final = ("", "rule", "reason", "who", "window", "class", "OPD")


def draft_of(file: Path | None, on: Iterable[str], off: Iterable[str], shadow: Iterable[str]) -> "Draft":
    """The draft of a file and of rules that are switched. Raises PekenError `bad_draft`."""
    from dataclasses import replace

    from peken.rules import Draft, Mode, ParameterFaults, read_draft
    from peken.whatif import bad_draft

    draft = Draft()
    if file is not None:
        try:
            draft = read_draft(file.read_text("utf-8"), file.name)
        except ParameterFaults as wrong:
            raise bad_draft(wrong) from None
        except (OSError, UnicodeDecodeError) as error:
            raise PekenError("bad_draft", "{file} cannot be read: {fault}", file=file, fault=error) from None
    switched = {**dict.fromkeys(on, Mode.ON), **dict.fromkeys(off, Mode.OFF), **dict.fromkeys(shadow, Mode.SHADOW)}
    return replace(draft, modes={**draft.modes, **switched})


async def simulated(
    market: "Market",
    city: str,
    draft: "Draft",
    first: datetime | None,
    last: datetime | None,
    refusals: Path | None,
) -> "Report":
    """Tries the draft; each purchase on which the two differ goes into `refusals` as it is met."""
    from peken import parameters
    from peken.cli.showing import bars
    from peken.whatif import simulate

    with bars() as progress, _lines_into(refusals) as told:

        def tell(refusal: "Refusal") -> None:
            if told is not None:
                told.write(orjson.dumps(refusal).decode() + "\n")

        return await simulate(
            market,
            await parameters.served(market, city),
            draft,
            None if first is None else day_of(first),
            None if last is None else day_of(last),
            progress=progress,
            tell=tell,
        )


@contextmanager
def _lines_into(file: Path | None) -> Iterator[TextIO | None]:
    if file is None:
        yield None
        return
    try:
        with file.open("w", encoding="utf-8") as lines:
            yield lines
    except OSError as error:
        raise PekenError("bad_file", "{file}: {what}", file=file, what=error.strerror) from None


def plain(report: "Report") -> str:
    """All of a report as JSON."""
    moved = [{"vendor": vendor, "before": before, "after": after} for vendor, before, after in report.moved(2**31)]
    content = {
        "city": report.city,
        "first": report.first,
        "last": report.last,
        "purchases": report.purchases,
        "lines": report.lines,
        "lost": report.lost,
        "won": report.won,
        "spread": {"before": report.spread_before, "after": report.spread_after},
        "moved": moved,
        "before": _outcome(report.before),
        "after": _outcome(report.after),
    }
    return orjson.dumps(content, option=orjson.OPT_INDENT_2).decode()


def _outcome(outcome: "Outcome") -> dict[str, object]:
    return {
        "placed": outcome.placed,
        "refused": outcome.refused,
        "keptBack": outcome.kept_back,
        "reasons": [{"rule": rule, "code": code, "sum": found} for (rule, code), found in outcome.reasons.items()],
        "subjects": [{"rule": rule, "subject": key, "sum": found} for (rule, key), found in outcome.subjects.items()],
        "buyers": outcome.buyers,
        "gaps": outcome.gaps,
        "failures": outcome.failures,
    }


def show(report: "Report", names: dict[str, str]) -> None:
    """Prints sums, refusals, gaps, and how turnover is spread, before and after."""
    console = Console() if Console().is_terminal else Console(width=150)
    console.print(
        f"\n{report.city}: {report.first} to {report.last}; {report.purchases} purchases, {report.lines} lines"
    )
    for table in (_sums(report), _reasons(report), _subjects(report, names), _gaps(report), _spread(report)):
        console.print(table)
    for outcome in (report.before, report.after):
        for rule, times in sorted(outcome.failures.items()):
            typer.echo(f"{rule} failed {times} times: its facts are not those of these orders.", err=True)


def _sums(report: "Report") -> Table:
    table = _table("Purchases", "", "as the rules are", "Rupiah", "under the draft", "Rupiah")
    for name in ("placed", "refused", "kept_back"):
        before: Sum = getattr(report.before, name)
        after: Sum = getattr(report.after, name)
        table.add_row(
            name.replace("_", " "), str(before.count), _rp(before.amount), str(after.count), _rp(after.amount)
        )
    table.add_row("refused by the draft alone", "", "", str(report.lost.count), _rp(report.lost.amount))
    table.add_row("no longer refused", "", "", str(report.won.count), _rp(report.won.amount))
    return table


def _reasons(report: "Report") -> Table:
    table = _table("Why purchases were refused", "rule", "reason", "before", "Rupiah", "after", "Rupiah")
    for reason in sorted({*report.before.reasons, *report.after.reasons}):
        found = [_pair(outcome.reasons.get(reason)) for outcome in (report.before, report.after)]
        table.add_row(*reason, *found[0], *found[1])
    return table


def _subjects(report: "Report", names: dict[str, str]) -> Table:
    table = _table("Whose limit it was, most refused first", "rule", "who", "before", "Rupiah", "after", "Rupiah")
    after = report.after.subjects
    found = sorted(
        {*report.before.subjects, *after}, key=lambda key: (-(after[key].amount if key in after else 0), key)
    )
    for key in found[:_LISTED]:
        pairs = [_pair(outcome.subjects.get(key)) for outcome in (report.before, report.after)]
        table.add_row(key[0], names.get(key[1], key[1]), *pairs[0], *pairs[1])
    return table


def _gaps(report: "Report") -> Table:
    columns = ("rule", "window", "class", "OPD", "owe", "met", "missing", "owe", "met", "missing")
    table = _table("What is owed: before, after", *columns)
    found: dict[tuple[str, str, str, str], list[tuple[str, str, str]]] = {}
    for number, outcome in enumerate((report.before, report.after)):
        for gap in outcome.gaps:
            key = (gap.rule, gap.window + ("" if gap.complete else " (part)"), _class(gap), gap.department)
            pair = found.setdefault(key, [("", "", ""), ("", "", "")])
            pair[number] = (str(gap.owed_by), str(gap.met_by), f"{gap.missing:,}".replace(",", "."))
    for key, (before, after) in sorted(found.items()):
        table.add_row(*key, *before, *after)
    return table


def _class(gap: "Gap") -> str:
    return f"{gap.scheme} {gap.code}".strip() or "everybody"


def _spread(report: "Report") -> Table:
    table = _table("How turnover is spread over shops", "", "before", "after")
    before, after = report.spread_before, report.spread_after
    table.add_row("turnover", _rp(before.turnover), _rp(after.turnover))
    table.add_row("Gini", f"{before.gini:.4f}", f"{after.gini:.4f}")
    table.add_row("share of the top tenth", f"{before.top_tenth:.1%}", f"{after.top_tenth:.1%}")
    table.add_row("sold nothing", f"{before.never_sold} of {before.vendors}", f"{after.never_sold} of {after.vendors}")
    return table


def _pair(found: "Sum | None") -> tuple[str, str]:
    return (str(found.count), _rp(found.amount)) if found else ("0", _rp(0))


def _rp(amount: int) -> str:
    return rupiah_text(Rupiah(amount))


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, justify="left" if column in _WORDS else "right", no_wrap=column not in _WORDS)
    return table


async def names_of(market: "Market", city: str) -> dict[str, str]:
    """What to call shops; buyers keep their keys."""
    rows = await market.database.fetch("SELECT id, name FROM vendor WHERE city_id = $1", city)
    return {str(row["id"]): row["name"] for row in rows}

"""Prints what came of judging stored decisions again; judges nothing itself."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import orjson
import typer

if TYPE_CHECKING:
    from peken.market import Market
    from peken.rejudging import Difference, Tally
    from peken.rules import Decision


async def replayed(market: "Market", city: str | None) -> "Tally":
    """Prints each difference as it is found, then the sums."""
    from peken.cli.showing import bars
    from peken.rejudging import Tally, rejudge

    tally = Tally()
    with bars() as progress:
        async for difference in rejudge(market, tally, city, lambda done, total: progress("decisions", done, total)):
            typer.echo(said(difference))
    for line in sums(tally):
        typer.echo(line)
    return tally


def said(difference: "Difference") -> str:
    """A difference in one line."""
    from peken.rules import Replayed

    again = difference.again
    what = {
        Replayed.DIFFERENT: "DIFFERS",
        Replayed.UNRECORDED: "UNRECORDED",
        Replayed.GONE: "GONE",
    }.get(again.outcome, "")
    text = f"{what}  {again.rule}  case {difference.case}: "
    if again.fault:
        return text + again.fault
    if again.outcome is Replayed.GONE:
        return text + "the city has no rule of this code any more"
    tail = "  (judged by another version)" if again.other_version else ""
    return f"{text}stored {_answer(again.stored)}, now {_answer(again.now)}{tail}"


def _answer(decision: "Decision | None") -> str:
    if decision is None:
        return "nothing"
    about = "".join(f" {part}" for part in (decision.subject, decision.window) if part)
    figures = orjson.dumps(decision.values, option=orjson.OPT_SORT_KEYS).decode()
    return f"{decision.outcome.value}/{decision.code}{about} {figures}"


def sums(tally: "Tally") -> Iterator[str]:
    """All that is to be known of a replay."""
    from peken.rules import Replayed

    of = tally.outcomes
    yield (
        f"{tally.decisions} decisions judged again: {of[Replayed.SAME]} came out the same, "
        f"{of[Replayed.DIFFERENT] - tally.unstored} differ, {of[Replayed.UNRECORDED]} lack a recorded fact, "
        f"{of[Replayed.GONE]} are of rules that are gone; {tally.unstored} are given now that are not stored."
    )
    for (rule, version, parameters, outcome), count in sorted(tally.versions.items()):
        yield f"Judged by another version: {rule} {version}, tables {parameters}: {count} decisions, {outcome}."
    for name, count in sorted(tally.assumed.items()):
        yield f"Not recorded then, taken at its default: {name} in {count} cases."

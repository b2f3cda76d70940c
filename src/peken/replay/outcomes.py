"""What each rule of a city did in a replay: who met an obligation, who came to a cap; knows no rule by name."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from peken.database import Database
from peken.market import Market, ServedCity
from peken.orders import NotPlaced
from peken.replay.report import CapOutcome, Closing, ObligationOutcome, WindowOutcome
from peken.rules import Obligation


@dataclass(slots=True)
class Closings:
    """Refusals at caps, as they happen: (rule, subject, window) to when first, how often, and for how much."""

    seen: dict[tuple[str, str, str], tuple[datetime, int, int]] = field(default_factory=dict)

    def note(self, answer: NotPlaced, at: datetime, amount: int) -> None:
        """Remembers the caps that refused a purchase of `amount`."""
        for decision in answer.decisions:
            if decision.binding and decision.window:
                key = (decision.rule, decision.subject, decision.window)
                first, times, sum_so_far = self.seen.get(key, (at, 0, 0))
                self.seen[key] = (first, times + 1, sum_so_far + amount)


def caps(city: ServedCity, closings: Closings, names: Mapping[str, str]) -> tuple[CapOutcome, ...]:
    """What came of each cap of the city, earliest closing first."""
    found = []
    for cap in city.rulebook.caps:
        closed = sorted(
            (first, names.get(subject, subject), window, times, amount)
            for (rule, subject, window), (first, times, amount) in closings.seen.items()
            if rule == cap.code
        )
        listed = tuple(Closing(name, window, first, times, amount) for first, name, window, times, amount in closed)
        found.append(CapOutcome(cap.code, cap.title, listed))
    return tuple(found)


async def obligations(market: Market, city: ServedCity, names: Mapping[str, str]) -> tuple[ObligationOutcome, ...]:
    """What came of each obligation of the city, for those who took part in the replay."""
    return tuple([await _obligation(market.database, city, rule, names) for rule in city.rulebook.obligations])


async def _obligation(
    database: Database, city: ServedCity, rule: Obligation, names: Mapping[str, str]
) -> ObligationOutcome:
    rows = await database.fetch(
        """SELECT win, subject, value, floor FROM tally_balance
            WHERE city_id = $1 AND rule = $2 AND floor > 0 ORDER BY win""",
        city.code,
        rule.code,
    )
    windows: dict[str, list[tuple[str, int, int]]] = defaultdict(list)
    for row in rows:
        if row["subject"] in names:
            windows[row["win"]].append((names[row["subject"]], row["value"], row["floor"]))
    outcomes = tuple(
        WindowOutcome(
            window,
            len(owing),
            sum(value for _, value, _ in owing),
            tuple(sorted(name for name, value, floor in owing if value >= floor)),
        )
        for window, owing in windows.items()
    )
    return ObligationOutcome(rule.code, rule.title, rule.unit, outcomes)

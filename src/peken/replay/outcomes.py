"""What each rule of a city did in a replay: who met an obligation, who came to a cap; knows no rule by name."""

from collections import defaultdict
from collections.abc import Mapping

from peken.database import Database, instant_of
from peken.market import Market, ServedCity
from peken.replay.report import CapOutcome, Closing, ObligationOutcome, WindowOutcome
from peken.rules import Obligation


async def caps(market: Market, city: ServedCity, names: Mapping[str, str]) -> tuple[CapOutcome, ...]:
    """What came of each cap of the city for those who took part in the replay, earliest closing first."""
    rows = await market.database.fetch(_CLOSINGS, city.code)
    closings: dict[str, list[Closing]] = defaultdict(list)
    for row in rows:
        if row["subject"] in names:
            first = instant_of(row["first"])
            closing = Closing(names[row["subject"]], row["win"], first, row["refused"], int(row["amount"]))
            closings[row["rule"]].append(closing)
    return tuple(
        CapOutcome(cap.code, cap.title, tuple(sorted(closings[cap.code], key=lambda c: (c.first, c.subject))))
        for cap in city.rulebook.caps
    )


_CLOSINGS = """
SELECT d.rule, d.subject, d.win, MIN(a.at) AS first, COUNT(*) AS refused, SUM(a.amount) AS amount
  FROM decision d JOIN attempt a ON a.id = d.case_id
 WHERE a.city_id = $1 AND d.outcome = 'refuse' AND d.mode = 'on' AND d.win IS NOT NULL
 GROUP BY d.rule, d.subject, d.win
"""


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

"""Judges every stored decision again from what was recorded, and tells what differs; writes nothing.

Dockets come in the order of their keys, a page at a time, so that a history of any length takes the memory of a page.
"""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from peken import parameters
from peken.database import json_of, uuid_of
from peken.market import Market, ServedCity
from peken.rules import Again, Decision, MissingFact, Mode, Moment, Outcome, Replayed, judge_again, thaw

PAGE: Final = 200
Version = tuple[str, str, str, str]
"""Rule, its version, the hash of its tables, and what came of asking again."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A decision of a case that came out otherwise, or could not be judged again."""

    city: str
    case: UUID
    again: Again


@dataclass(slots=True)
class Tally:
    """What came of a replay so far."""

    decisions: int = 0
    outcomes: Counter[Replayed] = field(default_factory=Counter)
    unstored: int = 0
    """Decisions that rules give now, and that are stored nowhere."""
    versions: Counter[Version] = field(default_factory=Counter)
    """Decisions that were judged by another version than there is now."""
    assumed: Counter[str] = field(default_factory=Counter)
    """Fields that facts have gained since, and that stood at their defaults: in how many cases."""

    @property
    def agrees(self) -> bool:
        """Whether everything that was judged again came out as it was, and nothing needed was missing."""
        return not (self.outcomes[Replayed.DIFFERENT] or self.outcomes[Replayed.UNRECORDED])

    def note(self, again: Again) -> None:
        """Counts one answer in."""
        self.outcomes[again.outcome] += 1
        if again.stored is None:
            self.unstored += 1
            return
        self.decisions += 1
        if again.other_version:
            version = (again.rule, again.stored.version, again.stored.parameters, again.outcome.value)
            self.versions[version] += 1


def silent(done: int, total: int) -> None:
    """Shows nothing."""


async def rejudge(
    market: Market, tally: Tally, city: str | None = None, progress: Callable[[int, int], None] = silent
) -> AsyncIterator[Difference]:
    """Yields what differs, and counts everything into `tally`; of all cities unless one is named.

    Raises PekenError `unknown_city`.
    """
    await parameters.keep_up(market)
    cities = [market.city(city)] if city else [*market.cities.values()]
    total = await _count(market, cities)
    for served in cities:
        async for cases in _pages(market, served):
            for case, decisions in cases:
                for again in case.judge(served, decisions, tally):
                    tally.note(again)
                    if again.outcome is not Replayed.SAME:
                        yield Difference(served.code, case.key, again)
            progress(tally.decisions, total)


@dataclass(frozen=True, slots=True)
class _Case:
    """What was recorded of a case; `content` is None where its docket is gone."""

    key: UUID
    content: str | None
    moment: Moment

    def judge(self, city: ServedCity, stored: Sequence[Decision], tally: Tally) -> Sequence[Again]:
        if self.content is None:
            return self._unread(stored, "there is no docket: none of its facts is recorded")
        try:
            thawed = thaw(self.content.encode(), city.rulebook.fact_types.values())
        except MissingFact as error:
            return self._unread(stored, str(error))
        tally.assumed.update(thawed.assumed)
        return judge_again(city.rulebook, thawed, self.moment, stored)

    def _unread(self, stored: Sequence[Decision], fault: str) -> Sequence[Again]:
        return [Again(decision.rule, Replayed.UNRECORDED, decision, fault=fault) for decision in stored]


async def _count(market: Market, cities: Sequence[ServedCity]) -> int:
    found = 0
    for city in cities:
        rows = await market.database.fetch("SELECT COUNT(*) AS count FROM decision WHERE city_id = $1", city.code)
        found += rows[0]["count"]
    return found


async def _pages(market: Market, city: ServedCity) -> AsyncIterator[list[tuple[_Case, list[Decision]]]]:
    """The cases of a city with their decisions, by key: two statements a page."""
    last = UUID(int=0)
    while rows := await market.database.fetch(_CASES, last, city.code):
        cases = [_case(row) for row in rows]
        last = cases[-1].key
        found: dict[UUID, list[Decision]] = {case.key: [] for case in cases}
        for row in await market.database.fetch(
            _DECISIONS.format(market.database.among(1)), market.database.listed(found), city.code
        ):
            found[uuid_of(row["case_id"])].append(_decision(row))
        yield [(case, found[case.key]) for case in cases]


_CASES = f"""
SELECT c.case_id, k.content, o.id AS order_id
  FROM (SELECT DISTINCT case_id FROM decision WHERE case_id > $1 AND city_id = $2 ORDER BY case_id LIMIT {PAGE}) c
  LEFT JOIN docket k ON k.case_id = c.case_id
  LEFT JOIN orders o ON o.id = c.case_id
 ORDER BY c.case_id
"""
_DECISIONS = "SELECT * FROM decision WHERE case_id {} AND city_id = $2 ORDER BY id"


def _case(row: Mapping[str, Any]) -> _Case:
    # An order is a case of its own when it is delivered; a purchase and a refused attempt were judged when placed.
    moment = Moment.PLACED if row["order_id"] is None else Moment.DELIVERED
    return _Case(uuid_of(row["case_id"]), row["content"], moment)


def _decision(row: Mapping[str, Any]) -> Decision:
    return Decision(
        rule=row["rule"],
        plugin=row["plugin"],
        version=row["version"],
        parameters=row["parameters"],
        mode=Mode(row["mode"]),
        outcome=Outcome(row["outcome"]),
        code=row["code"],
        lines=tuple(json_of(row["lines"])),
        subject_kind=row["subject_kind"] or "",
        subject=row["subject"] or "",
        window=row["win"] or "",
        values=json_of(row["figures"]),
        instead=row["instead"],
        citation=row["citation"],
        source=row["source"],
        mark=row["mark"],
        facts=tuple(json_of(row["facts"])),
    )

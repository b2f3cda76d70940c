"""Runs a rulebook over purchases with balances in memory. Refuses to know where purchases come from."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from .asking import Asking, OnFailure, Tables, nobody
from .binding import Bound
from .counting import Limits, counts_of
from .facts import Case, Day
from .judging import refuses
from .kinds import Cap, Check, Moment, Tally
from .moves import TallyKey
from .rulebook import Rulebook
from .verdicts import Decision, Mode
from .weighing import weigh

Counting = tuple[tuple[Bound[Tally], Limits], ...]


@dataclass(frozen=True)
class _Today:
    """What of a rulebook is in force on a day, and the limits that were asked for on it."""

    day: Day
    checks: tuple[Bound[Check], ...]
    tallies: Mapping[Moment, Counting]
    tables: Tables = field(default_factory=dict)


@dataclass
class Books:
    """What one rulebook would have counted so far, and refused. Days are to come in their order."""

    rulebook: Rulebook
    on_failure: OnFailure = nobody
    balances: dict[TallyKey, int] = field(default_factory=dict)
    floors: dict[TallyKey, int] = field(default_factory=dict)
    """Floors as they stood at the last move."""
    _known: _Today | None = None

    def place(self, case: Case) -> tuple[Decision, ...]:
        """Counts a purchase, unless something refuses it: then these refusals, and nothing is counted."""
        return self._count(case, Moment.PLACED)

    def deliver(self, case: Case) -> tuple[Decision, ...]:
        """Counts a delivery, in the same manner; checks are not asked again."""
        return self._count(case, Moment.DELIVERED)

    def _count(self, case: Case, moment: Moment) -> tuple[Decision, ...]:
        today = self._today(case.day)
        asking = Asking(case.day, case.facts, self.on_failure, tables=today.tables)
        if moment is Moment.PLACED and refuses(today.checks, asking, case):
            return self._refusals(case, moment)
        sums: dict[TallyKey, int] = defaultdict(int)
        for tally, (subject, window, amount, limit) in counts_of(today.tallies[moment], asking, case):
            key = tally.rule.code, subject, window
            sums[key] += amount
            if self._over(tally, today.day, limit.error != "", self.balances.get(key, 0) + sums[key], limit.amount):
                return self._refusals(case, moment)
            if not isinstance(tally.rule, Cap):
                self.floors[key] = limit.amount
        for key, amount in sums.items():
            self.balances[key] = self.balances.get(key, 0) + amount
        return ()

    def _over(self, tally: Bound[Tally], day: Day, failed: bool, after: int, limit: int) -> bool:
        over = failed or (isinstance(tally.rule, Cap) and after > limit)
        return over and tally.mode(day) is Mode.ON

    def _refusals(self, case: Case, moment: Moment) -> tuple[Decision, ...]:
        """What refuses a case, each with its reason: the long way, which few purchases go."""
        checked = self.rulebook.judge(case) if moment is Moment.PLACED else ()
        decisions = (*checked, *weigh(self.rulebook.moves(case, moment), self.balances))
        return tuple(each for each in decisions if each.binding)

    def _today(self, day: Day) -> _Today:
        if self._known is None or self._known.day != day:
            tallies = [each for each in self.rulebook.bound(Tally) if each.mode(day) is not Mode.OFF]
            counting = {
                moment: tuple((each, Limits()) for each in tallies if each.rule.at is moment) for moment in Moment
            }
            checks = tuple(each for each in self.rulebook.bound(Check) if each.mode(day) is Mode.ON)
            self._known = _Today(day, checks, counting)
        return self._known

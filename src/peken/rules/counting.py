"""Asks tallies what lines add and what a subject owes. Refuses to know ledgers and balances."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import NamedTuple

from .asking import Asking, Grounds, grounds_of
from .binding import Bound
from .facts import Case, Duty, Line, fact_name
from .faults import MissingFact
from .kinds import Cap, Moment, Obligation, Tally
from .moves import Limit, Move, Target
from .parameters import Amount
from .verdicts import Mode

EVIDENCE = "evidence"


def moves_of(tallies: Iterable[Bound[Tally]], asking: Asking, case: Case, moment: Moment | None) -> tuple[Move, ...]:
    """One move for each rule and line that counts; summed for nobody."""
    lines = [grounds_of(line) for line in case.lines]
    asked = (tally for tally in tallies if moment in (None, tally.rule.at))
    counting = (Counting(tally, asking) for tally in asked)
    moves = (
        asking.watch(each.tally.rule, partial(each.moves, lines)) for each in counting if each.mode is not Mode.OFF
    )
    return tuple(move for of_rule in moves for move in of_rule)


def target_of(tally: Bound[Tally], asking: Asking, subject: str) -> Target | None:
    """What that subject owes or may reach in the window of the day; None when the rule says nothing of it."""
    if tally.mode(asking.day) is Mode.OFF or tally.rule.window.of_order:
        return None
    counting = Counting(tally, asking)
    try:
        window = tally.rule.window.key(asking.day)
        limit = None if window is None else counting.limit(subject, window)
    except Exception as error:
        asking.failed(tally, error)
        return None
    return None if window is None or limit is None else counting.target(subject, window, limit)


class Counted(NamedTuple):
    """What a line adds, before it is explained."""

    subject: str
    window: str
    amount: int
    limit: Limit


Limits = dict[tuple[str, str], Limit | None]
"""Floors or ceilings of one tally that are known already, by subject and window."""


def counts_of(
    tallies: Iterable[tuple[Bound[Tally], Limits]], asking: Asking, case: Case
) -> Iterator[tuple[Bound[Tally], Counted]]:
    """As `moves_of`, for many cases of one day: limits are kept from case to case, and nothing is explained."""
    lines = [grounds_of(line) for line in case.lines]
    for tally, known in tallies:
        # An order's facts are those of the lines at hand, which may be some of it.
        counting = Counting(tally, asking, {} if tally.rule.subject == "order" else known)
        for about in lines:
            counted = counting.counted(about)
            if counted is not None:
                yield tally, counted


@dataclass(frozen=True)
class Counting:
    """One tally at work on one case: a subject's floor or ceiling is asked for once, not once a line."""

    tally: Bound[Tally]
    asking: Asking
    known: Limits = field(default_factory=dict)

    def moves(self, lines: Iterable[Grounds]) -> list[Move]:
        """What these lines add, explained, those that count."""
        found = ((about, self.counted(about)) for about in lines)
        return [self._said(about, *counted) for about, counted in found if counted is not None]

    def counted(self, about: Grounds) -> Counted | None:
        """What a line adds; None where it does not count, or the rule failed and carries on."""
        rule = self.tally.rule
        subject = about[rule.subject]
        if subject is None:
            return None
        window: str | None = ""
        try:
            window = about["order"] if rule.window.of_order else self.window
            amount = 0 if window is None else self._amount(about)
            limit = self.limit(subject, window) if amount and window is not None else None
        except Exception as error:
            self.asking.failed(self.tally, error)
            failed = Limit(0, error=type(error).__name__)
            return Counted(subject, window or "", 0, failed) if rule.fail == "closed" else None
        return None if window is None or limit is None else Counted(subject, window, amount, limit)

    @cached_property
    def mode(self) -> Mode:
        """The mode of the day."""
        return self.tally.mode(self.asking.day)

    @cached_property
    def parameters(self) -> str:
        """The version of the tables in force that day."""
        return self.tally.chosen.version(self.asking.day.date)

    @cached_property
    def window(self) -> str | None:
        """The window of the day; None when it does not count."""
        return self.tally.rule.window.key(self.asking.day)

    def limit(self, subject: str, window: str) -> Limit | None:
        """Floor or ceiling of a subject on that day; None: nothing is owed, or there is no limit."""
        if (subject, window) not in self.known:
            self.known[subject, window] = self._limit(subject, window)
        return self.known[subject, window]

    def _limit(self, subject: str, window: str) -> Limit | None:
        rule = self.tally.rule
        about: Grounds = {rule.subject: subject}
        found = self.asking.answer(self.tally, self.tally.limit, about)
        if found is None:
            return None
        row = found if isinstance(found, Amount) else None
        amount = self._whole(found if row is None else row.amount)
        facts = tuple(self.asking.names(self.tally.limit, about))
        whole = Limit(amount, row, facts)
        duty = self.asking.fact(Duty, subject) if rule.subject == "buyer" else None
        if not isinstance(rule, Obligation) or not isinstance(duty, Duty) or rule.window.bounds is None:
            return whole
        first, after = rule.window.bounds(window)
        owed, days = duty.days_owed(rule.code, first, after), (after - first).days
        # What is not prorated is owed whole, but for who is exempt on every day served.
        if not rule.prorate and (owed or not duty.days_exempt(rule.code, first, after)):
            return whole
        return Limit(amount * owed // days, row, (*facts, f"{fact_name(Duty)}/{subject}"), owed, days)

    def _amount(self, about: Grounds) -> int:
        line = self.asking.fact(Line, about["line"])
        if not isinstance(line, Line):
            raise MissingFact(f"{fact_name(Line)}/{about['line']} was not given")
        if line.channel == EVIDENCE and not self.tally.rule.evidence:
            return 0
        return self._whole(self.asking.answer(self.tally, self.tally.main, about))

    def _whole(self, amount: object) -> int:
        if not isinstance(amount, int) or isinstance(amount, bool) or amount < 0:
            code = self.tally.rule.code
            raise ValueError(f"{code} gave {amount!r}; a tally counts in whole units, never below 0")
        return amount

    def _said(self, about: Grounds, subject: str, window: str, amount: int, limit: Limit) -> Move:
        tally, rule = self.tally, self.tally.rule
        cap = isinstance(rule, Cap)
        threshold = None if limit.error else limit.amount
        return Move(
            rule=rule.code,
            kind="cap" if cap else "obligation",
            plugin=tally.plugin,
            version=tally.version,
            parameters=self.parameters,
            mode=self.mode,
            citation=rule.cites,
            subject_kind=rule.subject,
            subject=subject,
            window=window,
            line=about["line"] or "",
            amount=amount,
            unit=rule.unit,
            floor=None if cap else threshold,
            ceiling=threshold if cap else None,
            row=limit.row,
            warn_at=rule.warn_at if isinstance(rule, Cap) else None,
            days_owed=limit.days_owed,
            days=limit.days,
            facts=tuple(dict.fromkeys((*self.asking.names(tally.main, about), *limit.facts))),
            error=limit.error,
        )

    def target(self, subject: str, window: str, limit: Limit) -> Target:
        """A limit as a subject is told of it."""
        rule = self.tally.rule
        cap = isinstance(rule, Cap)
        first, after = rule.window.bounds(window) if rule.window.bounds else (None, None)
        return Target(
            rule=rule.code,
            mode=self.mode,
            subject_kind=rule.subject,
            subject=subject,
            window=window,
            first=first,
            after=after,
            unit=rule.unit,
            floor=None if cap else limit.amount,
            ceiling=limit.amount if cap else None,
            row=limit.row,
            days_owed=limit.days_owed,
            days=limit.days,
        )

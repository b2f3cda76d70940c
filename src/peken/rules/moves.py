"""What lines add to tallies, and what a subject owes. Refuses to know ledgers and balances."""

import datetime as dt
from collections.abc import Iterable
from typing import Literal

import msgspec

from .asking import Asking, Grounds, grounds_of
from .binding import Bound
from .facts import Case, Duty, Line, fact_name
from .faults import MissingFact
from .kinds import Cap, Moment, Obligation, Tally
from .parameters import Amount
from .verdicts import Mode

EVIDENCE = "evidence"
TallyKey = tuple[str, str, str]
"""Rule, subject, window: the key of a balance."""


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """What one line adds to one tally, with what is needed to explain it."""

    rule: str
    kind: Literal["obligation", "cap"]
    plugin: str
    version: str
    parameters: str
    mode: Mode
    citation: str
    subject_kind: str
    subject: str
    window: str
    line: str
    amount: int = 0
    unit: str = "rupiah"
    floor: int | None = None
    ceiling: int | None = None
    row: Amount | None = None
    """The parameter row that gave floor or ceiling."""
    warn_at: int | None = None
    facts: tuple[str, ...] = ()
    error: str = ""
    """Not empty when the rule raised and fails closed: weighing refuses, there is nothing to count."""

    @property
    def key(self) -> TallyKey:
        return self.rule, self.subject, self.window

    @property
    def guard(self) -> int | None:
        """The ceiling that the balance must hold: none for a rule in the shadow."""
        return self.ceiling if self.mode is Mode.ON else None


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """What a subject owes, or may reach, in a window, whether or not it bought anything."""

    rule: str
    mode: Mode
    subject_kind: str
    subject: str
    window: str
    first: dt.date | None = None
    """First day of the window, and first day after it; None where a window has no dates."""
    after: dt.date | None = None
    unit: str = "rupiah"
    floor: int | None = None
    ceiling: int | None = None
    row: Amount | None = None
    days_owed: int | None = None
    """Of a prorated floor: days owed of the days of the window."""
    days: int | None = None


class Limit(msgspec.Struct, frozen=True):
    """A floor or ceiling as it stands for a subject on a day."""

    amount: int
    row: Amount | None = None
    days_owed: int | None = None
    days: int | None = None


def moves_of(tallies: Iterable[Bound[Tally]], asking: Asking, case: Case, moment: Moment | None) -> tuple[Move, ...]:
    """One move for each rule and line that counts; summed for nobody."""
    lines = [grounds_of(line) for line in case.lines]
    found: list[Move] = []
    for tally in tallies:
        if moment not in (None, tally.rule.at) or tally.mode(asking.day) is Mode.OFF:
            continue
        for about in lines:
            move = _move(tally, asking, about)
            if move is not None:
                found.append(move)
    return tuple(found)


def _move(tally: Bound[Tally], asking: Asking, about: Grounds) -> Move | None:
    subject = about[tally.rule.subject]
    if subject is None:
        return None
    window: str | None = ""
    try:
        window = _window(tally, asking, about["order"])
        amount = 0 if window is None else _amount(tally, asking, about)
        limit = limit_of(tally, asking, subject, window) if amount and window is not None else None
    except Exception as error:
        asking.failed(tally, error)
        if tally.rule.fail == "open":
            return None
        return _said(tally, asking, about, subject, window or "", error=type(error).__name__)
    if limit is None or window is None:
        return None
    return _said(tally, asking, about, subject, window, amount=amount, limit=limit)


def _window(tally: Bound[Tally], asking: Asking, order: str | None) -> str | None:
    window = tally.rule.window
    return order if window.of_order else window.key(asking.day)


def _amount(tally: Bound[Tally], asking: Asking, about: Grounds) -> int:
    line = asking.fact(Line, about["line"])
    if not isinstance(line, Line):
        raise MissingFact(f"{fact_name(Line)}/{about['line']} was not given")
    if line.channel == EVIDENCE and not tally.rule.evidence:
        return 0
    return _whole(tally, asking.answer(tally, tally.main, about))


def _whole(tally: Bound[Tally], amount: object) -> int:
    if not isinstance(amount, int) or isinstance(amount, bool) or amount < 0:
        raise ValueError(f"{tally.rule.code} gave {amount!r}; a tally counts in whole units, never below 0")
    return amount


def limit_of(tally: Bound[Tally], asking: Asking, subject: str, window: str) -> Limit | None:
    """Floor or ceiling of a subject on that day; None: nothing is owed, or there is no limit."""
    found = asking.answer(tally, tally.limit, {tally.rule.subject: subject})
    if found is None:
        return None
    row = found if isinstance(found, Amount) else None
    limit = Limit(_whole(tally, found if row is None else row.amount), row)
    rule = tally.rule
    duty = asking.fact(Duty, subject) if isinstance(rule, Obligation) and rule.prorate else None
    if not isinstance(duty, Duty) or rule.window.bounds is None:
        return limit
    first, after = rule.window.bounds(window)
    owed, days = duty.days_owed(rule.code, first, after), (after - first).days
    return Limit(limit.amount * owed // days, row, owed, days)


def _said(
    tally: Bound[Tally],
    asking: Asking,
    about: Grounds,
    subject: str,
    window: str,
    *,
    amount: int = 0,
    limit: Limit | None = None,
    error: str = "",
) -> Move:
    rule = tally.rule
    cap = isinstance(rule, Cap)
    threshold = limit.amount if limit else None
    return Move(
        rule=rule.code,
        kind="cap" if cap else "obligation",
        plugin=tally.plugin,
        version=tally.version,
        parameters=tally.chosen.hash,
        mode=tally.mode(asking.day),
        citation=rule.cites,
        subject_kind=rule.subject,
        subject=subject,
        window=window,
        line=about["line"] or "",
        amount=amount,
        unit=rule.unit,
        floor=None if cap else threshold,
        ceiling=threshold if cap else None,
        row=limit.row if limit else None,
        warn_at=rule.warn_at if isinstance(rule, Cap) else None,
        facts=_read(tally, asking, about, subject),
        error=error,
    )


def _read(tally: Bound[Tally], asking: Asking, about: Grounds, subject: str) -> tuple[str, ...]:
    names = asking.names(tally.main, about) + asking.names(tally.limit, about)
    if Duty in tally.facts and asking.fact(Duty, subject) is not None:
        names.append(f"{fact_name(Duty)}/{subject}")
    return tuple(dict.fromkeys(names))


def target_of(tally: Bound[Tally], asking: Asking, subject: str) -> Target | None:
    """What that subject owes or may reach in the window of the day; None when the rule says nothing of it."""
    rule = tally.rule
    if tally.mode(asking.day) is Mode.OFF or rule.window.of_order:
        return None
    try:
        window = rule.window.key(asking.day)
        limit = None if window is None else limit_of(tally, asking, subject, window)
    except Exception as error:
        asking.failed(tally, error)
        return None
    if window is None or limit is None:
        return None
    first, after = rule.window.bounds(window) if rule.window.bounds else (None, None)
    cap = isinstance(rule, Cap)
    return Target(
        rule=rule.code,
        mode=tally.mode(asking.day),
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

"""Asks every check, gathers every objection, groups what agrees. Refuses to know tallies and storage."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from types import NoneType

from .asking import Asking, Grounds, grounds_of, orders_of
from .binding import Bound
from .facts import Case, LineKeys, ListingKeys
from .kinds import Check, Rule
from .verdicts import Decision, Mode, Outcome, Verdict

ALLOWED = Verdict(Outcome.ALLOW, "allowed")
FAILED = "rule_failed"
_PLAIN = (int, str, NoneType)


@dataclass(frozen=True)
class Judged:
    """What one call of a check was about."""

    about: Grounds
    lines: tuple[LineKeys, ...] = ()
    subject_kind: str = ""
    subject: str = ""


def judge_case(checks: Iterable[Bound[Check]], asking: Asking, case: Case) -> tuple[Decision, ...]:
    """All checks of lines and orders; nobody's objection hides another's."""
    lines = [Judged(grounds_of(line), (line,)) for line in case.lines]
    orders = [Judged(of.about, of.lines, "order", of.order) for of in orders_of(case)]
    pieces = {"line": lines, "order": orders}
    asked = ((check, pieces[check.rule.on]) for check in in_force(checks, asking) if check.rule.on in pieces)
    decided = (asking.watch(check.rule, partial(_judge, check, asking, about)) for check, about in asked)
    return tuple(decision for decisions in decided for decision in decisions)


def refuses(checks: Iterable[Bound[Check]], asking: Asking, case: Case) -> bool:
    """Whether one of these checks stands against a case, without a word about why."""
    pieces = {"line": [Judged(grounds_of(line), (line,)) for line in case.lines]}
    pieces["order"] = [Judged(of.about, of.lines) for of in orders_of(case)]
    asked = ((check, piece) for check in checks for piece in pieces.get(check.rule.on, ()))
    return any(_verdict(check, asking, piece).outcome is Outcome.REFUSE for check, piece in asked)


def judge_listing(checks: Iterable[Bound[Check]], asking: Asking, listing: ListingKeys) -> tuple[Decision, ...]:
    return _judge_one(checks, asking, "listing", Judged(grounds_of(listing), (), "product", listing.product))


def judge_day(checks: Iterable[Bound[Check]], asking: Asking) -> tuple[Decision, ...]:
    return _judge_one(checks, asking, "day", Judged({}))


def _judge_one(checks: Iterable[Bound[Check]], asking: Asking, on: str, judged: Judged) -> tuple[Decision, ...]:
    found = [check for check in in_force(checks, asking) if check.rule.on == on]
    return tuple(decision for check in found for decision in _judge(check, asking, [judged]))


def in_force(checks: Iterable[Bound[Check]], asking: Asking) -> Iterable[Bound[Check]]:
    return (check for check in checks if check.mode(asking.day) is not Mode.OFF)


def _judge(check: Bound[Check], asking: Asking, pieces: Sequence[Judged]) -> Iterable[Decision]:
    grouped: dict[object, tuple[Verdict, list[Judged]]] = {}
    for piece in pieces:
        verdict = _verdict(check, asking, piece)
        values = tuple(sorted(verdict.values.items()))
        group = (verdict.outcome, verdict.code, verdict.instead, values, piece.subject)
        grouped.setdefault(group, (verdict, []))[1].append(piece)
    return [_decision(check, asking, verdict, agreed) for verdict, agreed in grouped.values()]


def _verdict(check: Bound[Check], asking: Asking, piece: Judged) -> Verdict:
    try:
        verdict = asking.answer(check, check.main, piece.about, piece.lines)
        if verdict is not None and not isinstance(verdict, Verdict):
            raise TypeError(f"{check.rule.code} answered {verdict!r}, which is no verdict")
        if verdict is not None and not all(isinstance(value, _PLAIN) for value in verdict.values.values()):
            raise TypeError(f"{check.rule.code} gave values that are neither whole numbers nor text")
    except Exception as error:
        asking.failed(check, error)
        return failure(check)
    return verdict or ALLOWED


def failure(bound: Bound[Rule]) -> Verdict:
    """What stands for a rule that raised."""
    outcome = Outcome.REFUSE if bound.rule.fail == "closed" else Outcome.ALLOW
    return Verdict(outcome, FAILED, {"fail": bound.rule.fail})


def _decision(check: Bound[Check], asking: Asking, verdict: Verdict, agreed: Sequence[Judged]) -> Decision:
    names = (name for piece in agreed for name in asking.names(check.main, piece.about, piece.lines))
    return Decision(
        rule=check.rule.code,
        plugin=check.plugin,
        version=check.version,
        parameters=check.chosen.version(asking.day.date),
        mode=check.mode(asking.day),
        outcome=verdict.outcome,
        code=verdict.code,
        lines=tuple(line.line for piece in agreed for line in piece.lines),
        subject_kind=agreed[0].subject_kind,
        subject=agreed[0].subject,
        values=dict(verdict.values),
        instead=verdict.instead,
        citation=check.rule.cites,
        facts=tuple(dict.fromkeys(names)),
    )

"""Weighs moves against balances. Refuses to know rules and facts."""

from collections.abc import Iterable, Mapping, Sequence

from .judging import FAILED
from .moves import Move, TallyKey
from .verdicts import Decision, Outcome, Value


def weigh(moves: Iterable[Move], balances: Mapping[TallyKey, int]) -> tuple[Decision, ...]:
    """One decision for each tally that moves.

    With the balances of before it is advice; with those read at the moment of refusal it is the refusal. A
    balance that is not there is 0.
    """
    summed: dict[TallyKey, list[Move]] = {}
    failed: list[Decision] = []
    for move in moves:
        if move.error:
            failed.append(_decision([move], Outcome.REFUSE, FAILED, {"fail": "closed"}))
        else:
            summed.setdefault(move.key, []).append(move)
    weighed = (_weighed(of, balances.get(key, 0)) for key, of in summed.items())
    return (*failed, *weighed)


def _weighed(moves: Sequence[Move], before: int) -> Decision:
    amount = sum(move.amount for move in moves)
    if moves[0].ceiling is None:
        return _towards(moves, before, amount, moves[0].floor or 0)
    return _under(moves, before, amount, moves[0].ceiling)


def _towards(moves: Sequence[Move], before: int, amount: int, floor: int) -> Decision:
    after = before + amount
    values: dict[str, Value] = {
        "amount": amount,
        "before": before,
        "after": after,
        "floor": floor,
        "remaining": max(floor - after, 0),
        "unit": moves[0].unit,
    }
    owed, days = moves[0].days_owed, moves[0].days
    if owed is not None and owed != days:
        # Why the floor is less than that of the class.
        values |= {"days_owed": owed, "days": days}
    return _decision(moves, Outcome.ALLOW, "counts_towards", values)


def _under(moves: Sequence[Move], before: int, amount: int, ceiling: int) -> Decision:
    after, percent = before + amount, moves[0].warn_at
    values: dict[str, Value] = {"amount": amount, "before": before, "ceiling": ceiling, "unit": moves[0].unit}
    if after > ceiling:
        values |= {"remaining": max(ceiling - before, 0), "over": after - ceiling}
        return _decision(moves, Outcome.REFUSE, "cap_reached", values)
    values |= {"after": after, "remaining": ceiling - after}
    if percent is not None and before * 100 < ceiling * percent <= after * 100:
        return _decision(moves, Outcome.WARN, "cap_near", values | {"percent": percent})
    return _decision(moves, Outcome.ALLOW, "within_cap", values)


def _decision(moves: Sequence[Move], outcome: Outcome, code: str, values: dict[str, Value]) -> Decision:
    first = moves[0]
    return Decision(
        rule=first.rule,
        plugin=first.plugin,
        version=first.version,
        parameters=first.parameters,
        mode=first.mode,
        outcome=outcome,
        code=code,
        lines=tuple(move.line for move in moves),
        subject_kind=first.subject_kind,
        subject=first.subject,
        window=first.window,
        values=values,
        citation=first.citation,
        source=first.row.source if first.row else "",
        mark=first.row.mark if first.row else "",
        facts=tuple(dict.fromkeys(name for move in moves for name in move.facts)),
    )

"""Weighs moves against balances and gives back what was counted. Refuses to know rules and facts."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

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


class Entry(msgspec.Struct, frozen=True):
    """A line of the ledger: counted (above 0) or given back (below 0)."""

    rule: str
    subject: str
    window: str
    line: str
    amount: int


class Returned(msgspec.Struct, frozen=True):
    """How much of a line has come back so far, all returns together."""

    quantity: int
    of: int


def reversal(entries: Iterable[Entry], returned: Mapping[str, Returned] | None = None) -> tuple[Entry, ...]:
    """The entries that give back what the ledger counted, in the window it was counted in.

    Without `returned` everything goes back; with it, only the lines named, in proportion. What was given back
    before is not given again, and rounding loses nothing: the last piece brings the rest.
    """
    ledger: dict[tuple[str, str, str, str], tuple[int, int]] = {}
    for entry in entries:
        key = (entry.rule, entry.subject, entry.window, entry.line)
        counted, given = ledger.get(key, (0, 0))
        ledger[key] = counted + max(entry.amount, 0), given - min(entry.amount, 0)
    back = ((key, _due(key[3], counted, returned) - given) for key, (counted, given) in ledger.items())
    return tuple(Entry(*key, -amount) for key, amount in back if amount > 0)


def _due(line: str, counted: int, returned: Mapping[str, Returned] | None) -> int:
    if returned is None:
        return counted
    part = returned.get(line)
    return 0 if part is None else counted * part.quantity // part.of

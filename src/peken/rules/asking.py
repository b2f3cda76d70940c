"""Gives a rule's function the facts it asks for. Refuses to know what the answer means."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .binding import Bound
from .facts import GROUNDS, Case, Day, Fact, Facts, LineKeys
from .faults import MissingFact
from .kinds import Rule
from .signatures import Ask, Asked, Kind

OnFailure = Callable[[Rule, Exception], None]
"""Told of each rule that raised; whether it refuses is declared by the rule."""

Grounds = Mapping[str, str | None]
"""What a rule is asked about: key by ground."""


def nobody(rule: Rule, error: Exception) -> None:
    """The default listener: the decision itself says that the rule failed."""


def grounds_of(keys: Any) -> dict[str, str | None]:
    return {ground: getattr(keys, ground, None) for ground in GROUNDS}


@dataclass(frozen=True)
class Asking:
    """A day with facts, and what happens on failure."""

    day: Day
    facts: Facts
    on_failure: OnFailure = nobody
    strict: bool = False

    def answer(self, bound: Bound[Rule], asked: Asked, about: Grounds, lines: Sequence[LineKeys] = ()) -> Any:
        """Call a rule's function; raises what it raises, and MissingFact."""
        return asked.function(*(self._argument(bound, ask, about, lines) for ask in asked.asks))

    def failed(self, bound: Bound[Rule], error: Exception) -> None:
        if self.strict:
            raise error
        self.on_failure(bound.rule, error)

    def fact(self, fact: type[Fact], key: str | None) -> Fact | None:
        return None if key is None else self.facts.get(fact, {}).get(key)

    def _argument(self, bound: Bound[Rule], ask: Ask, about: Grounds, lines: Sequence[LineKeys]) -> Any:
        if ask.kind is Kind.FACT:
            return self._needed(ask, about[ask.of])
        if ask.kind is Kind.TABLE:
            return bound.chosen.table(ask.type, self.day.date)
        if ask.kind is Kind.DAY:
            return self.day
        if ask.kind is Kind.DATE:
            return self.day.date
        return tuple(self._needed(ask, getattr(line, ask.of)) for line in lines)

    def _needed(self, ask: Ask, key: str | None) -> Fact | None:
        found = self.fact(ask.type, key)
        if found is None and not ask.optional:
            raise MissingFact(f"{ask.recorded}/{key} was not given")
        return found

    def names(self, asked: Asked, about: Grounds, lines: Iterable[LineKeys] = ()) -> list[str]:
        """Names of the facts that a call reads, as far as they are there."""
        read: list[tuple[Ask, str | None]] = []
        for ask in asked.asks:
            if ask.kind is Kind.FACT:
                read.append((ask, about[ask.of]))
            elif ask.kind is Kind.EACH:
                read.extend((ask, getattr(line, ask.of)) for line in lines)
        return [f"{ask.recorded}/{key}" for ask, key in read if self.fact(ask.type, key) is not None]


@dataclass(frozen=True)
class OfOrder:
    """An order of a case: its lines, and the grounds that all of them share."""

    order: str
    lines: tuple[LineKeys, ...]
    about: Grounds


def orders_of(case: Case) -> tuple[OfOrder, ...]:
    lines: dict[str, list[LineKeys]] = {}
    for line in case.lines:
        lines.setdefault(line.order, []).append(line)
    return tuple(OfOrder(order, tuple(of), _shared(of)) for order, of in lines.items())


def _shared(lines: Sequence[LineKeys]) -> Grounds:
    """A ground on which lines differ is none of the order's: a collective order has no single buyer."""
    keys = {ground: {getattr(line, ground) for line in lines} for ground in GROUNDS}
    return {ground: next(iter(found)) if len(found) == 1 else None for ground, found in keys.items()}

"""Gives a rule's function the facts it asks for. Refuses to know what the answer means."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol, TypeVar

from .binding import Bound
from .facts import GROUNDS, Case, Day, Fact, Facts, LineKeys
from .faults import MissingFact
from .kinds import Rule
from .parameters import Chosen, Row, Table
from .signatures import Ask, Asked, Kind

OnFailure = Callable[[Rule, Exception], None]
"""Told of each rule that raised; whether it refuses is declared by the rule."""

T = TypeVar("T")


class Watch(Protocol):
    """Has a rule asked by calling `ask`, and gives what it gives: who cares how long that took looks at a clock."""

    def __call__(self, rule: Rule, ask: Callable[[], T], /) -> T: ...


def unwatched(rule: Rule, ask: Callable[[], T], /) -> T:
    """The default: nobody looks."""
    return ask()


Grounds = Mapping[str, str | None]
"""What a rule is asked about: key by ground."""


def nobody(rule: Rule, error: Exception) -> None:
    """The default listener: the decision itself says that the rule failed."""


def grounds_of(keys: Any) -> dict[str, str | None]:
    if type(keys) is LineKeys:
        # Lines are many, and have them all.
        return {
            "line": keys.line,
            "product": keys.product,
            "vendor": keys.vendor,
            "buyer": keys.buyer,
            "order": keys.order,
            "department": keys.department,
            "recipient": keys.recipient,
        }
    return {ground: getattr(keys, ground, None) for ground in GROUNDS}


_NONE: Mapping[str, Fact] = MappingProxyType({})
# To look a member up in its enum takes as long as to look a fact up.
_FACT, _EACH = Kind.FACT, Kind.EACH
Tables = dict[tuple[Chosen, type[Row]], Table[Any]]
"""The rows in force on one day, as far as they were asked for."""


@dataclass(frozen=True)
class Asking:
    """A day with facts, and what happens on failure."""

    day: Day
    facts: Facts
    on_failure: OnFailure = nobody
    strict: bool = False
    watch: Watch = unwatched
    tables: Tables = field(default_factory=dict)

    def answer(self, bound: Bound[Rule], asked: Asked, about: Grounds, lines: Sequence[LineKeys] = ()) -> Any:
        """Call a rule's function; raises what it raises, and MissingFact."""
        given = []
        for ask in asked.asks:
            # In line, since most of what is asked for is a fact, and nothing is asked more often.
            if ask.kind is _FACT:
                key = about[ask.of]
                found = None if key is None else self.facts.get(ask.type, _NONE).get(key)
                given.append(self._needed(ask, key) if found is None else found)
            else:
                given.append(self._argument(bound, ask, lines))
        return asked.function(*given)

    def failed(self, bound: Bound[Rule], error: Exception) -> None:
        if self.strict:
            raise error
        self.on_failure(bound.rule, error)

    def fact(self, fact: type[Fact], key: str | None) -> Fact | None:
        return None if key is None else self.facts.get(fact, {}).get(key)

    def _argument(self, bound: Bound[Rule], ask: Ask, lines: Sequence[LineKeys]) -> Any:
        if ask.kind is Kind.TABLE:
            place = bound.chosen, ask.type
            if place not in self.tables:
                self.tables[place] = bound.chosen.table(ask.type, self.day.date)
            return self.tables[place]
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
        read: list[str] = []
        for ask in asked.asks:
            if ask.kind is _FACT or ask.kind is _EACH:
                found = self.facts.get(ask.type, _NONE)
                keys = (about[ask.of],) if ask.kind is _FACT else [getattr(line, ask.of) for line in lines]
                read += [f"{ask.recorded}/{key}" for key in keys if key in found]
        return read


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

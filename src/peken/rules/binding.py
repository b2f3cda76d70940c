"""Ties a rule to its plugin, tables and signatures, and finds its faults at start. Refuses to judge."""

import inspect
import re
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from string import Formatter
from typing import Any, Generic, TypeVar

from .facts import GROUNDS, Day, Duty, Fact, Line
from .kinds import Calendar, Cap, Check, Obligation, Ranking, Rule, Tally
from .loading import NO_TABLES, Added, Parameters
from .parameters import Amount, Chosen, Row
from .signatures import Asked, Reach, read
from .verdicts import Mode, Place, Verdict

Loader = Callable[..., Awaitable[Mapping[str, Fact]]]
"""`async def load(keys, day) -> {key: fact}`: one call for all keys, as things stood on that day."""

RULE_CODE = re.compile(r"[a-z0-9]+(?:[-.][a-z0-9]+)+")
NOTHING = type(None)
LINE = frozenset(GROUNDS)
ORDER_WIDE = frozenset({"order", "buyer", "department", "recipient"})
CHECKS: Mapping[str, Reach] = {
    "line": Reach("a line", LINE, answers=(Verdict, NOTHING)),
    "order": Reach("an order", ORDER_WIDE, each=True, answers=(Verdict, NOTHING)),
    "listing": Reach("a listing", frozenset({"product", "vendor"}), answers=(Verdict, NOTHING)),
    "day": Reach("a day", frozenset(), answers=(Verdict, NOTHING)),
}
RANKS: Mapping[str, Reach] = {
    "vendor": Reach("a vendor that is ranked", frozenset({"vendor", "buyer"}), answers=(Place,)),
    "product": Reach("a product that is ranked", frozenset({"product", "vendor", "buyer"}), answers=(Place,)),
}
COUNTED = Reach("a line", LINE, answers=(int,))
DATE = Reach("a date", frozenset(), dates=True)
SUBJECTS: Mapping[str, Reach] = {
    subject: Reach(f"a {subject} of a tally", frozenset({subject}), answers=(Amount, int, NOTHING))
    for subject in ("buyer", "vendor", "department", "order", "product")
}


@dataclass(frozen=True)
class Regulations:
    """What a plugin brings: its rules, their tables and the loaders of its own facts."""

    rules: tuple[Rule, ...]
    parameters: Path | str | None = None
    """A TOML file (Path), or its text (str)."""
    loads: Mapping[type[Fact], Loader] = field(default_factory=dict)
    chosen: Mapping[str, str] = field(default_factory=dict)
    """Of rival tables, the set that the plugin's settings choose: table name to set."""


@dataclass(frozen=True)
class Chapter:
    """A plugin's regulations as one city has set them."""

    plugin: str
    version: str
    regulations: Regulations
    chosen: Mapping[str, str] = field(default_factory=dict)
    """What the city chooses other than the plugin does."""
    added: Added = field(default_factory=dict)
    """Rows by table that the city added after the file, in the order in which it did."""


UNLIMITED = Asked(lambda: None, ())

K_co = TypeVar("K_co", bound=Rule, covariant=True)


@dataclass(frozen=True)
class Signed(Generic[K_co]):
    """A rule whose signatures were read."""

    rule: K_co
    main: Asked
    """judge, counts, place or occasions."""
    limit: Asked = UNLIMITED
    """floor or ceiling of a tally."""

    @cached_property
    def tables(self) -> frozenset[type[Row]]:
        return self.main.tables | self.limit.tables

    @cached_property
    def facts(self) -> frozenset[type[Fact]]:
        """All that must be loaded for it, its tally's own needs included."""
        counted = {Line} if isinstance(self.rule, Tally) else set()
        owed = {Duty} if isinstance(self.rule, Obligation) and self.rule.prorate else set()
        return self.main.facts | self.limit.facts | counted | owed


@dataclass(frozen=True)
class Bound(Signed[K_co]):
    """A rule in force in a city: with its plugin, version and chosen tables."""

    plugin: str = ""
    version: str = ""
    chosen: Chosen = field(default_factory=lambda: Chosen({}))
    parameters: Parameters = NO_TABLES

    def mode(self, day: Day | date) -> Mode:
        return self.chosen.mode(self.rule.code, day.date if isinstance(day, Day) else day)


def sign(rule: Rule, faults: list[str]) -> Signed[Rule] | None:
    """Read a rule's signatures; None for what is no rule at all."""
    if isinstance(rule, Check) and rule.on in CHECKS:
        signed = Signed[Rule](rule, read(f"{rule.code}: judge", rule.judge, CHECKS[rule.on], faults))
    elif isinstance(rule, Obligation | Cap) and rule.subject in SUBJECTS:
        signed = _tally(rule, faults)
    elif isinstance(rule, Ranking) and rule.ranks in RANKS:
        signed = Signed(rule, read(f"{rule.code}: place", rule.place, RANKS[rule.ranks], faults))
    elif isinstance(rule, Calendar):
        signed = Signed(rule, read(f"{rule.code}: occasions", rule.occasions, DATE, faults))
    else:
        faults.append(f"{getattr(rule, 'code', rule)!r} is no rule of a kind, ground or subject that is known")
        return None
    faults.extend(f"{rule.code}: {fault}" for fault in _declared(rule))
    return signed


def _tally(rule: Obligation | Cap, faults: list[str]) -> Signed[Rule]:
    name, limit = ("floor", rule.floor) if isinstance(rule, Obligation) else ("ceiling", rule.ceiling)
    counts = read(f"{rule.code}: counts", rule.counts, COUNTED, faults)
    return Signed(rule, counts, read(f"{rule.code}: {name}", limit, SUBJECTS[rule.subject], faults))


def _declared(rule: Rule) -> Iterable[str]:
    if not RULE_CODE.fullmatch(rule.code):
        yield "a code is `city.name`, in small letters"
    if not rule.cites:
        yield "it cites no regulation"
    if rule.fail not in ("closed", "open"):
        yield f"fail is closed or open, not {rule.fail}"
    if isinstance(rule, Cap) and rule.warn_at not in (None, *range(1, 100)):
        yield f"warn_at is a percentage below 100, not {rule.warn_at}"
    yield from _hidden(rule)
    yield from _prorated(rule)
    yield from _worded(rule.messages)


def _hidden(rule: Rule) -> Iterable[str]:
    if isinstance(rule, Cap) and rule.hide_at is not None:
        if rule.hide_at not in range(50, 101):
            yield f"hide_at is a percentage from 50 to 100, not {rule.hide_at}"
        if rule.subject != "vendor" or rule.window.bounds is None:
            yield "only a vendor is hidden, and for a window whose end is known"


def _prorated(rule: Rule) -> Iterable[str]:
    if isinstance(rule, Obligation) and rule.prorate:
        if rule.window.bounds is None:
            yield f"the window {rule.window.name} has no bounds to prorate by"
        if rule.subject != "buyer":
            yield f"only a buyer has a duty to prorate by, not a {rule.subject}"


def _worded(messages: Mapping[str, str]) -> Iterable[str]:
    for code, message in messages.items():
        try:
            tuple(Formatter().parse(message))
        except ValueError as error:
            yield f"the message {code} cannot be formatted: {error}"


def source_hash(functions: Iterable[Callable[..., Any]]) -> str:
    """Hash of the modules that functions stand in: changed code is another version, released or not."""
    digest = sha256()
    for module in sorted({getattr(function, "__module__", "") for function in functions}):
        try:
            source = inspect.getsource(sys.modules[module])
        except (OSError, TypeError, KeyError):
            source = module
        digest.update(source.encode())
    return digest.hexdigest()[:12]

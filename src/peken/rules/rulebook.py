"""All rules of one city, checked at start and asked as one. Refuses to know who loads and who keeps."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, TypeVar

from .asking import Asking, OnFailure, Watch, nobody, unwatched
from .binding import UNLIMITED, Bound, Chapter, Loader, Signed, sign, source_hash
from .counting import moves_of, target_of
from .facts import CORE_FACTS, Candidate, Case, Day, Fact, Facts, ListingKeys, fact_name
from .faults import ParameterFaults, RuleFaults
from .judging import judge_case, judge_day, judge_listing
from .kinds import Calendar, Cap, Check, Moment, Obligation, Ranking, Rule, Tally
from .loading import NO_TABLES, Parameters, load_parameters
from .moves import Move, Target
from .parameters import Chosen, Row, RuleRow, table_name
from .ranking import rank_all
from .verdicts import Decision, Mode, Place

K = TypeVar("K", bound=Rule)
ORDERS: Final = ("line", "order")
"""What a check is of that is asked when something is bought."""


class Rulebook:
    """The rules of a city's plugins, in the order of its settings.

    Raises RuleFaults with every fault of every chapter. It holds nothing that changes: one rulebook serves
    any number of orders at once.
    """

    def __init__(self, chapters: Iterable[Chapter], *, provided: Collection[type[Fact]] = CORE_FACTS) -> None:
        self.chapters = chapters = tuple(chapters)
        """What it was made of."""
        faults: list[str] = []
        self.loads: Mapping[type[Fact], Loader] = MappingProxyType(_loaders(chapters, provided, faults))
        """Loaders of the plugins' own facts."""
        bound = [each for chapter in chapters for each in _bound(chapter, faults)]
        known = {*provided, *self.loads}
        faults.extend(_strangers(bound, known))
        if faults:
            raise RuleFaults(faults)
        self._bound = {each.rule.code: each for each in bound}
        self.rules: Mapping[str, Rule] = MappingProxyType({each.rule.code: each.rule for each in bound})
        self.fact_types: Mapping[str, type[Fact]] = MappingProxyType({fact_name(each): each for each in known})
        """Fact types by the name they have in records."""
        self.parameters: Mapping[str, Parameters] = MappingProxyType({each.plugin: each.parameters for each in bound})
        """All tables of each plugin that has rules, with what was added to them."""
        self.chosen: Mapping[str, Chosen] = MappingProxyType({each.plugin: each.chosen for each in bound})
        """Of these the sets that bind in the city."""
        self._checks = _of(Check, bound)
        self._tallies: tuple[Bound[Tally], ...] = _of(Tally, bound)
        self._calendars = _of(Calendar, bound)
        self.rankings: tuple[Ranking, ...] = tuple(each.rule for each in _of(Ranking, bound))
        self.judges_orders = bool(self._tallies) or any(check.rule.on in ORDERS for check in self._checks)
        """Whether any of its rules has a say in what is bought, on some day."""

    @property
    def obligations(self) -> tuple[Obligation, ...]:
        return tuple(rule for rule in self.rules.values() if isinstance(rule, Obligation))

    @property
    def caps(self) -> tuple[Cap, ...]:
        return tuple(rule for rule in self.rules.values() if isinstance(rule, Cap))

    @property
    def checks(self) -> tuple[Check, ...]:
        return tuple(rule for rule in self.rules.values() if isinstance(rule, Check))

    def bound(self, kind: type[K]) -> tuple[Bound[K], ...]:
        """The rules of a kind, each with its tables."""
        return _of(kind, self._bound.values())

    def plugin_of(self, rule: str) -> str:
        return self._bound[rule].plugin

    def version_of(self, rule: str) -> str:
        """Version of the distribution and hash of the source, as decisions carry it."""
        return self._bound[rule].version

    def parameters_of(self, rule: str, day: Day | dt.date) -> str:
        """Content hash of the rows that a rule is judged with on a day, as decisions carry it."""
        return self._bound[rule].chosen.version(day.date if isinstance(day, Day) else day)

    def tables_of(self, rule: str) -> frozenset[type[Row]]:
        """The tables that a rule reads."""
        return self._bound[rule].tables

    def mode(self, rule: str, day: Day | dt.date) -> Mode:
        return self._bound[rule].mode(day)

    def day(self, date: dt.date, *, on_failure: OnFailure = nobody, strict: bool = False) -> Day:
        """A local day, with the occasions of all calendars together."""
        asking = Asking(Day.on(date), {}, on_failure, strict)
        occasions: set[str] = set()
        for calendar in self._calendars:
            if calendar.mode(date) is not Mode.ON:
                continue
            try:
                occasions.update(asking.answer(calendar, calendar.main, {}))
            except Exception as error:
                asking.failed(calendar, error)
        return Day.on(date, *occasions)

    def needs(self, day: Day, *asked: Moment | str) -> frozenset[type[Fact]]:
        """The fact types to load before asking, united over the rules in force that day.

        `asked` names grounds of checks (`line`, `order`, `listing`), moments of tallies, and rule codes.
        """
        wanted = set(asked)
        found = (each for each in self._bound.values() if wanted & _asked_as(each.rule))
        facts = (each.facts for each in found if each.mode(day) is not Mode.OFF)
        return frozenset[type[Fact]]().union(*facts)

    def judge(
        self, case: Case, *, on_failure: OnFailure = nobody, strict: bool = False, watch: Watch = unwatched
    ) -> tuple[Decision, ...]:
        """All checks of lines and orders: every objection, and the allows grouped by rule."""
        return judge_case(self._checks, Asking(case.day, case.facts, on_failure, strict, watch), case)

    def judge_listing(
        self,
        listing: ListingKeys,
        facts: Facts,
        day: Day,
        *,
        on_failure: OnFailure = nobody,
        strict: bool = False,
    ) -> tuple[Decision, ...]:
        return judge_listing(self._checks, Asking(day, facts, on_failure, strict), listing)

    def notices(self, day: Day, *, on_failure: OnFailure = nobody, strict: bool = False) -> tuple[Decision, ...]:
        """What is to be said of a day, such as what to wear."""
        return judge_day(self._checks, Asking(day, {}, on_failure, strict))

    def moves(
        self,
        case: Case,
        moment: Moment | None,
        *,
        on_failure: OnFailure = nobody,
        strict: bool = False,
        watch: Watch = unwatched,
    ) -> tuple[Move, ...]:
        """What the lines add to tallies at that moment; None: at any, as for evidence and advice."""
        return moves_of(self._tallies, Asking(case.day, case.facts, on_failure, strict, watch), case, moment)

    def target(
        self,
        rule: str,
        subject: str,
        facts: Facts,
        day: Day,
        *,
        on_failure: OnFailure = nobody,
        strict: bool = False,
    ) -> Target | None:
        """What a subject owes or may reach in that day's window; None when the rule says nothing of it."""
        [tally] = _of(Tally, [self._bound[rule]])
        return target_of(tally, Asking(day, facts, on_failure, strict), subject)

    def rank(
        self,
        rule: str,
        candidates: Sequence[Candidate],
        facts: Facts,
        day: Day,
        *,
        on_failure: OnFailure = nobody,
        strict: bool = False,
    ) -> list[tuple[Candidate, Place]]:
        """Candidates in order, each with its place and the reason."""
        [ranking] = _of(Ranking, [self._bound[rule]])
        return rank_all(ranking, Asking(day, facts, on_failure, strict), candidates)


def _of(kind: type[K], bound: Iterable[Bound[Rule]]) -> tuple[Bound[K], ...]:
    return tuple(each for each in bound if isinstance(each.rule, kind))  # type: ignore[misc]


def _asked_as(rule: Rule) -> set[str]:
    """By which words a rule may be meant."""
    if isinstance(rule, Check):
        return {rule.code, rule.on}
    return {rule.code, rule.at} if isinstance(rule, Tally) else {rule.code}


def _bound(chapter: Chapter, faults: list[str]) -> list[Bound[Rule]]:
    mine: list[str] = []
    found = (sign(rule, mine) for rule in chapter.regulations.rules)
    signed = [each for each in found if each is not None]
    parameters, chosen = _tables(chapter, signed, mine)
    asked = (asked for each in signed for asked in (each.main, each.limit) if asked is not UNLIMITED)
    version = f"{chapter.version}+{source_hash(each.function for each in asked)}"
    faults.extend(f"{chapter.plugin}: {fault}" for fault in mine)
    return [Bound(each.rule, each.main, each.limit, chapter.plugin, version, chosen, parameters) for each in signed]


def _tables(chapter: Chapter, signed: Sequence[Signed[Rule]], faults: list[str]) -> tuple[Parameters, Chosen]:
    wanted = {row for each in signed for row in each.tables}
    by_name = {table_name(row) for row in wanted}
    if len(by_name) < len(wanted):
        faults.append("two row types are read from one table; name another by `table`")
    try:
        parameters = load_parameters(chapter.regulations.parameters, wanted, added=chapter.added)
        chosen = parameters.choose({**chapter.regulations.chosen, **chapter.chosen})
    except (ParameterFaults, OSError) as error:
        faults.extend(error.faults if isinstance(error, ParameterFaults) else [str(error)])
        return NO_TABLES, Chosen({})
    missing = by_name - {table_name(row) for row in parameters.tables}
    faults.extend(f"{parameters.name}: the table {name} is read, but has no rows" for name in sorted(missing))
    codes = {each.rule.code for each in signed}
    faults.extend(
        f"{placed.place}: {placed.row.code} is not a rule here"
        for placed in parameters.standing.get(RuleRow, ())
        if placed.row.code not in codes
    )
    return parameters, chosen


def _loaders(
    chapters: Sequence[Chapter], provided: Collection[type[Fact]], faults: list[str]
) -> dict[type[Fact], Loader]:
    found: dict[type[Fact], Loader] = {}
    names = {fact_name(each): each for each in provided}
    for chapter in chapters:
        for fact, loader in chapter.regulations.loads.items():
            name = fact_name(fact)
            if names.setdefault(name, fact) is not fact or fact in found or fact in provided:
                faults.append(f"{chapter.plugin}: the fact {name} is loaded by another already")
            found[fact] = loader
    return found


def _strangers(bound: Sequence[Bound[Rule]], known: Collection[type[Fact]]) -> Iterable[str]:
    seen: dict[str, str] = {}
    for each in bound:
        code = each.rule.code
        if code in seen:
            yield f"{each.plugin}: {code} is a rule of {seen[code]} already"
        seen.setdefault(code, each.plugin)
        for fact in sorted(each.facts - {*known}, key=fact_name):
            yield f"{each.plugin}: {code} asks for {fact_name(fact)}, which nobody loads"

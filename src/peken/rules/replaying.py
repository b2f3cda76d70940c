"""Asks rules again about a case as it was recorded, and compares. Refuses to know storage, and to guess a fact."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from .docket import Thawed
from .facts import Case, fact_name
from .faults import MissingFact
from .judging import FAILED
from .kinds import Moment, Rule, Tally
from .moves import TallyKey
from .rulebook import Rulebook
from .verdicts import Decision
from .weighing import weigh


class Replayed(StrEnum):
    """What came of asking again."""

    SAME = "same"
    DIFFERENT = "different"
    UNRECORDED = "unrecorded"
    """Something that the rule reads was not recorded: it was not asked."""
    GONE = "gone"
    """No rule of this code is left in the city."""


@dataclass(frozen=True)
class Again:
    """A stored decision beside the one that the rule gives now; one of the two may not be there."""

    rule: str
    outcome: Replayed
    stored: Decision | None = None
    now: Decision | None = None
    fault: str = ""
    """What was not recorded, by name."""
    other_version: bool = False
    """Whether the stored one was judged by other code, or with other tables, than there are now."""


def judge_again(rulebook: Rulebook, thawed: Thawed, moment: Moment, stored: Sequence[Decision]) -> tuple[Again, ...]:
    """Each stored decision of a case, asked again with the recorded facts and balances.

    A case of the moment `PLACED` was judged by checks and tallies, another one by tallies alone. What a rule says
    now though nothing is stored of it is told where the same version of its plugin judged that case.
    """
    asked = _Asked.of(rulebook, thawed, moment, stored)
    found: list[Again] = []
    for code in dict.fromkeys(decision.rule for decision in stored):
        found += asked.compare(code, [decision for decision in stored if decision.rule == code])
    return (*found, *asked.unstored(stored))


@dataclass(frozen=True)
class _Asked:
    """What all rules say of the case now."""

    rulebook: Rulebook
    thawed: Thawed
    now: tuple[Decision, ...]
    missed: dict[str, str]
    """Facts that rules missed while they were asked, by rule."""

    @classmethod
    def of(cls, rulebook: Rulebook, thawed: Thawed, moment: Moment, stored: Sequence[Decision]) -> "_Asked":
        missed: dict[str, str] = {}

        def failed(rule: Rule, error: Exception) -> None:
            if isinstance(error, MissingFact):
                missed.setdefault(rule.code, str(error))

        case = thawed.case
        checked = rulebook.judge(case, on_failure=failed) if moment is Moment.PLACED else ()
        moves = rulebook.moves(case, moment, on_failure=failed)
        return cls(rulebook, thawed, (*checked, *weigh(moves, _balances(stored))), missed)

    def compare(self, code: str, stored: Sequence[Decision]) -> list[Again]:
        if code not in self.rulebook.rules:
            return [Again(code, Replayed.GONE, decision, other_version=True) for decision in stored]
        said = [decision for decision in self.now if decision.rule == code]
        rest, found = [*said], []
        for decision in stored:
            other = not self._same_version(decision)
            if fault := self._fault(decision):
                found.append(Again(code, Replayed.UNRECORDED, decision, fault=fault, other_version=other))
                continue
            # What was recorded twice is answered twice by the one that says the same.
            same = next((each for each in said if _result(each) == _result(decision)), None)
            twin = same or _alike(decision, rest)
            rest = [each for each in rest if each is not twin]
            found.append(
                Again(code, Replayed.SAME if same else Replayed.DIFFERENT, decision, twin, other_version=other)
            )
        if any(each.outcome is Replayed.UNRECORDED for each in found):
            return found
        return [*found, *(Again(code, Replayed.DIFFERENT, now=more) for more in rest)]

    def unstored(self, stored: Sequence[Decision]) -> list[Again]:
        """What is said now by rules of which nothing is stored, though the same version was there to say it."""
        told = {decision.rule for decision in stored}
        present = {decision.plugin for decision in stored if decision.rule in self.rulebook.rules}
        other = {decision.plugin for decision in stored if not self._same_version(decision)}
        return [
            Again(decision.rule, Replayed.DIFFERENT, now=decision)
            for decision in self.now
            if decision.rule not in told and decision.plugin in present - other
        ]

    def _same_version(self, stored: Decision) -> bool:
        if stored.rule not in self.rulebook.rules:
            return False
        on = self.thawed.case.day.date
        current = self.rulebook.version_of(stored.rule), self.rulebook.parameters_of(stored.rule, on)
        return (stored.version, stored.parameters) == current

    def _fault(self, stored: Decision) -> str:
        """What keeps this decision from being judged again; empty when nothing does."""
        if stored.code == FAILED:
            return ""
        missing = [*self._unread(stored), *_types(self.rulebook, self.thawed.case, stored.rule)]
        tally = isinstance(self.rulebook.rules[stored.rule], Tally)
        if tally and not isinstance(stored.values.get("before"), int):
            missing.append("the balance before")
        if missing:
            return f"{', '.join(missing)} was not recorded"
        return self.missed.get(stored.rule, "")

    def _unread(self, stored: Decision) -> Iterable[str]:
        """Facts that the decision names, and the docket has not."""
        for name in stored.facts:
            kind, _, key = name.partition("/")
            fact = self.rulebook.fact_types.get(kind)
            if fact is None or key not in self.thawed.case.facts.get(fact, {}):
                yield name


def _types(rulebook: Rulebook, case: Case, rule: str) -> Iterable[str]:
    """Types of facts that a rule asks for now, and that nobody loaded for this case."""
    for fact in sorted(rulebook.needs(case.day, rule) - set(case.facts), key=fact_name):
        if any(getattr(line, fact.of) is not None for line in case.lines):
            yield fact_name(fact)


def _balances(stored: Iterable[Decision]) -> dict[TallyKey, int]:
    """The balances that tallies were weighed against, as their decisions have them."""
    return {
        (decision.rule, decision.subject, decision.window): before
        for decision in stored
        if isinstance(before := decision.values.get("before"), int)
    }


def _result(decision: Decision) -> object:
    """What a decision says, apart from who says it and in which order."""
    about = (decision.subject_kind, decision.subject, decision.window, frozenset(decision.lines))
    return (decision.outcome, decision.code, decision.instead, about, dict(decision.values))


def _alike(stored: Decision, now: Sequence[Decision]) -> Decision | None:
    """Of what is said now, what speaks of the same lines, else of the same subject."""
    about = stored.subject, stored.window
    alike = [each for each in now if (each.subject, each.window) == about]
    alike.sort(key=lambda each: set(stored.lines).isdisjoint(each.lines))
    return alike[0] if alike else None

"""What the rules say, in the graph: objections, decisions, and what a buyer owes."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import strawberry

from peken import models
from peken.errors import Objection as PlainObjection
from peken.judging import Hearing, asked
from peken.obligations import Standing
from peken.rules import Decision as JudgedDecision
from peken.rules import Mode, message_of
from peken.rules import Outcome as JudgedOutcome
from peken.schema.context import Context, Info
from peken.schema.enums import described
from peken.schema.scalars import Long


@described(ID="Indonesian.", EN="English.")
class Language(Enum):
    """A language that people are spoken to in."""

    ID = "id"
    EN = "en"


@described(
    ALLOW="Nothing against it.",
    NOTICE="Nothing against it, and something to know.",
    WARN="Nothing against it yet: a bound is near.",
    REFUSE="Not allowed.",
)
class Outcome(Enum):
    """What a rule answers."""

    ALLOW = "allow"
    NOTICE = "notice"
    WARN = "warn"
    REFUSE = "refuse"


Lang = Annotated[Language | None, strawberry.argument(description="Language; that of the request unless told.")]


def say(info: Info, lang: Language | None, message: str, values: Mapping[str, object]) -> str:
    """The sentence in the language asked for."""
    language = lang.value if lang else info.context.language
    return info.context.market.texts.say(message, language, values)


@strawberry.type
class Objection:
    """One reason why something was not done."""

    code: str = strawberry.field(description="Stable code, for programs.")
    path: list[str] = strawberry.field(description='Where in the input it lies: ["items", "0"]; empty for all of it.')
    lines: list[int] = strawberry.field(description="Numbers of the basket's items that it speaks of, from 0.")
    subject: str | None = strawberry.field(
        description="Name of the shop or product whose limit it is, where it is one."
    )
    plugin: str | None = strawberry.field(description="The plugin that objects; null for the market itself.")
    rule: str | None = strawberry.field(description="Code of the plugin's rule; null where no rule objects.")
    citation: str | None = strawberry.field(description="The regulation behind it.")
    plain: strawberry.Private[PlainObjection]

    @strawberry.field
    def message(self, info: Info, lang: Lang = None) -> str:
        """The reason, in a sentence for people."""
        return say(info, lang, self.plain.message, self.plain.values)


def objection_of(plain: PlainObjection) -> Objection:
    """An objection as the graph shows it."""
    return Objection(
        code=plain.code,
        path=[str(part) for part in plain.path],
        lines=list(plain.lines),
        subject=plain.subject or None,
        plugin=plain.plugin,
        rule=plain.rule,
        citation=plain.citation,
        plain=plain,
    )


@strawberry.type
class Figure:
    """A number or word that a decision was made with."""

    name: str = strawberry.field(description="What it is: amount, before, ceiling, remaining ...")
    value: str = strawberry.field(description="The value, as JSON.")


@strawberry.type
class Decision:
    """What one rule said of a purchase, an order or a refused attempt, and why."""

    rule: str = strawberry.field(description="Code of the rule.")
    plugin: str = strawberry.field(description="The plugin it belongs to.")
    version: str = strawberry.field(description="Version of the plugin, and hash of the rule's source.")
    mode: str = strawberry.field(description="`on` binds; `shadow` judges and records without binding.")
    outcome: Outcome = strawberry.field(description="What it answered.")
    code: str = strawberry.field(description="Stable code of the answer.")
    lines: list[int] = strawberry.field(
        description="Numbers of the basket's items that it speaks of, from 0; none for a delivery."
    )
    subject: str | None = strawberry.field(description="Name of the shop or product it is about, where it is one.")
    window: str | None = strawberry.field(description='The window of a tally, such as "2026-11".')
    citation: str = strawberry.field(description="The regulation behind the rule.")
    source: str = strawberry.field(description="Source of the amount that decided, where one did.")
    mark: str = strawberry.field(
        description="How certain that is: A two sources, B one, S founding articles, O own reading, M unverified."
    )
    instead: str | None = strawberry.field(description="Where the order must go instead, when the rule knows.")
    decided_at: datetime | None = strawberry.field(description="When; null for advice, which is not kept.")
    template: strawberry.Private[str]
    values: strawberry.Private[Mapping[str, Any]]
    about: strawberry.Private[frozenset[str]] = frozenset()
    """Keys of the order lines that it speaks of, where it is kept."""

    @strawberry.field
    def message(self, info: Info, lang: Lang = None) -> str:
        """The answer, in a sentence for people."""
        return say(info, lang, self.template, self.values)

    @strawberry.field
    def figures(self) -> list[Figure]:
        """The numbers and words that it was decided with, by name."""
        # Sorted, since PostgreSQL's JSON keeps no order of its own.
        return [Figure(name=name, value=json.dumps(value)) for name, value in sorted(self.values.items())]


def advice_of(decision: JudgedDecision, hearing: Hearing) -> Decision:
    """A decision that was made now and is not kept."""
    rule = hearing.city.rulebook.rules[decision.rule]
    return Decision(
        rule=decision.rule,
        plugin=decision.plugin,
        version=decision.version,
        mode=decision.mode.value,
        outcome=Outcome(decision.outcome.value),
        code=decision.code,
        lines=list(hearing.items(decision)),
        subject=hearing.subject(decision) or None,
        window=decision.window or None,
        citation=decision.citation,
        source=decision.source,
        mark=decision.mark,
        instead=decision.instead,
        decided_at=None,
        template=message_of(rule, decision),
        values=decision.values,
    )


async def load_decisions(context: Context, cases: Sequence[UUID]) -> list[list[Decision]]:
    """The decisions kept of purchases, orders or attempts, by case."""
    found: dict[UUID, list[Decision]] = {case: [] for case in cases}
    for row in await models.Decision.filter(case_id__in=list(cases)).order_by("id"):
        found[row.case_id].append(_kept(row))
    return [found[case] for case in cases]


def _kept(row: models.Decision) -> Decision:
    return Decision(
        rule=row.rule,
        plugin=row.plugin,
        version=row.version,
        mode=row.mode,
        outcome=Outcome(row.outcome),
        code=row.code,
        lines=row.items,
        subject=row.subject_name or None,
        window=row.win,
        citation=row.citation,
        source=row.source,
        mark=row.mark,
        instead=row.instead,
        decided_at=row.at,
        template=row.message,
        values=row.figures,
        about=frozenset(row.lines),
    )


@strawberry.type
class Notice:
    """What the rules of a city say of a day to everybody, such as what to wear."""

    rule: str = strawberry.field(description="Code of the rule.")
    code: str = strawberry.field(description="Stable code of what it says.")
    citation: str = strawberry.field(description="The regulation behind the rule.")
    template: strawberry.Private[str]
    values: strawberry.Private[Mapping[str, Any]]

    @strawberry.field
    def message(self, info: Info, lang: Lang = None) -> str:
        """What is said, in a sentence for people."""
        return say(info, lang, self.template, self.values)


def notices_of(context: Context, code: str) -> list[Notice]:
    """What is to be said of today in a city."""
    city = context.market.city(code)
    how = asked(context.market, city)
    day = city.rulebook.day(city.today(context.now), **how)
    return [
        Notice(
            rule=decision.rule,
            code=decision.code,
            citation=decision.citation,
            template=message_of(city.rulebook.rules[decision.rule], decision),
            values=decision.values,
        )
        for decision in city.rulebook.notices(day, **how)
        if decision.mode is Mode.ON and decision.outcome is not JudgedOutcome.ALLOW
    ]


@strawberry.type
class Obligation:
    """What a buyer or department has to buy within a window, and how far that has come."""

    rule: str = strawberry.field(description="Code of the rule.")
    citation: str = strawberry.field(description="The regulation behind the rule.")
    source: str = strawberry.field(description="Source of the amount.")
    mark: str = strawberry.field(description="How certain that source is, as in `Decision.mark`.")
    window: str = strawberry.field(description='The window, such as "2026-11".')
    unit: str = strawberry.field(description="`rupiah`, `g`, `ml`, `piece` or `count`.")
    due: Long = strawberry.field(description="What must be reached, in `unit`.")
    done: Long = strawberry.field(description="What has counted so far.")
    remaining: Long = strawberry.field(description="What is still to do; 0 when met.")
    met: bool = strawberry.field(description="Whether it is reached.")
    until: date | None = strawberry.field(description="Last day of the window, in the city.")
    days_left: int | None = strawberry.field(description="Days left, today included.")
    days_owed: int | None = strawberry.field(
        description="Days of the window for which it is owed, less leave and exemptions; null where days do not matter."
    )
    days: int | None = strawberry.field(description="Days of the window; null where `daysOwed` is.")
    title_text: strawberry.Private[str]

    @strawberry.field
    def title(self, info: Info, lang: Lang = None) -> str:
        """Name of the rule for people."""
        return say(info, lang, self.title_text, {})


def obligation_of(standing: Standing) -> Obligation:
    """A standing as the graph shows it."""
    return Obligation(
        rule=standing.rule,
        citation=standing.citation,
        source=standing.source,
        mark=standing.mark,
        window=standing.window,
        unit=standing.unit,
        due=Long(standing.due),
        done=Long(standing.done),
        remaining=Long(standing.remaining),
        met=standing.remaining == 0,
        until=standing.until,
        days_left=standing.days_left,
        days_owed=standing.days_owed,
        days=standing.days,
        title_text=standing.title,
    )

"""What was found when windows ended, what people decided on it, and what came back after it had counted."""

from collections.abc import Hashable, Sequence
from datetime import datetime
from enum import Enum
from typing import Annotated
from uuid import UUID

import strawberry
from tortoise.expressions import Q

from peken import findings, models, tallies
from peken.errors import Refused as RefusedError
from peken.ids import key_of
from peken.models.findings import FindingStatus
from peken.plans import Listing, Rows, Scope, Sort, column, computed, listed, loaded, performed, private
from peken.plans.paging import After, Before, Connection, First, Instant, Last, Number, Window, connect
from peken.schema.buyers import Buyer, Department, load_buyers, load_departments
from peken.schema.buying import Refused, refusal_of
from peken.schema.context import Context, Info
from peken.schema.enums import described
from peken.schema.nodes import Id, Node
from peken.schema.orders import Order, load_orders
from peken.schema.rulings import Lang, say
from peken.schema.scalars import Long

described(OPEN="Nobody has decided on it.", DECIDED="A person has decided on it.")(FindingStatus)


def _said(text: str) -> str | None:
    return text or None


def _actor(context: Context) -> Hashable:
    return context.actor


@strawberry.type
class Finding(Node):
    """How one buyer or department stood under an obligation when its window was closed.

    It is for a person to decide on: the market itself punishes nobody, and rewards nobody.
    """

    city_code: str = column("city_id", description="Code of the city.")
    rule: str = strawberry.field(description="Code of the rule.")
    window: str = column("win", description='The window, such as "2026-11".')
    unit: str = strawberry.field(description="`rupiah`, `g`, `ml`, `piece` or `count`.")
    due: Long = column("floor", description="What was to be reached, as of the last day of the window.")
    value: Long = strawberry.field(description="What had counted when the window was closed.")
    missing: Long = strawberry.field(description="What was missing then; 0 where it was met.")
    met: bool = column("missing", made=lambda missing: missing == 0, description="Whether it was met.")
    scheme: str | None = column(made=_said, description="Scheme of the class by which it was owed; null for everybody.")
    class_code: str | None = column(
        "scheme",
        "code",
        made=lambda scheme, code: code if scheme else None,
        description="The class by which it was owed; null for everybody.",
    )
    citation: str = strawberry.field(description="The regulation behind the rule.")
    source: str = strawberry.field(description="Source of the amount.")
    mark: str = strawberry.field(description="How certain that source is, as in `Decision.mark`.")
    status: FindingStatus = strawberry.field(description="Whether somebody has decided on it.")
    decision: str | None = column(made=_said, description="What was decided, in the words of who did.")
    decided_at: datetime | None = strawberry.field(description="When it was decided.")
    found_at: datetime = column("at", description="When the window was closed.")
    subject_kind: strawberry.Private[str]
    subject: strawberry.Private[str]
    department_key: strawberry.Private[UUID | None] = private("department_id")

    @computed("city_code", "rule")
    def title(self, info: Info, lang: Lang = None) -> str:
        """Name of the rule for people; its code where the city has no such rule any more."""
        rule = info.context.market.city(self.city_code).rulebook.rules.get(self.rule)
        return say(info, lang, rule.title, {}) if rule and rule.title else self.rule

    buyer: Buyer | None = loaded(
        lambda: load_buyers,
        *("subject_kind", "subject"),
        by=lambda who: UUID(who[1]) if who[0] == "buyer" else None,
        description="Who owed, where it was a buyer.",
    )

    department: Department | None = loaded(
        lambda: load_departments,
        "department_key",
        description="The department (OPD) the buyer was in, or that owed itself.",
    )

    value_now: Long = loaded(
        lambda: load_values,
        *("rule", "subject", "window"),
        description="What counts now: less than `value` where something that had counted was cancelled since.",
    )


FINDINGS = Rows(Finding, models.Finding)
load_finding = FINDINGS.by(scope=Scope(lambda context: findings.scope(context.actor), _actor))
"""Findings by key, those that the actor may see."""


async def load_values(context: Context, keys: Sequence[tallies.Key]) -> list[Long]:
    """The balances of findings, as they are now."""
    found = await tallies.standing(context.market.database, keys)
    return [Long(found[key]) for key in keys]


async def find_finding(context: Context, key: UUID) -> Finding | None:
    """The finding of a key, if the actor may see it."""
    return await context.load(load_finding, key)


@strawberry.type
class Reversal:
    """What had counted towards an obligation, and was taken back when its order was cancelled."""

    rule: str = strawberry.field(description="Code of the rule.")
    window: str = column("win", description="The window in which it had counted, and from which it was taken.")
    amount: Long = column(made=lambda amount: -amount, description="How much was taken back, in the unit of the rule.")
    at: datetime = strawberry.field(description="When.")
    line: strawberry.Private[UUID] = private("line_id")
    subject: strawberry.Private[str]

    order: Order | None = loaded(lambda: load_orders_of_lines, "line", description="The order that was cancelled.")

    finding: Finding | None = loaded(
        lambda: load_findings,
        *("rule", "subject", "window"),
        description="The finding of that window, where there is one: it keeps what had counted when it was made.",
    )


REVERSALS = Rows(Reversal, models.TallyEntry)
BY_TIME = Sort("reversals", "id", UUID, descending=True)


async def load_orders_of_lines(context: Context, lines: Sequence[UUID]) -> list[Order | None]:
    """The orders of lines, those that the actor may see."""
    rows = await models.OrderLine.filter(id__in=list(lines)).values("id", "order_id")
    order_of = {row["id"]: row["order_id"] for row in rows}
    keys = sorted({*order_of.values()})
    found = dict(zip(keys, await load_orders(context, keys), strict=True))
    return [found.get(order_of.get(line)) for line in lines]


async def load_findings(context: Context, keys: Sequence[tallies.Key]) -> list[Finding | None]:
    """Findings by rule, subject and window, those that the actor may see."""
    subjects, windows = {key[1] for key in keys}, {key[2] for key in keys}
    rows = await FINDINGS.find(
        models.Finding.filter(findings.scope(context.actor), subject__in=sorted(subjects), win__in=sorted(windows))
    )
    found = {(row["rule"], row["subject"], row["win"]): FINDINGS.make(row) for row in rows}
    return [found.get(key) for key in keys]


@described(NEWEST="What was found last comes first.", MISSING="What is missing most comes first.")
class FindingSort(Enum):
    """In which order findings come."""

    NEWEST = Sort("findings.newest", "at", Instant, descending=True)
    MISSING = Sort("findings.missing", "missing", Number, descending=True)


@strawberry.input
class FindingFilter:
    """Which findings are wanted; what is left out does not narrow the list."""

    rule: str | None = strawberry.field(default=None, description="Code of the rule.")
    window: str | None = strawberry.field(default=None, description='The window, such as "2026-11".')
    met: bool | None = strawberry.field(default=None, description="Those who met it, or those who fell short.")
    status: FindingStatus | None = strawberry.field(default=None, description="Decided on, or open.")
    department: strawberry.ID | None = strawberry.field(default=None, description="Only of this department.")


@strawberry.type
class FindingQuery:
    """What was found, and what changed since."""

    @listed(Connection[Finding], viewpoint=_actor)
    @staticmethod
    def findings(
        context: Context,
        filter: Annotated[
            FindingFilter | None, strawberry.argument(description="Which are wanted; all unless told.")
        ] = None,
        sort: Annotated[FindingSort, strawberry.argument(description="In which order they come.")] = FindingSort.NEWEST,
    ) -> Listing:
        """What was found of each who owed when the windows of obligations were closed, met or not."""
        rows = models.Finding.filter(findings.scope(context.actor), _clauses(filter or FindingFilter()))
        return Listing(FINDINGS, rows, sort.value)

    @strawberry.field
    async def reversals(
        self,
        info: Info,
        after_closing: Annotated[
            bool, strawberry.argument(description="Only what was taken back after its window had been closed.")
        ] = False,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Reversal]:
        """Orders cancelled after they had counted towards an obligation, line by line, latest first."""
        context = info.context
        city = context.market.city(context.actor.city)
        rows = await findings.reversed_entries(context.actor, city, after_closing=after_closing)
        return await connect(context, Listing(REVERSALS, rows, BY_TIME), Window(first, after, last, before))


def _clauses(wanted: FindingFilter) -> Q:
    clause = Q()
    if wanted.rule is not None:
        clause &= Q(rule=wanted.rule)
    if wanted.window is not None:
        clause &= Q(win=wanted.window)
    if wanted.met is not None:
        clause &= Q(missing=0) if wanted.met else Q(missing__gt=0)
    if wanted.status is not None:
        clause &= Q(status=wanted.status)
    if wanted.department is not None:
        clause &= Q(department_id=key_of(wanted.department, "Department"))
    return clause


DecideFindingResult = Annotated[
    Finding | Refused, strawberry.union("DecideFindingResult", description="The finding, or why it is not decided.")
]


@strawberry.type
class FindingMutation:
    """What people do about findings."""

    @performed
    async def decide_finding(
        self,
        info: Info,
        id: Id,
        decision: Annotated[str, strawberry.argument(description="What was decided, from 1 to 300 characters.")],
    ) -> DecideFindingResult:
        """Writes down what a person decided on a finding, once; who did is in the audit."""
        key = key_of(id, "Finding")
        try:
            await findings.decide(info.context.market, info.context.actor, key, decision)
        except RefusedError as refused:
            return refusal_of(refused)
        rows = await FINDINGS.find(models.Finding.filter(id=key))
        return FINDINGS.make(rows[0])

"""What was found when windows ended, what people decided on it, and what came back after it had counted."""

from collections.abc import Sequence
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
from peken.schema.buyers import Buyer, Department, load_buyers, load_departments
from peken.schema.buying import Refused, refusal_of
from peken.schema.context import Context, Info
from peken.schema.enums import described
from peken.schema.nodes import Id, Node
from peken.schema.orders import Order, load_orders
from peken.schema.paging import After, Before, Connection, First, Instant, Last, Row, Sort, Window, connect
from peken.schema.rulings import Lang, say
from peken.schema.scalars import Long

described(OPEN="Nobody has decided on it.", DECIDED="A person has decided on it.")(FindingStatus)

COLUMNS = (
    *("id", "city_id", "rule", "subject_kind", "subject", "win", "unit", "value", "floor", "missing", "scheme"),
    *("code", "citation", "source", "mark", "department_id", "status", "decision", "decided_at", "at"),
)


@strawberry.type
class Finding(Node):
    """How one buyer or department stood under an obligation when its window was closed.

    It is for a person to decide on: the market itself punishes nobody, and rewards nobody.
    """

    city_code: str = strawberry.field(description="Code of the city.")
    rule: str = strawberry.field(description="Code of the rule.")
    window: str = strawberry.field(description='The window, such as "2026-11".')
    unit: str = strawberry.field(description="`rupiah`, `g`, `ml`, `piece` or `count`.")
    due: Long = strawberry.field(description="What was to be reached, as of the last day of the window.")
    value: Long = strawberry.field(description="What had counted when the window was closed.")
    missing: Long = strawberry.field(description="What was missing then; 0 where it was met.")
    met: bool = strawberry.field(description="Whether it was met.")
    scheme: str | None = strawberry.field(description="Scheme of the class by which it was owed; null for everybody.")
    class_code: str | None = strawberry.field(description="The class by which it was owed; null for everybody.")
    citation: str = strawberry.field(description="The regulation behind the rule.")
    source: str = strawberry.field(description="Source of the amount.")
    mark: str = strawberry.field(description="How certain that source is, as in `Decision.mark`.")
    status: FindingStatus = strawberry.field(description="Whether somebody has decided on it.")
    decision: str | None = strawberry.field(description="What was decided, in the words of who did.")
    decided_at: datetime | None = strawberry.field(description="When it was decided.")
    found_at: datetime = strawberry.field(description="When the window was closed.")
    subject_kind: strawberry.Private[str]
    subject: strawberry.Private[str]
    department_key: strawberry.Private[UUID | None]

    @strawberry.field
    async def title(self, info: Info, lang: Lang = None) -> str:
        """Name of the rule for people; its code where the city has no such rule any more."""
        rule = info.context.market.city(self.city_code).rulebook.rules.get(self.rule)
        return say(info, lang, rule.title, {}) if rule and rule.title else self.rule

    @strawberry.field
    async def buyer(self, info: Info) -> Buyer | None:
        """Who owed, where it was a buyer."""
        return await info.context.load(load_buyers, UUID(self.subject)) if self.subject_kind == "buyer" else None

    @strawberry.field
    async def department(self, info: Info) -> Department | None:
        """The department (OPD) the buyer was in, or that owed itself."""
        return await info.context.load(load_departments, self.department_key) if self.department_key else None

    @strawberry.field
    async def value_now(self, info: Info) -> Long:
        """What counts now: less than `value` where something that had counted was cancelled since."""
        return await info.context.load(load_values, (self.rule, self.subject, self.window))


def finding_of(row: Row) -> Finding:
    """A finding from its row."""
    return Finding(
        key=row["id"],
        city_code=row["city_id"],
        rule=row["rule"],
        window=row["win"],
        unit=row["unit"],
        due=Long(row["floor"]),
        value=Long(row["value"]),
        missing=Long(row["missing"]),
        met=row["missing"] == 0,
        scheme=row["scheme"] or None,
        class_code=row["code"] if row["scheme"] else None,
        citation=row["citation"],
        source=row["source"],
        mark=row["mark"],
        status=FindingStatus(row["status"]),
        decision=row["decision"] or None,
        decided_at=row["decided_at"],
        found_at=row["at"],
        subject_kind=row["subject_kind"],
        subject=row["subject"],
        department_key=row["department_id"],
    )


async def load_values(context: Context, keys: Sequence[tallies.Key]) -> list[Long]:
    """The balances of findings, as they are now."""
    found = await tallies.standing(context.market.database, keys)
    return [Long(found[key]) for key in keys]


async def find_finding(info: Info, key: UUID) -> Finding | None:
    """The finding of a key, if the actor may see it."""
    rows = await models.Finding.filter(findings.scope(info.context.actor), id=key).values(*COLUMNS)
    return finding_of(rows[0]) if rows else None


@strawberry.type
class Reversal:
    """What had counted towards an obligation, and was taken back when its order was cancelled."""

    rule: str = strawberry.field(description="Code of the rule.")
    window: str = strawberry.field(description="The window in which it had counted, and from which it was taken.")
    amount: Long = strawberry.field(description="How much was taken back, in the unit of the rule.")
    at: datetime = strawberry.field(description="When.")
    line: strawberry.Private[UUID]
    subject: strawberry.Private[str]

    @strawberry.field
    async def order(self, info: Info) -> Order | None:
        """The order that was cancelled."""
        return await info.context.load(load_orders_of_lines, self.line)

    @strawberry.field
    async def finding(self, info: Info) -> Finding | None:
        """The finding of that window, where there is one: it keeps what had counted when it was made."""
        return await info.context.load(load_findings, (self.rule, self.subject, self.window))


REVERSAL = ("id", "rule", "subject", "win", "line_id", "amount", "at")
BY_TIME = Sort("reversals", "id", UUID, descending=True)


def reversal_of(row: Row) -> Reversal:
    """What was taken back, from its entry in the ledger."""
    return Reversal(
        rule=row["rule"],
        window=row["win"],
        amount=Long(-row["amount"]),
        at=row["at"],
        line=row["line_id"],
        subject=row["subject"],
    )


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
    rows = await models.Finding.filter(
        findings.scope(context.actor), subject__in=sorted(subjects), win__in=sorted(windows)
    ).values(*COLUMNS)
    found = {(row["rule"], row["subject"], row["win"]): finding_of(row) for row in rows}
    return [found.get(key) for key in keys]


@described(NEWEST="What was found last comes first.", MISSING="What is missing most comes first.")
class FindingSort(Enum):
    """In which order findings come."""

    NEWEST = Sort("findings.newest", "at", Instant, descending=True)
    MISSING = Sort("findings.missing", "missing", int, descending=True)


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

    @strawberry.field
    async def findings(
        self,
        info: Info,
        filter: Annotated[
            FindingFilter | None, strawberry.argument(description="Which are wanted; all unless told.")
        ] = None,
        sort: Annotated[FindingSort, strawberry.argument(description="In which order they come.")] = FindingSort.NEWEST,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Finding]:
        """What was found of each who owed when the windows of obligations were closed, met or not."""
        rows = models.Finding.filter(findings.scope(info.context.actor), _clauses(filter or FindingFilter()))
        return await connect(info, rows, COLUMNS, sort.value, Window(first, after, last, before), finding_of)

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
        return await connect(info, rows, REVERSAL, BY_TIME, Window(first, after, last, before), reversal_of)


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

    @strawberry.mutation
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
        rows = await models.Finding.filter(id=key).values(*COLUMNS)
        return finding_of(rows[0])

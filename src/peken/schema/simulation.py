"""A draft regulation tried on past orders, in the graph. Shapes only."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import Annotated, Final
from uuid import UUID

import strawberry

from peken import parameters, whatif
from peken.money import Rupiah
from peken.plans import loaded
from peken.rules import ParameterFaults, read_draft
from peken.schema.buyers import Buyer, load_buyers
from peken.schema.context import Context, Info
from peken.schema.enums import described
from peken.schema.orders import Purchase, load_purchases
from peken.schema.scalars import Long
from peken.schema.vendors import Vendor, load_vendors
from peken.whatif import bad_draft

MOST_LINES: Final = 20_000
"""A query tries no more than this; the subscription and `peken rules simulate` try any number."""
LISTED: Final = 100

Draft = Annotated[str, strawberry.argument(description="The draft, in TOML: see docs/what-if.md.")]
First = Annotated[date | None, strawberry.argument(description="First day; that of all orders unless told.")]
Last = Annotated[date | None, strawberry.argument(description="Last day; that of all orders unless told.")]


@strawberry.type
class SimulatedSum:
    """Purchases, and what they come to."""

    count: int = strawberry.field(description="How many.")
    amount: Rupiah = strawberry.field(description="What they come to.")


@strawberry.type
class SimulatedReason:
    """Why purchases were refused."""

    rule: str = strawberry.field(description="Code of the rule.")
    code: str = strawberry.field(description="Stable code of what it said.")
    refused: SimulatedSum = strawberry.field(description="The purchases.")


@strawberry.type
class SimulatedGap:
    """What a class in a department owed in a window, and what was missing at its end."""

    rule: str = strawberry.field(description="Code of the obligation.")
    window: str = strawberry.field(description='The window, such as "2026-11".')
    complete: bool = strawberry.field(description="Whether all of the window was tried.")
    scheme: str | None = strawberry.field(description="Scheme of the class; null for everybody.")
    class_code: str | None = strawberry.field(description="The class; null for everybody.")
    department: str = strawberry.field(description="Name of the department (OPD); empty for who is in none.")
    owed_by: int = strawberry.field(description="How many owed.")
    met_by: int = strawberry.field(description="How many of them met it.")
    due: Long = strawberry.field(description="What they owed together, in the unit of the rule.")
    done: Long = strawberry.field(description="What counted for them.")
    missing: Long = strawberry.field(description="What was missing, of those who fell short.")


@strawberry.type
class SimulatedSpread:
    """How turnover is spread over the shops that the city has verified."""

    vendors: int = strawberry.field(description="How many shops.")
    turnover: Rupiah = strawberry.field(description="What they sold.")
    gini: float = strawberry.field(description="0 where all sell alike, near 1 where one sells everything.")
    top_tenth: float = strawberry.field(description="Share of the tenth that sells most, from 0 to 1.")
    never_sold: int = strawberry.field(description="How many sold nothing.")


@strawberry.type
class SimulatedOutcome:
    """What came of the purchases under one set of rules."""

    placed: SimulatedSum = strawberry.field(description="What was placed.")
    refused: SimulatedSum = strawberry.field(description="What was refused.")
    kept_back: SimulatedSum = strawberry.field(description="Deliveries that were refused.")
    buyers_refused: int = strawberry.field(description="How many buyers were refused something.")
    reasons: list[SimulatedReason] = strawberry.field(description="Why, by rule.")
    gaps: list[SimulatedGap] = strawberry.field(description="What was owed, by window, class and department.")
    spread: SimulatedSpread = strawberry.field(description="How turnover is spread.")


@strawberry.type
class SimulatedRefusal:
    """A purchase that the rules as they are and the draft judge differently."""

    at: datetime = strawberry.field(description="When it was placed.")
    amount: Rupiah = strawberry.field(description="What it came to.")
    by_draft: bool = strawberry.field(description="Refused by the draft alone, or by the rules as they are alone.")
    rules: list[str] = strawberry.field(description="Codes of the rules that refuse it.")
    purchase_key: strawberry.Private[UUID]
    buyer_key: strawberry.Private[UUID]

    purchase: Purchase | None = loaded(lambda: load_purchases, "purchase_key", description="The purchase.")

    buyer: Buyer | None = loaded(lambda: load_buyers, "buyer_key", description="Whose it was.")


@strawberry.type
class SimulatedTurnover:
    """A shop whose turnover the draft changes."""

    before: Rupiah = strawberry.field(description="What it sold under the rules as they are.")
    after: Rupiah = strawberry.field(description="What it would have sold under the draft.")
    vendor_key: strawberry.Private[UUID]

    vendor: Vendor | None = loaded(lambda: load_vendors, "vendor_key", description="The shop.")


@strawberry.type
class Simulation:
    """Past orders under the rules as they are, and under a draft. Nothing of it was written."""

    first: date = strawberry.field(description="First day that was tried: a window is tried from its start.")
    last: date = strawberry.field(description="Last day.")
    purchases: int = strawberry.field(description="How many purchases there were.")
    lines: int = strawberry.field(description="How many lines.")
    before: SimulatedOutcome = strawberry.field(description="Under the rules as they are.")
    after: SimulatedOutcome = strawberry.field(description="Under the draft.")
    lost: SimulatedSum = strawberry.field(description="Refused by the draft alone: money that would go elsewhere.")
    won: SimulatedSum = strawberry.field(description="Refused by the rules as they are alone.")
    refusals: list[SimulatedRefusal] = strawberry.field(description="The first hundred on which the two differ.")
    moved: list[SimulatedTurnover] = strawberry.field(description="The hundred shops that it changes most.")


@described(
    LINES="Past orders, line by line.",
    OWED="What buyers owed, as the rules are.",
    OWED_UNDER_DRAFT="What they would owe.",
    DONE="Nothing more: this is what came of it.",
)
class SimulationStep(Enum):
    """What a simulation is at, one after another."""

    LINES = "lines"
    OWED = "owed"
    OWED_UNDER_DRAFT = "owed under the draft"
    DONE = "done"


@strawberry.type
class SimulationProgress:
    """How far a simulation is."""

    step: SimulationStep = strawberry.field(description="What it is at.")
    done: int = strawberry.field(description="How much of it is done.")
    total: int = strawberry.field(description="How much of it there is.")
    simulation: Simulation | None = strawberry.field(default=None, description="What came of it, at the end.")


@strawberry.type
class SimulationQuery:
    """Trying things out."""

    @strawberry.field
    async def simulate_rules(self, info: Info, draft: Draft, first: First = None, last: Last = None) -> Simulation:
        """What would have come of the city's past orders under other amounts or with other rules on; reads only.

        At most 20,000 lines: the subscription `simulateRules` tries any number, and tells how far it is.
        """
        return await _simulated(info.context, draft, first, last, most=MOST_LINES)


@strawberry.type
class SimulationSubscription:
    """Trying things out that take their time."""

    @strawberry.subscription
    async def simulate_rules(
        self, info: Info, draft: Draft, first: First = None, last: Last = None
    ) -> AsyncGenerator[SimulationProgress]:
        """What the query `simulateRules` tells, of any number of lines; how far it is, and what came of it at the end.

        Whoever leaves ends it.
        """
        steps = asyncio.Queue[SimulationProgress | None]()

        def progress(step: str, done: int, total: int) -> None:
            steps.put_nowait(SimulationProgress(step=SimulationStep(step), done=done, total=total))

        trying = asyncio.create_task(_simulated(info.context, draft, first, last, progress=progress))
        trying.add_done_callback(lambda _: steps.put_nowait(None))
        try:
            while (step := await steps.get()) is not None:
                yield step
            yield SimulationProgress(step=SimulationStep.DONE, done=1, total=1, simulation=await trying)
        finally:
            trying.cancel()
            await asyncio.wait({trying})
            if not trying.cancelled():
                trying.exception()  # told already, or to nobody who is left


async def _simulated(
    context: Context,
    draft: str,
    first: date | None,
    last: date | None,
    *,
    most: int | None = None,
    progress: whatif.Progress = whatif.silent,
) -> Simulation:
    market, told = context.market, _First()
    city = await parameters.served(market, context.actor.city)
    try:
        tried = read_draft(draft)
    except ParameterFaults as wrong:
        raise bad_draft(wrong) from None
    report = await whatif.simulate(market, city, tried, first, last, most=most, progress=progress, tell=told.note)
    return _simulation(report, told.refusals)


@dataclass
class _First:
    refusals: list[whatif.Refusal] = field(default_factory=list)

    def note(self, refusal: whatif.Refusal) -> None:
        """Keeps it, if there is room."""
        if len(self.refusals) < LISTED:
            self.refusals.append(refusal)


def _simulation(report: whatif.Report, refusals: Sequence[whatif.Refusal]) -> Simulation:
    return Simulation(
        first=report.first,
        last=report.last,
        purchases=report.purchases,
        lines=report.lines,
        before=_outcome(report.before, report.spread_before),
        after=_outcome(report.after, report.spread_after),
        lost=_sum(report.lost),
        won=_sum(report.won),
        refusals=[
            SimulatedRefusal(
                at=each.at,
                amount=Rupiah(each.amount),
                by_draft=each.by_draft,
                rules=[*dict.fromkeys(rule for rule, _ in each.reasons)],
                purchase_key=each.purchase,
                buyer_key=each.buyer,
            )
            for each in refusals
        ],
        moved=[
            SimulatedTurnover(before=Rupiah(before), after=Rupiah(after), vendor_key=UUID(vendor))
            for vendor, before, after in report.moved(LISTED)
        ],
    )


def _sum(found: whatif.Sum) -> SimulatedSum:
    return SimulatedSum(count=found.count, amount=Rupiah(found.amount))


def _outcome(outcome: whatif.Outcome, spread: whatif.Spread) -> SimulatedOutcome:
    return SimulatedOutcome(
        placed=_sum(outcome.placed),
        refused=_sum(outcome.refused),
        kept_back=_sum(outcome.kept_back),
        buyers_refused=len(outcome.buyers),
        reasons=[
            SimulatedReason(rule=rule, code=code, refused=_sum(found))
            for (rule, code), found in sorted(outcome.reasons.items())
        ],
        gaps=[_gap(gap) for gap in outcome.gaps],
        spread=SimulatedSpread(
            vendors=spread.vendors,
            turnover=Rupiah(spread.turnover),
            gini=spread.gini,
            top_tenth=spread.top_tenth,
            never_sold=spread.never_sold,
        ),
    )


def _gap(gap: whatif.Gap) -> SimulatedGap:
    return SimulatedGap(
        rule=gap.rule,
        window=gap.window,
        complete=gap.complete,
        scheme=gap.scheme or None,
        class_code=gap.code or None,
        department=gap.department,
        owed_by=gap.owed_by,
        met_by=gap.met_by,
        due=Long(gap.due),
        done=Long(gap.done),
        missing=Long(gap.missing),
    )

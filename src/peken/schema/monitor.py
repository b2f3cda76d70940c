"""The monitor in the graph: who is behind, for city hall and for superiors. Shows amounts, never a basket."""

from datetime import date, datetime
from enum import Enum
from functools import partial
from typing import Annotated
from uuid import UUID

import strawberry

from peken import buyers, monitor
from peken.database import Rows, uuid_of
from peken.ids import key_of
from peken.market import ServedCity
from peken.monitor import Among, Counts, Status, Watched
from peken.plans import loaded
from peken.plans.paging import (
    After,
    Before,
    Connection,
    First,
    Last,
    Number,
    Sort,
    Span,
    Window,
    connect_rows,
    nothing,
)
from peken.plans.rows import Row
from peken.rules import Obligation as Rule
from peken.schema.buyers import Buyer, Department, load_buyers, load_departments
from peken.schema.context import Info
from peken.schema.enums import described
from peken.schema.exemptions import Exemption, load_exemptions
from peken.schema.rulings import Lang, say
from peken.schema.scalars import Long

described(
    BEHIND="Something is still to do.",
    MET="All that is owed is done.",
    EXEMPT="Nothing is owed in this window: by class, on leave, or exempt.",
)(Status)


@strawberry.type
class HeldClass:
    """A class that a buyer held when the window was last opened."""

    scheme: str = strawberry.field(description="The scheme: golongan, post, echelon, job class ...")
    code: str = strawberry.field(description="The class within the scheme, such as III/c.")


@strawberry.type
class ObligationStanding:
    """How one buyer stands under an obligation: met or not, and the amount."""

    name: str = strawberry.field(description="Name of the buyer.")
    classes: list[HeldClass] = strawberry.field(description="Classes of the buyer in this window.")
    status: Status = strawberry.field(description="Behind, met, or exempt.")
    due: Long = strawberry.field(description="What must be reached, in the rule's `unit`; 0 for the exempt.")
    done: Long = strawberry.field(description="What has counted so far.")
    remaining: Long = strawberry.field(description="What is still to do; 0 when met, and for the exempt.")
    days_left: int | None = strawberry.field(description="Days left, today included; 0 when the window is over.")
    forecast: Long | None = strawberry.field(
        description="Where `done` ends if it goes on as it went so far: done / days elapsed * days of the window, "
        "rounded down. Null before the window begins, and where it has no dates."
    )
    buyer_key: strawberry.Private[UUID]
    department_key: strawberry.Private[UUID | None]
    watched: strawberry.Private[Watched]

    @strawberry.field
    async def exemptions(self, info: Info) -> list[Exemption]:
        """Leave and exemptions that stand on some day of the window: why less is owed, or nothing."""
        found, seen = await info.context.load(load_exemptions, self.buyer_key), self.watched
        return [each for each in found if each.concerns(seen.rule.code, seen.first, seen.after)]

    buyer: Buyer | None = loaded(
        lambda: load_buyers,
        "buyer_key",
        description="The buyer's card; null for those who may see how one stands, but not the card.",
    )
    department: Department | None = loaded(
        lambda: load_departments,
        "department_key",
        description="The department that the buyer works in, or worked in when the window ended.",
    )


@strawberry.type
class ObligationCounts:
    """How many stand how under an obligation, and what they owe and did together."""

    met: int = strawberry.field(description="Those who have done all they owe.")
    behind: int = strawberry.field(description="Those who have something still to do.")
    exempt: int = strawberry.field(description="Those on the list who owe nothing in this window.")
    due: Long = strawberry.field(description="What all of them owe, in the rule's `unit`.")
    done: Long = strawberry.field(description="What has counted for all of them.")


@strawberry.type
class DepartmentStanding:
    """How the people of one department stand."""

    counts: ObligationCounts = strawberry.field(description="Their numbers.")
    department_key: strawberry.Private[UUID | None]

    department: Department | None = loaded(
        lambda: load_departments, "department_key", description="The department; null for those who work in none."
    )


@strawberry.type
class ClassStanding:
    """How those of one class stand. Who holds classes of two schemes counts in both."""

    scheme: str = strawberry.field(description="The scheme: golongan, post, echelon, job class ...")
    code: str = strawberry.field(description="The class within the scheme, such as III/c.")
    counts: ObligationCounts = strawberry.field(description="Their numbers.")


@strawberry.type
class ObligationSummary:
    """Those whom one answers for under an obligation, in numbers."""

    at: datetime = strawberry.field(
        description="When this was added up; of a window with 100,000 people or more, up to 30 seconds ago."
    )
    total: ObligationCounts = strawberry.field(description="All together.")
    departments: list[DepartmentStanding] = strawberry.field(description="By department, most behind first.")
    classes: list[ClassStanding] = strawberry.field(description="By class, in the order of scheme and code.")


@strawberry.input
class ClassFilter:
    """A class, or all of a scheme."""

    scheme: str = strawberry.field(description="The scheme: golongan, post, echelon, job class ...")
    code: str | None = strawberry.field(
        default=None, description="The class with all below it: `III` is also III/a. All of the scheme unless told."
    )


@strawberry.input
class StandingFilter:
    """Whose standing is wanted; what is left out does not narrow the list."""

    status: Status | None = strawberry.field(default=None, description="How they stand.")
    department: strawberry.ID | None = strawberry.field(default=None, description="Only those of this department.")
    held: ClassFilter | None = strawberry.field(default=None, description="Only those of this class.")

    def among(self) -> Among:
        """The same as the use case knows it."""
        department = None if self.department is None else key_of(self.department, "Department")
        held = (self.held.scheme, self.held.code) if self.held else (None, None)
        return Among(self.status, department, *held)


@described(
    MOST_REMAINING="Who has most still to do comes first; then who has met it, then the exempt.",
    LEAST_REMAINING="The exempt come first, then who has met it, then who has least still to do.",
)
class StandingSort(Enum):
    """In which order standings come."""

    MOST_REMAINING = Sort("standings.most", "behind", Number, descending=True)
    LEAST_REMAINING = Sort("standings.least", "behind", Number)


Wanted = Annotated[
    StandingFilter | None, strawberry.argument(description="Whose; all whom one answers for unless told.")
]


@strawberry.type
class ObligationMonitor:
    """One obligation in one window: how far all who owe have come."""

    window: str = strawberry.field(description='The window, such as "2026-11".')
    first_day: date | None = strawberry.field(description="First day of the window, in the city.")
    last_day: date | None = strawberry.field(description="Last day of the window, in the city.")
    days_left: int | None = strawberry.field(description="Days left, today included; 0 when the window is over.")
    watched: strawberry.Private[Watched]

    @strawberry.field
    def rule(self, info: Info) -> "ObligationRule":
        """The obligation."""
        return rule_of(info.context.market.city(self.watched.city), self.watched.rule, self.watched.today)

    @strawberry.field
    async def standings(
        self,
        info: Info,
        filter: Wanted = None,
        sort: Annotated[
            StandingSort, strawberry.argument(description="In which order they come.")
        ] = StandingSort.MOST_REMAINING,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[ObligationStanding]:
        """How each stands: of all for city hall, of the own department for its officer."""
        market, window = info.context.market, Window(first, after, last, before)
        among = monitor.scope(info.context.actor, (filter or StandingFilter()).among())
        make = partial(_standing, self.watched)
        if among is None:
            return await connect_rows(info.context, nothing, sort.value, window, make, _none)

        async def fetch(span: Span) -> Rows:
            return await monitor.page(
                market,
                self.watched,
                among,
                size=span.size,
                descending=span.descending,
                after=span.after,
                before=span.before,
            )

        async def count() -> int:
            summary = await monitor.summary(market, self.watched)
            return summary.within(among).total.of(among.status)

        return await connect_rows(info.context, fetch, sort.value, window, make, count)

    @strawberry.field
    async def summary(self, info: Info, filter: Wanted = None) -> ObligationSummary:
        """How all whom one answers for stand, by department and by class; a status in `filter` narrows nothing here."""
        among = monitor.scope(info.context.actor, (filter or StandingFilter()).among())
        found = await monitor.summary(info.context.market, self.watched)
        found = found.within(among) if among else monitor.Summary(found.at, ())
        departments = sorted(found.departments.items(), key=lambda item: (-item[1].behind, str(item[0])))
        return ObligationSummary(
            at=found.at,
            total=_counts(found.total),
            departments=[DepartmentStanding(counts=_counts(n), department_key=key) for key, n in departments],
            classes=[ClassStanding(scheme=s, code=c, counts=_counts(n)) for (s, c), n in found.classes.items()],
        )


@strawberry.type
class ObligationRule:
    """An obligation of a city's buyers, which can be watched."""

    code: str = strawberry.field(description="Code of the rule.")
    citation: str = strawberry.field(description="The regulation behind it.")
    unit: str = strawberry.field(description="`rupiah`, `g`, `ml`, `piece` or `count`.")
    mode: str = strawberry.field(description="`on` binds; `shadow` counts without binding; `off` today does neither.")
    window: str | None = strawberry.field(description='The window of today, such as "2026-11"; null in none.')
    title_text: strawberry.Private[str]

    @strawberry.field
    def title(self, info: Info, lang: Lang = None) -> str:
        """Name of the rule for people."""
        return say(info, lang, self.title_text, {})


def rule_of(city: ServedCity, rule: Rule, today: date) -> ObligationRule:
    """A rule as the graph shows it."""
    return ObligationRule(
        code=rule.code,
        citation=rule.cites,
        unit=rule.unit,
        mode=city.rulebook.mode(rule.code, today).value,
        window=monitor.current(city, rule, today),
        title_text=rule.title or rule.code,
    )


async def _none() -> int:
    return 0


def _counts(counts: Counts) -> ObligationCounts:
    return ObligationCounts(
        met=counts.met, behind=counts.behind, exempt=counts.exempt, due=Long(counts.due), done=Long(counts.done)
    )


def _standing(watched: Watched, row: Row) -> ObligationStanding:
    forecast = watched.forecast(row["value"])
    return ObligationStanding(
        name=row["name"] or "",
        classes=[HeldClass(scheme=scheme, code=code) for scheme, code in buyers.read(row["classes"] or "[]")],
        status=monitor.status_of(row["behind"]),
        due=Long(row["floor"]),
        done=Long(row["value"]),
        remaining=Long(max(row["behind"], 0)),
        days_left=watched.days_left,
        forecast=None if forecast is None else Long(forecast),
        buyer_key=uuid_of(row["subject"]),
        department_key=uuid_of(row["department_id"]) if row["department_id"] else None,
        watched=watched,
    )


@strawberry.type
class MonitorQuery:
    """How far those have come who owe."""

    @strawberry.field
    def obligation_rules(self, info: Info) -> list[ObligationRule]:
        """The obligations of the city's buyers."""
        city = info.context.market.city(info.context.actor.city)
        return [rule_of(city, rule, city.today(info.context.now)) for rule in monitor.rules(city)]

    @strawberry.field
    def obligation_monitor(
        self,
        info: Info,
        rule: Annotated[str, strawberry.argument(description="Code of the rule, from `obligationRules`.")],
        window: Annotated[
            str | None, strawberry.argument(description='A window, such as "2026-11"; that of today unless told.')
        ] = None,
    ) -> ObligationMonitor | None:
        """One obligation in one window. `unknown_rule` where the city has no such obligation."""
        city = info.context.market.city(info.context.actor.city)
        found = monitor.watched(city, rule, window, info.context.now)
        return ObligationMonitor(
            window=found.window,
            first_day=found.first,
            last_day=found.last_day,
            days_left=found.days_left,
            watched=found,
        )

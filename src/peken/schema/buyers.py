"""Buyers and departments in the graph: a card is for its owner and for those who answer for it."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated
from uuid import UUID

import strawberry
from tortoise.expressions import Q

from peken import buyers, departments, models, obligations
from peken.actors import Role
from peken.errors import PekenError
from peken.ids import key_of
from peken.models.buyers import BuyerKind
from peken.schema.context import Context, Info
from peken.schema.enums import described
from peken.schema.exemptions import Exemption, load_exemptions
from peken.schema.nodes import Node
from peken.schema.paging import After, Before, Connection, First, Last, Row, Sort, Window, connect
from peken.schema.places import Region, load_regions
from peken.schema.rulings import Obligation, obligation_of

described(
    PUBLIC="A member of the public.",
    COMPANY="A company.",
    EMPLOYEE="An ASN, or another person on the city's payroll.",
    DEPARTMENT="A department of the city (OPD).",
)(BuyerKind)

COLUMNS = ("id", "city_id", "kind", "asn", "name", "region", "department_id", "joined_on", "left_on")
BY_ID = Sort("buyers", "id", UUID)


@strawberry.type
class Department(Node):
    """A department of the city (OPD)."""

    code: str = strawberry.field(description="Code of the department within its city.")
    name: str = strawberry.field(description="Name of the department.")
    city_code: str = strawberry.field(description="Code of its city.")

    @strawberry.field
    async def obligations(self, info: Info) -> list[Obligation]:
        """What the department has to buy in the windows of today, and how far that has come."""
        if not _answers_for(info.context, self):
            raise PekenError("forbidden", "You may not see what this department owes.", status=403)
        return await info.context.load(load_department_obligations, self.key)


@strawberry.type
class BuyerClass:
    """A buyer's class in one scheme, for a time."""

    scheme: str = strawberry.field(description="The scheme: golongan, post, echelon, job class ...")
    code: str = strawberry.field(description="The class within the scheme, such as III/c.")
    valid_from: date = strawberry.field(description="First day, in the city.")
    valid_to: date | None = strawberry.field(description="First day that is no longer valid; null while it holds.")


@strawberry.type
class Buyer(Node):
    """One who buys: a member of the public, a company, a city employee, or a department."""

    name: str = strawberry.field(description="Name of the person, company or department.")
    kind: BuyerKind = strawberry.field(description="Who buys.")
    asn: bool = strawberry.field(description="Whether a civil servant (PNS or PPPK).")
    city_code: str = strawberry.field(description="Code of the buyer's city.")
    joined_on: date | None = strawberry.field(description="First day on the city's payroll.")
    left_on: date | None = strawberry.field(description="First day no longer on it.")
    region_code: strawberry.Private[str]
    department_key: strawberry.Private[UUID | None]

    @strawberry.field
    async def kelurahan(self, info: Info) -> Region | None:
        """Kelurahan of the home address; null if that lies outside the city."""
        return await info.context.load(load_regions, self.region_code) if self.region_code else None

    @strawberry.field
    async def department(self, info: Info) -> Department | None:
        """The department one works in, or that buys."""
        return await info.context.load(load_departments, self.department_key) if self.department_key else None

    @strawberry.field
    async def classes(self, info: Info) -> list[BuyerClass]:
        """Classes, present and past, latest first."""
        return await info.context.load(load_classes, self.key)

    @strawberry.field
    async def exemptions(self, info: Info) -> list[Exemption]:
        """Leave and exemptions, past ones and revoked ones too, latest first."""
        return await info.context.load(load_exemptions, self.key)

    @strawberry.field
    async def obligations(self, info: Info) -> list[Obligation]:
        """What is to be bought in the windows of today, and how far that has come."""
        return await info.context.load(load_obligations, self.key)


def buyer_of(row: Row) -> Buyer:
    """A buyer from its row."""
    return Buyer(
        key=row["id"],
        name=row["name"],
        kind=BuyerKind(row["kind"]),
        asn=row["asn"],
        city_code=row["city_id"],
        joined_on=row["joined_on"],
        left_on=row["left_on"],
        region_code=row["region"],
        department_key=row["department_id"],
    )


async def load_buyers(context: Context, keys: Sequence[UUID]) -> list[Buyer | None]:
    """Buyers by key, those whose card the actor may read."""
    rows = await models.Buyer.filter(buyers.scope(context.actor), id__in=list(keys)).values(*COLUMNS)
    found = {row["id"]: buyer_of(row) for row in rows}
    return [found.get(key) for key in keys]


async def load_departments(context: Context, keys: Sequence[UUID]) -> list[Department | None]:
    """Departments by key."""
    rows = await models.Department.filter(id__in=list(keys))
    found = {row.id: Department(key=row.id, code=row.code, name=row.name, city_code=row.city_id) for row in rows}
    return [found.get(key) for key in keys]


async def load_classes(context: Context, keys: Sequence[UUID]) -> list[list[BuyerClass]]:
    """The classes of buyers, by buyer."""
    found: dict[UUID, list[BuyerClass]] = {key: [] for key in keys}
    for row in await models.BuyerClass.filter(buyer_id__in=list(keys)).order_by("-valid_from", "scheme"):
        found[UUID(str(row.buyer_id))].append(
            BuyerClass(scheme=row.scheme, code=row.code, valid_from=row.valid_from, valid_to=row.valid_to)
        )
    return [found[key] for key in keys]


async def load_obligations(context: Context, keys: Sequence[UUID]) -> list[list[Obligation]]:
    """What buyers owe, by buyer."""
    standings = await obligations.standings(context.market, keys, context.now)
    return [[obligation_of(standing) for standing in standings[key]] for key in keys]


async def load_department_obligations(context: Context, keys: Sequence[UUID]) -> list[list[Obligation]]:
    """What departments owe, by department."""
    standings = await departments.standings(context.market, keys, context.now)
    return [[obligation_of(standing) for standing in standings[key]] for key in keys]


def _answers_for(context: Context, department: Department) -> bool:
    actor = context.actor
    watches = actor.has(Role.CITY_HALL, Role.AUDITOR) and actor.city == department.city_code
    return watches or (actor.has(Role.OFFICER) and actor.department == department.key)


async def find_buyer(info: Info, key: UUID) -> Buyer | None:
    """The buyer of a key, if the actor may read the card."""
    return await info.context.load(load_buyers, key)


async def find_department(info: Info, key: UUID) -> Department | None:
    """The department of a key."""
    return await info.context.load(load_departments, key)


@strawberry.type
class BuyerQuery:
    """Who buys."""

    @strawberry.field
    async def buyers(
        self,
        info: Info,
        department: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only those of this department.")
        ] = None,
        kind: Annotated[BuyerKind | None, strawberry.argument(description="Only those of this kind.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Buyer]:
        """The buyers whose cards the actor may read."""
        narrowed = []
        if department is not None:
            narrowed.append(Q(department_id=key_of(department, "Department")))
        if kind is not None:
            narrowed.append(Q(kind=kind))
        rows = models.Buyer.filter(buyers.scope(info.context.actor), *narrowed)
        return await connect(info, rows, COLUMNS, BY_ID, Window(first, after, last, before), buyer_of)

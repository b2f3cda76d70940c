"""Buyers and departments in the graph: a card is for its owner and for those who answer for it."""

from collections.abc import Hashable, Sequence
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
from peken.plans import Keyed, Listing, Rows, Scope, Sort, column, listed, loaded, private
from peken.plans.paging import Connection
from peken.schema.context import Context, Info
from peken.schema.enums import described
from peken.schema.exemptions import Exemption, load_exemptions
from peken.schema.nodes import Node
from peken.schema.places import Region, load_regions
from peken.schema.rulings import Obligation, obligation_of

described(
    PUBLIC="A member of the public.",
    COMPANY="A company.",
    EMPLOYEE="An ASN, or another person on the city's payroll.",
    DEPARTMENT="A department of the city (OPD).",
)(BuyerKind)

BY_ID = Sort("buyers", "id", UUID)


def _actor(context: Context) -> Hashable:
    return context.actor


@strawberry.type
class Department(Node):
    """A department of the city (OPD)."""

    code: str = strawberry.field(description="Code of the department within its city.")
    name: str = strawberry.field(description="Name of the department.")
    city_code: str = column("city_id", description="Code of its city.")

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
    city_code: str = column("city_id", description="Code of the buyer's city.")
    joined_on: date | None = strawberry.field(description="First day on the city's payroll.")
    left_on: date | None = strawberry.field(description="First day no longer on it.")
    region_code: strawberry.Private[str] = private("region")
    department_key: strawberry.Private[UUID | None] = private("department_id")

    kelurahan: Region | None = loaded(
        lambda: load_regions,
        "region_code",
        description="Kelurahan of the home address; null if that lies outside the city.",
    )
    department: Department | None = loaded(
        lambda: load_departments, "department_key", description="The department one works in, or that buys."
    )
    classes: list[BuyerClass] = loaded(
        lambda: load_classes, "key", description="Classes, present and past, latest first."
    )
    exemptions: list[Exemption] = loaded(
        lambda: load_exemptions,
        "key",
        description="Leave and exemptions, past ones and revoked ones too, latest first.",
    )
    obligations: list[Obligation] = loaded(
        lambda: load_obligations,
        "key",
        description="What is to be bought in the windows of today, and how far that has come.",
    )


BUYERS = Rows(Buyer, models.Buyer)
load_buyers = BUYERS.by(scope=Scope(lambda context: buyers.scope(context.actor), _actor))
"""Buyers by key, those whose card the actor may read."""
load_departments: Keyed[Department] = Rows(Department, models.Department).by()
"""Departments by key."""
load_classes: Keyed[BuyerClass] = Rows(BuyerClass, models.BuyerClass).each_by("buyer_id", "-valid_from", "scheme")
"""The classes of buyers, by buyer."""


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


async def find_buyer(context: Context, key: UUID) -> Buyer | None:
    """The buyer of a key, if the actor may read the card."""
    return await context.load(load_buyers, key)


async def find_department(context: Context, key: UUID) -> Department | None:
    """The department of a key."""
    return await context.load(load_departments, key)


@strawberry.type
class BuyerQuery:
    """Who buys."""

    @listed(Connection[Buyer], viewpoint=_actor)
    @staticmethod
    def buyers(
        context: Context,
        department: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only those of this department.")
        ] = None,
        kind: Annotated[BuyerKind | None, strawberry.argument(description="Only those of this kind.")] = None,
    ) -> Listing:
        """The buyers whose cards the actor may read."""
        narrowed = []
        if department is not None:
            narrowed.append(Q(department_id=key_of(department, "Department")))
        if kind is not None:
            narrowed.append(Q(kind=kind))
        return Listing(BUYERS, models.Buyer.filter(buyers.scope(context.actor), *narrowed), BY_ID)

"""Who asks, in the graph."""

import strawberry

from peken.actors import Role
from peken.schema.buyers import Buyer, Department, load_buyers, load_departments
from peken.schema.context import Info
from peken.schema.enums import described
from peken.schema.vendors import Vendor, find_vendor

described(
    PUBLIC="Whoever is not signed in.",
    BUYER="Buys for oneself.",
    VENDOR="Works for a shop.",
    OFFICER="Buys for a department of the city.",
    LURAH="Answers for the shops of an area: a lurah, or a camat.",
    CITY_HALL="Answers for the whole city.",
    AUDITOR="Reads what city hall reads, and changes nothing.",
)(Role)


@strawberry.type
class Viewer:
    """The one who asks, as the bearer token says."""

    roles: list[Role] = strawberry.field(description="What one may be here.")
    city_code: str | None = strawberry.field(description="Code of the city one belongs to.")
    area_code: str | None = strawberry.field(description="Code of the region that a lurah answers for.")

    @strawberry.field
    async def buyer(self, info: Info) -> Buyer | None:
        """The buyer one is."""
        key = info.context.actor.buyer
        return await info.context.load(load_buyers, key) if key else None

    @strawberry.field
    async def vendor(self, info: Info) -> Vendor | None:
        """The shop one works for."""
        key = info.context.actor.vendor
        return await find_vendor(info, key) if key else None

    @strawberry.field
    async def department(self, info: Info) -> Department | None:
        """The department one buys for."""
        key = info.context.actor.department
        return await info.context.load(load_departments, key) if key else None


@strawberry.type
class ViewerQuery:
    """Who asks."""

    @strawberry.field
    def me(self, info: Info) -> Viewer:
        """The one who asks; without a token the public."""
        actor = info.context.actor
        roles = sorted(actor.roles, key=list(Role).index)
        return Viewer(roles=roles, city_code=actor.city or None, area_code=actor.area or None)

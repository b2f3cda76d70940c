"""Who asks, in the graph."""

from uuid import UUID

import strawberry

from peken.actors import Role
from peken.plans import computed, loaded
from peken.schema.buyers import Buyer, Department, load_buyers, load_departments
from peken.schema.context import Info
from peken.schema.enums import described
from peken.schema.vendors import Vendor, load_seen_vendors

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

    buyer_key: strawberry.Private[UUID | None]
    vendor_key: strawberry.Private[UUID | None]
    department_key: strawberry.Private[UUID | None]

    buyer: Buyer | None = loaded(lambda: load_buyers, "buyer_key", description="The buyer one is.")
    vendor: Vendor | None = loaded(lambda: load_seen_vendors, "vendor_key", description="The shop one works for.")
    department: Department | None = loaded(
        lambda: load_departments, "department_key", description="The department one buys for."
    )


@strawberry.type
class ViewerQuery:
    """Who asks."""

    @computed()
    def me(self, info: Info) -> Viewer:
        """The one who asks; without a token the public."""
        actor = info.context.actor
        roles = sorted(actor.roles, key=list(Role).index)
        return Viewer(
            roles=roles,
            city_code=actor.city or None,
            area_code=actor.area or None,
            buyer_key=actor.buyer,
            vendor_key=actor.vendor,
            department_key=actor.department,
        )

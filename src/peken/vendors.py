"""What city hall and the lurah do with vendors; knows no order."""

from uuid import UUID

from tortoise.expressions import Q

from peken import ranking
from peken.actors import Actor, Role
from peken.catalog import within
from peken.errors import PekenError
from peken.market import Market
from peken.models import Vendor
from peken.records import record


async def verify(market: Market, actor: Actor, vendor: UUID, *, verified: bool, reason: str) -> None:
    """Says that a shop was looked at and is what it says, or no longer. Saying it again changes nothing."""
    row = await Vendor.filter(_answers_for(actor), id=vendor).first()
    if row is None:
        raise PekenError("unknown_vendor", "There is no such shop in your area.", status=404)
    if not 1 <= len(reason.strip()) <= 300:
        raise PekenError("bad_reason", "A reason has between 1 and 300 characters.")
    if (row.verified_at is not None) == verified:
        return
    now = market.now()
    async with market.database.unit_of_work():
        row.verified_at = now if verified else None
        await row.save(update_fields=["verified_at"])
        action = "vendor.verified" if verified else "vendor.unverified"
        await record(market.database, actor, row.city_id, action, [row.id], now, reason=reason.strip())
        ranking.after_change(market, market.city(row.city_id), row.id)


def _answers_for(actor: Actor) -> Q:
    if actor.has(Role.CITY_HALL):
        return Q(city_id=actor.city)
    return within("region", actor.area) if actor.has(Role.LURAH) and actor.area else Q(id__in=[])

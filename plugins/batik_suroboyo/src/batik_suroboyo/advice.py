"""What the rule on motifs says of products as they stand, to those who answer for them; changes nothing."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from tortoise.expressions import Q

from batik_suroboyo.motifs import motif_licence
from peken.actors import Actor, Role
from peken.listing import Listed, judge, listing_facts
from peken.models import Product, Variant
from peken.rules import Decision, Mode, Outcome, message_of
from peken.schema.context import Context


@dataclass(frozen=True, slots=True)
class Advice:
    """What was decided, and the English sentence for it."""

    decision: Decision
    message: str


async def load_advice(context: Context, keys: Sequence[UUID]) -> list[Advice | None]:
    """The advice on products by product: as many statements for many as for one of each city."""
    rows = await Product.filter(_answered_for(context.actor), id__in=list(keys)).select_related("vendor")
    names: dict[UUID, list[str]] = defaultdict(list)
    for product, name in await Variant.filter(product_id__in=[row.id for row in rows], active=True).values_list(
        "product_id", "name"
    ):
        names[product].append(name)
    found: dict[UUID, Advice] = {}
    for city in {row.city_id for row in rows}:
        here = [row for row in rows if row.city_id == city]
        own = await listing_facts(context.market, city, [row.id for row in here], {row.vendor.id for row in here})
        for row in here:
            for decision in judge(context.market, row.vendor, row.id, Listed.of(row, names[row.id]), own):
                if _speaks(decision):
                    found[row.id] = Advice(decision, message_of(motif_licence, decision))
    return [found.get(key) for key in keys]


def _answered_for(actor: Actor) -> Q:
    own = Q(vendor_id=actor.vendor) if actor.vendor else Q(id__in=[])
    return own | Q(city_id=actor.city) if actor.has(Role.CITY_HALL, Role.AUDITOR) else own


def _speaks(decision: Decision) -> bool:
    mine = decision.rule == motif_licence.code and decision.mode is Mode.ON
    return mine and decision.outcome is not Outcome.ALLOW

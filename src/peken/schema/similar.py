"""Shops to go to instead of one that a limit stops, in the graph."""

from collections.abc import Sequence
from enum import Enum
from uuid import UUID

import strawberry

from peken import similar
from peken.plans import loaded
from peken.schema.context import Context
from peken.schema.enums import described
from peken.schema.vendors import Vendor, load_vendors
from peken.similar import FullShop, Nearby


@described(KELURAHAN="In the same kelurahan.", KECAMATAN="In the same kecamatan.")
class Nearness(Enum):
    """How near one shop is to another."""

    KELURAHAN = "kelurahan"
    KECAMATAN = "kecamatan"


@strawberry.type
class SimilarVendor:
    """A shop that sells such goods, too, and has room for them under its own limit."""

    nearness: Nearness = strawberry.field(description="How near it is to the shop that is full.")
    vendor_key: strawberry.Private[UUID]

    vendor: Vendor | None = loaded(lambda: load_vendors, "vendor_key", description="The shop.")


@strawberry.type
class SimilarVendors:
    """Where to go instead of one shop that a limit stops."""

    rule: str = strawberry.field(description="Code of the rule whose limit it is.")
    vendors: list[SimilarVendor] = strawberry.field(
        description="At most five: same categories first, then the same kelurahan, then who sold least in the window."
    )
    full_key: strawberry.Private[UUID]

    instead_of: Vendor | None = loaded(lambda: load_vendors, "full_key", description="The shop that is full.")


async def similar_vendors(context: Context, full: Sequence[FullShop]) -> list[SimilarVendors]:
    """For each full shop those to go to instead."""
    found = await similar.similar(context.market, full)
    return [_instead(each, shops) for each, shops in zip(full, found, strict=True)]


async def load_similar(context: Context, attempts: Sequence[UUID]) -> list[list[SimilarVendors]]:
    """Where to go instead of the shops that limits stopped, by refused purchase."""
    full = await similar.full_shops_of(context.market, attempts)
    found = iter(await similar_vendors(context, [each for shops in full for each in shops]))
    return [[next(found) for _ in shops] for shops in full]


def _instead(full: FullShop, shops: Sequence[Nearby]) -> SimilarVendors:
    return SimilarVendors(
        rule=full.refusal.rule, full_key=full.key, vendors=[_similar_vendor(full, shop) for shop in shops]
    )


def _similar_vendor(full: FullShop, shop: Nearby) -> SimilarVendor:
    nearness = Nearness.KELURAHAN if shop.region == full.region else Nearness.KECAMATAN
    return SimilarVendor(nearness=nearness, vendor_key=shop.vendor)

"""Motifs in the demo market: what invented makers are said to make, licensed and not; no real person."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Final
from uuid import UUID, uuid5

from batik_suroboyo.models import MotifClaim, MotifLicence
from batik_suroboyo.motifs import BATIK
from peken.catalog import under
from peken.hookspecs import Demo
from peken.models import Product

GRANTOR: Final = "Demo"
SOURCE: Final = "Invented for the demo: no such licence was granted"
MADE: Final = (
    ("sparkling", -400, None),
    ("abhi-boyo", -400, -30),
    ("skena-surabaya", None, None),
    ("semanggi", None, None),
)
"""What the first makers of batik make: motif, and the days from today between which they are licensed, if they are."""


async def show(demo: Demo) -> None:
    """A claim of each maker: under a licence, under one that is over, of unknown right, and free."""
    rows = await Product.filter(under("category_id", BATIK), city_id=demo.city).order_by("id").values("id", "vendor_id")
    made = list(zip(_first_of_each(rows), MADE, strict=False))
    at = datetime.combine(demo.today, time(), UTC) - timedelta(days=60)
    await MotifClaim.bulk_create(
        MotifClaim(id=uuid5(product, motif), city_id=demo.city, product_id=product, motif=motif, at=at)
        for (product, _), (motif, _, _) in made
    )
    await MotifLicence.bulk_create(
        MotifLicence(
            id=uuid5(vendor, motif),
            city_id=demo.city,
            motif=motif,
            vendor_id=vendor,
            valid_from=demo.today + timedelta(days=first),
            valid_to=None if end is None else demo.today + timedelta(days=end),
            granted_by=GRANTOR,
            source=SOURCE,
            created_at=at,
        )
        for (_, vendor), (motif, first, end) in made
        if first is not None
    )


def _first_of_each(rows: list[dict[str, UUID]]) -> Iterator[tuple[UUID, UUID]]:
    """One product of each shop, with the shop."""
    met = set()
    for row in rows:
        if row["vendor_id"] not in met:
            met.add(row["vendor_id"])
            yield row["id"], row["vendor_id"]

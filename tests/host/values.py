"""An order and a draft to tell of."""

from datetime import UTC, datetime
from uuid import UUID

from peken.hookspecs import Draft, DraftLine, PlacedLine, PlacedOrder
from peken.money import Rupiah

KEY = UUID(int=7)
NOON = datetime(2026, 11, 20, 5, tzinfo=UTC)

DRAFT = Draft(
    city="35.78",
    buyer=KEY,
    at=NOON,
    lines=(
        DraftLine(variant=KEY, product=KEY, vendor=KEY, category="staples.rice", quantity=2, amount=Rupiah(30_000)),
    ),
)

ORDER = PlacedOrder(
    id=KEY,
    purchase=KEY,
    city="35.78",
    vendor=KEY,
    buyer=KEY,
    amount=Rupiah(30_000),
    at=NOON,
    lines=(PlacedLine(id=KEY, variant=KEY, product=KEY, category="staples.rice", quantity=2, amount=Rupiah(30_000)),),
)

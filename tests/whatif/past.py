"""Writes a panel into the books as if all of it had been bought, with no rule asked: a past to try drafts on."""

from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

from peken.ids import new_id
from peken.market import Market
from peken.models.vendors import VendorKind
from peken.regions import serve_cities
from peken.replay.cells import Line
from peken.replay.reading import Purchases, read_purchases
from peken.replay.running import weeks_to
from peken.replay.shelves import Town, furnish, lay_out

PANEL = Path(__file__).parents[3] / "shared" / "data" / "grocery-panel-q1-lines.csv.gz"
START = date(2026, 1, 1)

_PURCHASE = (
    *("id", "city_id", "buyer_id", "actor", "idempotency_key", "payload_hash", "amount", "recipient_name"),
    *("recipient_region", "recipient_address", "note", "placed_at"),
)
_ORDER = (
    *("id", "city_id", "purchase_id", "vendor_id", "buyer_id", "status", "amount", "reason", "placed_at"),
    "delivered_at",
)
_LINE = ("id", "order_id", "product_id", "variant_id", "name", "unit", "quantity", "unit_price", "amount")


async def bought(
    market: Market, city: str, *, rate: int, limit: int | None = None, file: Path = PANEL
) -> tuple[Purchases, Town]:
    """Each basket of the panel is a purchase, its lines of one shop an order, delivered in the same instant."""
    served = market.city(city)
    purchases = read_purchases(file, rate=rate, limit=limit)
    moved = timedelta(weeks=weeks_to(purchases.lines[0].at.date(), START))
    baskets = purchases.baskets()
    town = lay_out(city, [line for basket in baskets.values() for line in basket])
    await serve_cities(market)
    rows: tuple[list[object], list[object], list[object]] = ([], [], [])
    for key, lines in baskets.items():
        at = (lines[0].at + moved).replace(tzinfo=served.zone)
        buyer, purchase = town.households[lines[0].buyer], new_id()
        rows[0].append((purchase, city, buyer, "past", key, "", sum(n.amount for n in lines), "", "", "", "", at))
        for shop in dict.fromkeys(line.shop for line in lines):
            own = [line for line in lines if line.shop == shop]
            order = new_id()
            amount = sum(line.amount for line in own)
            rows[1].append((order, city, purchase, town.stores[shop], buyer, "delivered", amount, "", at, at))
            rows[2].extend(_line(order, town.shelves[line.shop, line.product].key, line) for line in own)
    async with market.database.unit_of_work():
        since = (purchases.lines[0].at + moved - timedelta(days=30)).replace(tzinfo=served.zone)
        await furnish(market, served, town, purchases, VendorKind.UMKM, since)
        for table, columns, written in zip(
            ("purchase", "orders", "order_line"), (_PURCHASE, _ORDER, _LINE), rows, strict=True
        ):
            await market.database.insert(table, columns, written)  # type: ignore[arg-type]
    # A market that grew has its statistics; one that was filled in a moment has none yet.
    await market.database.execute("ANALYZE")
    return purchases, town


def _line(order: UUID, shelf: UUID, line: Line) -> tuple[object, ...]:
    return (new_id(), order, shelf, shelf, "goods", "pcs", line.quantity, 1, line.amount)

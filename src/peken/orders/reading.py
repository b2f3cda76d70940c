"""What a basket is judged by, read at once: who buys, what of it is on sale, whether it goes to a place we serve."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final
from uuid import UUID

from peken import buyers, wares
from peken.errors import PekenError
from peken.ids import REGION_CODE
from peken.market import Market, ServedCity
from peken.orders.baskets import Basket
from peken.wares import Ware

# One join after another: SQLite would first put a joined pair together for all the goods there are.
_FOUND: Final = """{begin}, card AS MATERIALIZED ({cards} WHERE b.id = $4)
SELECT card.*, EXISTS (SELECT 1 FROM region r WHERE r.code = $6 AND r.level >= 3) AS known, {wares}
  FROM card LEFT JOIN variant v ON v.id {among}
  LEFT JOIN product p ON p.id = v.product_id LEFT JOIN vendor s ON s.id = p.vendor_id
"""


@dataclass(frozen=True, slots=True)
class Found:
    """A buyer as of a day, and the wares of a basket that there are. `delivers`: its region is one that is served."""

    buyer: buyers.Card
    wares: Mapping[UUID, Ware]
    delivers: bool


async def find(market: Market, city: ServedCity, basket: Basket, at: datetime) -> Found:
    """Reads what a basket names, on the city's day of `at`. Raises PekenError `unknown_buyer`."""
    database, region = market.database, basket.recipient.region
    # No more than a basket may hold, and no text that is no code: what is wrong with those is said later.
    named = {item.variant for item in basket.items[: market.settings.limits.lines]}
    region = region if REGION_CODE.fullmatch(region) else ""
    begin, given = buyers.today({city.code: city.today(at)})
    params = (*given, basket.buyer, database.listed(sorted(named)), region)
    rows = await database.records(_text(begin, database.dialect, database.among(5)), *params)
    if not rows:
        raise PekenError("unknown_buyer", "There is no such buyer.", status=404)
    on_sale = [wares.ware_of(row) for row in rows if row[-wares.WIDTH] is not None]
    delivers = bool(rows[0][buyers.WIDTH])
    return Found(buyers.card_of(rows[0]), {ware.variant: ware for ware in on_sale}, delivers)


@cache
def _text(begin: str, dialect: str, among: str) -> str:
    parts = {"begin": begin, "cards": buyers.in_sql(dialect), "among": among}
    return _FOUND.format(**parts, wares=wares.COLUMNS)

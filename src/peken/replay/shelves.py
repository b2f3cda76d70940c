"""Makes the shops, goods and buyers that a file of purchases speaks of, in bulk; knows no order and no rule.

Keys follow from the city and the panel's own ids, so that an interrupted replay finds its rows again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Final
from uuid import UUID, uuid5

from peken.database import Database
from peken.demo.sources import categories
from peken.market import Market, ServedCity
from peken.models.buyers import BuyerKind
from peken.models.catalog import ProductStatus
from peken.models.vendors import VendorKind, VendorScale
from peken.replay.cells import Line
from peken.replay.products import Described
from peken.replay.reading import Purchases
from peken.search import terms_of

_SPACE: Final = UUID("6f0c2f0e-6a3b-5a1e-9d38-0d6f6c7a2b51")


@dataclass(slots=True)
class Shelf:
    """One product of one store: how much of it is bought in all, and what one piece costs."""

    key: UUID
    price: int
    pieces: int = 0


@dataclass(slots=True)
class Town:
    """The panel's stores, goods and households as rows of a city."""

    office: UUID
    stores: dict[str, UUID] = field(default_factory=dict)
    households: dict[str, UUID] = field(default_factory=dict)
    shelves: dict[tuple[str, str], Shelf] = field(default_factory=dict)

    def names(self) -> dict[str, str]:
        """What to call those that tallies speak of."""
        named = {str(key): f"shop {store}" for store, key in self.stores.items()}
        named |= {str(key): f"buyer {household}" for household, key in self.households.items()}
        return named | {str(self.office): "office"}


def lay_out(city: str, lines: Sequence[Line]) -> Town:
    """The town that these lines, all fit to be bought, need; a shelf costs what its first piece did."""
    town = Town(_key(city, "office"))
    for line in lines:
        place = (line.shop, line.product)
        shelf = town.shelves.get(place)
        if shelf is None:
            key = _key(city, "shelf", *place)
            # Rounded half up in whole numbers; goods that cost nothing have a price all the same.
            price = max((2 * line.amount + line.quantity) // (2 * line.quantity), 1)
            shelf = town.shelves[place] = Shelf(key, price)
        shelf.pieces += line.quantity
    for store in sorted({line.shop for line in lines}):
        town.stores[store] = _key(city, "store", store)
    for household in sorted({line.buyer for line in lines}):
        town.households[household] = _key(city, "household", household)
    return town


async def furnish(
    market: Market,
    city: ServedCity,
    town: Town,
    purchases: Purchases,
    kind: VendorKind,
    since: datetime,
) -> None:
    """Writes the town, within the caller's transaction. Everything bought is in stock and one piece more: no shop of
    the panel stood empty after its last customer. The ledger of stock says so."""
    places = await _kelurahan(market.database, city.code)
    builder = _Builder(market.database, city.code, town, purchases, places, since)
    await builder.categories()
    await builder.stores(kind)
    await builder.households()
    await builder.goods(kind)


@dataclass(frozen=True, slots=True)
class _Builder:
    """Writes the rows of one town."""

    database: Database
    city: str
    town: Town
    purchases: Purchases
    places: Sequence[str]
    since: datetime

    async def categories(self) -> None:
        await self.database.insert(
            "category",
            ("code", "parent_code", "name", "name_en"),
            [(row.code, row.parent or None, row.name_id, row.name_en) for row in categories()],
            "ON CONFLICT (code) DO NOTHING",
        )

    async def stores(self, kind: VendorKind) -> None:
        await self.database.insert(
            "vendor",
            (
                "id",
                "city_id",
                "kind",
                "scale",
                "sector",
                "name",
                "region",
                "address",
                "verified_at",
                "terms",
                "created_at",
            ),
            [
                (
                    *(key, self.city, kind.value, VendorScale.MICRO.value, None, f"Toko {store}"),
                    *(self._place(number), "", self.since, terms_of(f"Toko {store}"), self.since),
                )
                for number, (store, key) in enumerate(self.town.stores.items())
            ],
        )

    async def households(self) -> None:
        await self.database.insert(
            "department",
            ("id", "city_id", "code", "name", "region"),
            [(self.town.office, self.city, "replay.office", "Kantor Panel", self._place(0))],
        )
        await self.database.insert(
            "buyer",
            ("id", "city_id", "kind", "asn", "name", "region", "department_id", "created_at"),
            [
                (
                    *(key, self.city, BuyerKind.EMPLOYEE.value, True, f"Pembeli {household}"),
                    *(self._place(number), self.town.office, self.since),
                )
                for number, (household, key) in enumerate(self.town.households.items())
            ],
        )
        await self.database.insert(
            "buyer_class",
            ("id", "buyer_id", "scheme", "code", "valid_from"),
            [
                (
                    _key(self.city, "class", scheme, household),
                    key,
                    scheme,
                    codes[number % len(codes)],
                    self.since.date(),
                )
                for scheme, codes in self.purchases.mapping.classes.items()
                for number, (household, key) in enumerate(self.town.households.items())
            ],
        )

    async def goods(self, kind: VendorKind) -> None:
        """One product with one variant for each product of each store; both share a key."""
        own = kind is VendorKind.UMKM
        goods = {product: self._good(product) for product in {product for _, product in self.town.shelves}}
        stocked = [(self.town.stores[store], goods[p], shelf) for (store, p), shelf in self.town.shelves.items()]
        # By key, so that each index is written from one end to the other.
        stocked.sort(key=lambda each: each[2].key.int)
        await self.database.insert(
            "product",
            _PRODUCT,
            [
                (
                    *(shelf.key, self.city, store, good.category, good.name, "", own, self.city if own else None),
                    *(ProductStatus.ACTIVE.value, shelf.price, True, good.terms, self.since, self.since),
                )
                for store, good, shelf in stocked
            ],
        )
        await self.database.insert(
            "variant",
            ("id", "product_id", "name", "unit", "measure", "price", "stock", "position", "active"),
            [(shelf.key, shelf.key, "", "pcs", 0, shelf.price, shelf.pieces + 1, 0, True) for _, _, shelf in stocked],
        )
        await self.database.insert(
            "stock_entry",
            ("id", "variant_id", "delta", "cause", "at"),
            [(shelf.key, shelf.key, shelf.pieces + 1, "listed", self.since) for _, _, shelf in stocked],
        )

    def _good(self, product: str) -> "_Good":
        known = self.purchases.products.get(product) or Described("", self.purchases.mapping.category)
        name = known.name or f"Barang {product}"
        return _Good(name, known.category, _terms(name))

    def _place(self, number: int) -> str:
        return self.places[number % len(self.places)]


_PRODUCT = (
    *("id", "city_id", "vendor_id", "category_id", "name", "description", "own_production", "origin"),
    *("status", "price", "in_stock", "terms", "created_at", "updated_at"),
)


@dataclass(frozen=True, slots=True)
class _Good:
    """What all stores call a product, and where it stands."""

    name: str
    category: str
    terms: str


async def _kelurahan(database: Database, city: str) -> list[str]:
    rows = await database.fetch("SELECT code FROM region WHERE code LIKE $1 AND level = 4 ORDER BY code", f"{city}.%")
    return [row["code"] for row in rows]


def _key(*parts: str) -> UUID:
    # A character that no name of a file holds: else two shops and goods could share a key.
    return uuid5(_SPACE, "\0".join(parts))


@cache
def _terms(name: str) -> str:
    return terms_of(name)

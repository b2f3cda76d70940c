"""Demo shops and what they list, as rows; knows no buyer and no order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import accumulate, count
from uuid import UUID

from peken.calendar import start_of
from peken.database import Database
from peken.demo.dice import Deck, Dice
from peken.demo.sources import Busy, Good, Script, goods, names
from peken.market import ServedCity
from peken.models.catalog import ProductStatus
from peken.models.vendors import VendorKind, VendorScale
from peken.search import terms_of

PACKS = (("isi 3", 3, 96), ("isi 6", 6, 93))
"""Larger packs of a good: name, pieces, and percent of the price of so many single ones."""
SIZES = (("M", 100), ("L", 105), ("XL", 112))
"""Sizes of clothes, and percent of the good's price."""

BUSY_LISTINGS = 60
"""How many goods the busy shop lists at least, so that there is enough to sell in it."""

Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Shop:
    """A demo shop, as the other parts of the demo need it."""

    id: UUID
    name: str
    kind: VendorKind
    sector: str
    region: str
    verified: bool
    opened: datetime
    pull: int
    """How many come, against other shops; nobody to one of 0."""


@dataclass(slots=True)
class Offer:
    """A variant that is in stock. `left` goes down as the demo buys."""

    variant: UUID
    shop: Shop
    category: str
    price: int
    left: int


@dataclass(slots=True)
class Stall:
    """One shop and what it offers of a kind of goods."""

    shop: Shop
    offers: list[Offer] = field(default_factory=list)

    def left(self) -> list[Offer]:
        """What is not sold out yet."""
        return [offer for offer in self.offers if offer.left]


@dataclass(slots=True)
class Stalls:
    """Shops to choose from, by how strongly each pulls."""

    stalls: list[Stall]
    pulls: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.pulls = list(accumulate(stall.shop.pull for stall in self.stalls))

    def draw(self, dice: Dice) -> Stall:
        """One that has something left."""
        return next(stall for _ in range(10_000) if (stall := dice.drawn(self.stalls, self.pulls)).left())


@dataclass(slots=True)
class Shelves:
    """The rows of one city's shops, and what can be bought in them."""

    shops: list[Shop] = field(default_factory=list)
    offers: list[Offer] = field(default_factory=list)
    vendor_rows: list[Row] = field(default_factory=list)
    product_rows: list[Row] = field(default_factory=list)
    variant_rows: list[Row] = field(default_factory=list)
    stock_rows: list[Row] = field(default_factory=list)

    def on_sale(self, kind: str = "", category: str = "") -> "Stalls":
        """What verified shops that anybody comes to offer, of one kind of shop or any, in a category or any."""
        stalls: dict[UUID, Stall] = {}
        for offer in self.offers:
            shop = offer.shop
            fits = not category or f"{offer.category}.".startswith(f"{category}.")
            if shop.verified and shop.pull and kind in ("", shop.kind) and fits:
                stalls.setdefault(shop.id, Stall(shop)).offers.append(offer)
        return Stalls(list(stalls.values()))

    def of(self, shop: Shop) -> list[Offer]:
        """What one shop has left."""
        return [offer for offer in self.offers if offer.shop is shop and offer.left]

    @property
    def products(self) -> tuple[UUID, ...]:
        """The keys of all products."""
        return tuple(row[0] for row in self.product_rows if isinstance(row[0], UUID))


def furnish(script: Script, city: ServedCity, places: Sequence[str], today: date, dice: Dice) -> Shelves:
    """Invents the shops of a city, in these kelurahan, and what they list."""
    shelves = Shelves()
    taken: set[str] = set()
    sectors = sorted({good.sector for good in goods() if good.sector})
    trades = [(VendorKind.KELONTONG, "")] * script.size.kelontong
    trades += [(VendorKind.UMKM, sectors[n % len(sectors)]) for n in range(script.size.umkm)]
    firsts = (0, script.size.kelontong)
    for number, (kind, sector) in enumerate(trades):
        opened = start_of(dice.day(today - timedelta(days=700), today - timedelta(days=70)), city.zone)
        # The first of each trade is always verified: personas and orders need one.
        verified = number in firsts or not dice.once_in(script.size.unverified)
        name = _unused(_shop_names(dice, kind, sector), taken)
        # Who keeps the busy shop sells to companies alone, so that it is as busy as the script says.
        busy = script.traits.busy is not None and kind == script.traits.busy.kind and number in firsts
        pull = 0 if busy else dice.pull()
        shop = Shop(dice.key(), name, kind, sector, dice.one(places), verified, opened, pull)
        shelves.shops.append(shop)
        shelves.vendor_rows.append(_vendor(shop, city.code, dice))
    _list_goods(shelves, script, city.code, dice)
    return shelves


def busy_shop(shelves: Shelves, busy: Busy) -> Shop:
    """The shop that sells much: the first of its kind, which is always verified."""
    return next(shop for shop in shelves.shops if shop.kind == busy.kind)


async def write(database: Database, shelves: Shelves) -> None:
    """Writes all rows of the shops."""
    await database.insert("vendor", _VENDOR, shelves.vendor_rows)
    await database.insert("product", _PRODUCT, shelves.product_rows)
    await database.insert("variant", _VARIANT, shelves.variant_rows)
    await database.insert("stock_entry", _STOCK, shelves.stock_rows)


_VENDOR = (
    *("id", "city_id", "kind", "scale", "sector", "name", "region", "address"),
    *("verified_at", "terms", "created_at"),
)
_PRODUCT = (
    *("id", "city_id", "vendor_id", "category_id", "name", "description", "own_production", "origin"),
    *("status", "price", "in_stock", "terms", "created_at", "updated_at"),
)
_VARIANT = (
    *("id", "product_id", "name", "unit", "measure", "measure_unit"),
    *("price", "stock", "position", "active"),
)
_STOCK = ("id", "variant_id", "delta", "cause", "line_id", "at")


def _unused(candidates: Iterator[str], taken: set[str]) -> str:
    name = next(name for name in candidates if name not in taken)
    taken.add(name)
    return name


def _shop_names(dice: Dice, kind: VendorKind, sector: str) -> Iterator[str]:
    words = names()
    for tries in count():
        first = dice.one(words.kelontong_prefixes if kind is VendorKind.KELONTONG else words.umkm_words[sector])
        # Shops are called after a wish or after their keeper; in a large city a number makes them differ.
        second = dice.one(words.shop_words) if dice.once_in(2) else f"Bu {dice.one(words.given_names)}"
        yield f"{first} {second}" if tries < 20 else f"{first} {second} {tries}"


def _vendor(shop: Shop, city: str, dice: Dice) -> Row:
    scale = VendorScale.SMALL if dice.once_in(6) else VendorScale.MICRO
    return (
        *(shop.id, city, shop.kind.value, scale.value, shop.sector or None, shop.name, shop.region),
        *(dice.address(names()), shop.opened + timedelta(days=9) if shop.verified else None),
        *(terms_of(shop.name), shop.opened),
    )


def _list_goods(shelves: Shelves, script: Script, city: str, dice: Dice) -> None:
    """Every good of a trade comes up before any comes up again, so that all of them are listed by somebody."""
    trades: dict[tuple[VendorKind, str], list[Shop]] = {}
    for shop in shelves.shops:
        trades.setdefault((shop.kind, shop.sector), []).append(shop)
    busy = busy_shop(shelves, script.traits.busy) if script.traits.busy else None
    for (kind, sector), shops in trades.items():
        fit = [good for good in goods() if good.seller in (kind, "both") and sector in ("", good.sector)]
        deck = Deck(dice, len(fit))
        # Each good in two shops at least, else there is nothing to compare.
        hand = max(script.size.listings, -(-2 * len(fit) // len(shops)))
        for shop in shops:
            for card in deck.deal(max(hand, BUSY_LISTINGS) if shop is busy else hand):
                _list(shelves, city, shop, fit[card], dice)


def _list(shelves: Shelves, city: str, shop: Shop, good: Good, dice: Dice) -> None:
    key = dice.key()
    price = max(_hundreds(good.price * dice.number(90, 110)), 100)
    listed = shop.opened + timedelta(days=dice.number(10, 60))
    sold_out = dice.once_in(25)
    stocks = []
    for position, (name, pieces, percent) in enumerate(_variants(good, dice)):
        variant = dice.key()
        stock = 0 if sold_out else dice.number(20, 400) * (1 + shop.pull // 40)
        asked = _hundreds(price * percent * pieces)
        shelves.variant_rows.append(
            (
                *(variant, key, name, good.unit, good.measure * pieces, good.measure_unit),
                *(asked, stock, position, True),
            )
        )
        if stock:
            shelves.stock_rows.append((dice.key(), variant, stock, "listed", None, listed))
            shelves.offers.append(Offer(variant, shop, good.category, asked, stock))
        stocks.append(stock)
    own = shop.kind is VendorKind.UMKM
    shelves.product_rows.append(
        (
            *(key, city, shop.id, good.category, good.name, good.description, own, city if own else None),
            *(ProductStatus.ACTIVE.value, price, any(stocks), good.terms, listed, listed),
        )
    )


def _variants(good: Good, dice: Dice) -> list[tuple[str, int, int]]:
    """Names, pieces and percent of the price; the first is the good as it is, at its own price."""
    if good.sector == "fashion" and good.unit == "pcs":
        return [(name, 1, percent) for name, percent in SIZES]
    single = [("", 1, 100)]
    if good.price <= 60_000 and dice.once_in(5):
        return single + list(PACKS[: dice.number(1, 2)])
    return single


def _hundreds(hundredths: int) -> int:
    """A price from hundredths of a Rupiah, to the nearest Rp100."""
    return (hundredths + 5_000) // 10_000 * 100

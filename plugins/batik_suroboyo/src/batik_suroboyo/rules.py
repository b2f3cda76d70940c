"""The regulation of Kota Surabaya: mandate, shops, vendor cap, order of vendors, listing, dress day; knows no amount.

Source: the founding articles on e-Peken and press reports on it. No regulation's number is known; amounts,
lists and days, with the source of each, are in parameters.toml.
"""

from collections.abc import Mapping
from typing import ClassVar, Final, Literal

from peken.rules import (
    MONTH,
    YEAR,
    Amount,
    Buyer,
    Cap,
    Check,
    Day,
    Fact,
    Line,
    Moment,
    Obligation,
    Place,
    Product,
    Ranking,
    Row,
    Rule,
    Sales,
    Table,
    Vendor,
    Verdict,
    notice,
    refuse,
    warn,
)

CITY: Final = "35.78"


class Minimum(Amount, frozen=True, kw_only=True):
    """What a class of civil servants spends at least in a month on staples, in Rupiah."""

    schemes: ClassVar[Mapping[str, tuple[str, ...]]] = {"post": ()}
    """A post by its name; no list of all posts of the city is known."""


class Limit(Amount, frozen=True, kw_only=True):
    """The turnover at which a vendor is closed until the window turns, in Rupiah."""


class Staples(Row, frozen=True, kw_only=True):
    """A category that counts as staples, with all below it."""


class Denied(Row, frozen=True, kw_only=True):
    """What nobody may list: `code` is a category, or stemmed words that all stand in name or description."""

    scheme: Literal["category", "words"] = "category"

    def names(self, product: Product) -> bool:
        """Whether it speaks of this product."""
        if self.scheme == "words":
            return product.words.issuperset(self.code.split())
        return self.code in product.categories


class Area(Row, frozen=True, kw_only=True):
    """How far from home (or office) the shops are that one is assigned to; the lowest `turn` with a shop is it."""

    turn: int
    code: Literal["kelurahan", "kecamatan"]

    def of(self, kelurahan: str) -> str:
        """The area of this kind that a kelurahan lies in."""
        return kelurahan if self.code == "kelurahan" else kelurahan.rpartition(".")[0]


class Neighbourhood(Fact, frozen=True):
    """The kelurahan around a buyer's home (or office) that have a shop which is open to all."""

    of: ClassVar[str] = "buyer"
    shops: frozenset[str]
    """Codes of kelurahan."""
    names: frozenset[tuple[str, str]] = frozenset()
    """Code and name of these, and of the kecamatan they lie in."""

    def name(self, code: str) -> str:
        """What a place is called; its code where that is not known."""
        return dict(self.names).get(code, code)


class DressDay(Row, frozen=True, kw_only=True):
    """A weekday on which the city's employees wear batik."""

    weekday: Literal[0, 1, 2, 3, 4, 5, 6]
    """0 is Monday."""


def in_the_city(region: str) -> bool:
    """Whether a region is the city or lies in it."""
    return f"{region}.".startswith(f"{CITY}.")


def of_the_city(vendor: Vendor) -> bool:
    """Whether the city has looked at this vendor, and it is one of its own."""
    return vendor.verified and in_the_city(vendor.region)


# the mandate: every city ASN buys staples each month ----------------------------------------------------------


def is_staple(product: Product, staples: Table[Staples]) -> bool:
    """Whether a product stands in a category that counts as staples."""
    return any(row.code in product.categories for row in staples.rows)


def staples_bought(line: Line, product: Product, vendor: Vendor, staples: Table[Staples]) -> int:
    """Staples from a verified vendor of the city count, all else does not."""
    return line.amount if of_the_city(vendor) and is_staple(product, staples) else 0


def minimum(buyer: Buyer, table: Table[Minimum]) -> Minimum | None:
    """The row of the first of the buyer's classes that has one; only an ASN owes."""
    return table.find(*buyer.classes) if buyer.asn else None


mandate: Final = Obligation(
    code="surabaya.mandate",
    cites="Kota Surabaya: monthly shopping of civil servants (ASN) for staples at e-Peken",
    title="Monthly shopping for staples",
    messages={
        "counts_towards": "{amount:rp} counts towards this month's staples of {floor:rp}. "
        "Still to be spent: {remaining:rp}."
    },
    subject="buyer",
    window=MONTH,
    at=Moment.DELIVERED,
    counts=staples_bought,
    floor=minimum,
    prorate=True,
)


# shop assignment: staples from the shops of one's own area -----------------------------------------------------


def home_of(buyer: Buyer) -> str:
    """The kelurahan that decides: that of the home, or of the office for those who live outside the city."""
    return buyer.region if in_the_city(buyer.region) else buyer.office


def by_turn(areas: Table[Area]) -> list[Area]:
    """The nearest area first."""
    return sorted(areas.rows, key=lambda row: row.turn)


def near(vendor: Vendor, buyer: Buyer, areas: Table[Area]) -> Place:
    """A kelontong of the same kelurahan before one of the same kecamatan; all others stand behind."""
    home = home_of(buyer)
    for row in by_turn(areas):
        if home and vendor.kind == "kelontong" and row.of(vendor.region) == row.of(home):
            return Place(row.turn, because=row.code)
    return Place(FAR, because="elsewhere")


FAR: Final = 1_000

assigned_shops: Final = Ranking(
    code="surabaya.assigned-shops",
    cites="Kota Surabaya: an ASN buys at the shops of the own kelurahan, else of the kecamatan",
    title="Shops that one is assigned to",
    messages={
        "kelurahan": "Your shops for staples are those of your kelurahan.",
        "kecamatan": "Your kelurahan has no open shop; your shops for staples are those of your kecamatan.",
        "elsewhere": "No open shop is near you; every shop of the city will do.",
    },
    place=near,
    only_best_tier=True,
)


def assigned_area(buyer: Buyer, around: Neighbourhood, areas: Table[Area]) -> str:
    """Code of the area whose shops a buyer is assigned to; empty where no shop is near."""
    home = home_of(buyer)
    for row in by_turn(areas) if home else []:
        if any(row.of(shop) == row.of(home) for shop in around.shops):
            return row.of(home)
    return ""


def astray(
    product: Product,
    vendor: Vendor,
    buyer: Buyer,
    around: Neighbourhood | None,
    staples: Table[Staples],
    areas: Table[Area],
) -> Verdict | None:
    """A warning to an ASN who buys staples outside of the own area, where that has an open shop."""
    if not buyer.asn or around is None or not is_staple(product, staples):
        return None
    area = assigned_area(buyer, around, areas)
    if f"{vendor.region}.".startswith(f"{area}."):
        return None
    return warn("other_area", instead=area, area=around.name(area)) if area else None


def outside(
    product: Product,
    vendor: Vendor,
    buyer: Buyer,
    around: Neighbourhood | None,
    staples: Table[Staples],
    areas: Table[Area],
) -> Verdict | None:
    """The same as a refusal."""
    found = astray(product, vendor, buyer, around, staples, areas)
    return refuse(found.code, found.instead, **found.values) if found else None


def assignment(*, binding: bool) -> Check:
    """Whether an ASN buys staples in the own area: advice, or binding."""
    return Check(
        code="surabaya.assignment",
        cites="Kota Surabaya: an ASN buys at the shops of the own kelurahan, else of the kecamatan",
        title="Shop in the own area",
        messages={
            "other_area": "Staples are to be bought at a shop of your own area, {area}; this shop stands elsewhere."
        },
        on="line",
        judge=outside if binding else astray,
        fail="closed" if binding else "open",
    )


# the vendor cap: turnover is spread over many shops -----------------------------------------------------------


def sold(line: Line) -> int:
    """All of a vendor's turnover counts, whoever buys."""
    return line.amount


def limit(vendor: Vendor, table: Table[Limit]) -> Limit | None:
    """One limit for all verified vendors of the city."""
    return table.one() if of_the_city(vendor) else None


CapWindow = Literal["month", "year"]
WINDOWS: Final = {"month": MONTH, "year": YEAR}
CLOSED: Final = {
    "month": "This would take the shop past its turnover limit of {ceiling:rp} for this calendar month: {before:rp} "
    "is taken, {remaining:rp} is left, and this would add {amount:rp}. The limit starts anew on the first day of next "
    "month; until then, please stay within what is left or choose another shop nearby.",
    "year": "This would take the shop past its turnover limit of {ceiling:rp} for this calendar year: {before:rp} "
    "is taken, {remaining:rp} is left, and this would add {amount:rp}. The limit starts anew on the first day of next "
    "year; until then, please stay within what is left or choose another shop nearby.",
}


def vendor_cap(window: CapWindow, hide_at: int) -> Cap:
    """Delivered plus reserved: counted when placed, given back when cancelled.

    No purchase may pass the limit, so few shops ever reach it to the Rupiah: from `hide_at` percent on they are hidden.
    """
    return Cap(
        code="surabaya.vendor-cap",
        cites="Kota Surabaya: e-Peken closes a vendor that reaches the turnover limit",
        title="Turnover limit of a shop",
        messages={
            "cap_reached": CLOSED[window],
            "cap_near": "With this, the shop has reached {percent} percent of its turnover limit of {ceiling:rp}; "
            "{remaining:rp} is left.",
            "within_cap": "Within the shop's turnover limit of {ceiling:rp}; {remaining:rp} is left.",
            "closed": "This shop has sold as much as its turnover limit of {ceiling:rp} allows, or all but a little; "
            "it is listed again from {again:date} on.",
        },
        subject="vendor",
        window=WINDOWS[window],
        at=Moment.PLACED,
        counts=sold,
        ceiling=limit,
        warn_at=80,
        hide_at=hide_at,
    )


# the order of vendors: the unsold come first ------------------------------------------------------------------

MOST_THOUSANDS: Final = 999_999


def unsold(sales: Sales) -> Place:
    """Who never sold comes first, the longest there before the newest; then who waits longest for the next order.

    Of those who wait equally long, who sold least to departments of the city comes first.
    """
    if sales.idle_days is None:
        return Place(0, -sales.listed_days, "never_sold", {"days": sales.listed_days})
    thousands = min(sales.to_departments // 1_000, MOST_THOUSANDS)
    score = thousands - sales.idle_days * (MOST_THOUSANDS + 1)
    if sales.idle_days == 0:
        return Place(1, score, "sold_today")
    return Place(1, score, "days_since_last_order", {"days": sales.idle_days})


equalisation: Final = Ranking(
    code="surabaya.equalisation",
    cites="Kota Surabaya: orders are spread evenly over the shops (pemerataan); the unsold are supported",
    title="Even spread of orders",
    messages={
        "never_sold": "Nobody has bought here yet; the shop joined {days} days ago.",
        "days_since_last_order": "The last order here was {days} days ago.",
        "sold_today": "Somebody has bought here today.",
    },
    place=unsold,
)


# listing: what may be offered ---------------------------------------------------------------------------------


def listed(product: Product, vendor: Vendor, denied: Table[Denied]) -> Verdict | None:
    """Nobody lists what is denied; an UMKM lists only its own production, made in the city."""
    for row in denied.rows:
        if row.names(product):
            return refuse("denied", what=row.code)
    if vendor.kind != "umkm":
        return None
    if not product.own_production:
        return refuse("not_own_production")
    # An origin that nobody has entered is no proof of another city.
    return refuse("not_made_here") if product.origin and not in_the_city(product.origin) else None


listing: Final = Check(
    code="surabaya.listing",
    cites="Kota Surabaya: what shops and UMKM may offer at e-Peken",
    title="What may be offered",
    messages={
        "denied": "Goods of the kind {what} may not be offered here.",
        "not_own_production": "An UMKM offers only what it makes itself; this product is not marked as its own.",
        "not_made_here": "An UMKM offers only what is made in Surabaya; this product is made elsewhere.",
    },
    on="listing",
    judge=listed,
)


# dress day ----------------------------------------------------------------------------------------------------


def dressed(day: Day, table: Table[DressDay]) -> Verdict | None:
    """A notice on the day, unless a calendar says that it is a holiday."""
    due = any(row.weekday == day.weekday for row in table.rows)
    return notice("wear_batik") if due and "holiday" not in day.occasions else None


dress_day: Final = Check(
    code="surabaya.dress-day",
    cites="Kota Surabaya: employees of the city wear batik on Thursdays",
    title="Dress day",
    messages={"wear_batik": "Today, employees of the city wear batik."},
    on="day",
    judge=dressed,
    fail="open",
)


def regulation(
    cap_window: CapWindow = "month", *, hide_at: int = 99, assigning: Literal["off", "advise", "bind"] = "advise"
) -> tuple[Rule, ...]:
    """All rules of the city."""
    assigned = () if assigning == "off" else (assignment(binding=assigning == "bind"),)
    return mandate, assigned_shops, *assigned, vendor_cap(cap_window, hide_at), equalisation, listing, dress_day

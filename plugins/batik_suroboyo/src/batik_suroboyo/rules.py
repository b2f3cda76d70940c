"""The regulation of Kota Surabaya: ASN mandate, vendor cap, listing, dress day. Refuses to know any amount.

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
    Line,
    Moment,
    Obligation,
    Product,
    Row,
    Rule,
    Table,
    Vendor,
    Verdict,
    notice,
    refuse,
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


def staples_bought(line: Line, product: Product, vendor: Vendor, staples: Table[Staples]) -> int:
    """Staples from a verified vendor of the city count, all else does not."""
    counted = of_the_city(vendor) and any(row.code in product.categories for row in staples.rows)
    return line.amount if counted else 0


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


# the vendor cap: turnover is spread over many shops -----------------------------------------------------------


def sold(line: Line) -> int:
    """All of a vendor's turnover counts, whoever buys."""
    return line.amount


def limit(vendor: Vendor, table: Table[Limit]) -> Limit | None:
    """One limit for all verified vendors of the city."""
    return table.one() if of_the_city(vendor) else None


WINDOWS: Final = {"month": MONTH, "year": YEAR}
CLOSED: Final = {
    "month": "This would take the shop past its turnover limit of {ceiling:rp} for this calendar month: {before:rp} "
    "is taken, {remaining:rp} is left, and this would add {amount:rp}. The limit starts anew on the first day of next "
    "month; until then, please stay within what is left or choose another shop nearby.",
    "year": "This would take the shop past its turnover limit of {ceiling:rp} for this calendar year: {before:rp} "
    "is taken, {remaining:rp} is left, and this would add {amount:rp}. The limit starts anew on the first day of next "
    "year; until then, please stay within what is left or choose another shop nearby.",
}


def vendor_cap(window: Literal["month", "year"]) -> Cap:
    """Delivered plus reserved: counted when placed, given back when cancelled."""
    return Cap(
        code="surabaya.vendor-cap",
        cites="Kota Surabaya: e-Peken closes a vendor that reaches the turnover limit",
        title="Turnover limit of a shop",
        messages={
            "cap_reached": CLOSED[window],
            "cap_near": "With this, the shop has reached {percent} percent of its turnover limit of {ceiling:rp}; "
            "{remaining:rp} is left.",
            "within_cap": "Within the shop's turnover limit of {ceiling:rp}; {remaining:rp} is left.",
        },
        subject="vendor",
        window=WINDOWS[window],
        at=Moment.PLACED,
        counts=sold,
        ceiling=limit,
        warn_at=80,
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


def regulation(cap_window: Literal["month", "year"] = "month") -> tuple[Rule, ...]:
    """All rules of the city."""
    return mandate, vendor_cap(cap_window), listing, dress_day

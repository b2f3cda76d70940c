"""Two invented chapters in the manner of Surabaya and Malang, and a case to judge by them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, ClassVar

import pytest

from peken.rules import (
    MONTH,
    Amount,
    Buyer,
    Calendar,
    Cap,
    Case,
    Chapter,
    Check,
    Day,
    Department,
    Fact,
    Line,
    LineKeys,
    Obligation,
    Order,
    Place,
    Product,
    Ranking,
    Regulations,
    Row,
    Rulebook,
    Table,
    Vendor,
    Verdict,
    notice,
    refuse,
    warn,
)


class Minimum(Amount, frozen=True, kw_only=True):
    """What a buyer owes in a month."""


class Limit(Amount, frozen=True, kw_only=True):
    """What a vendor may sell in a month."""


class Holiday(Row, frozen=True, kw_only=True):
    """A day on which nobody works."""


class Sales(Fact, frozen=True):
    of: ClassVar[str] = "vendor"
    idle_days: int | None


def of_the_city(line: Line, vendor: Vendor) -> int:
    return line.amount if vendor.kind == "umkm" and vendor.region.startswith("35.73") else 0


def minimum(buyer: Buyer, table: Table[Minimum]) -> Minimum | None:
    return table.find(*buyer.classes) if buyer.asn else None


def staples(line: Line, product: Product, vendor: Vendor) -> int:
    return line.amount if "staples" in product.categories and vendor.verified else 0


def sold(line: Line) -> int:
    return line.amount


def limit(vendor: Vendor, table: Table[Limit]) -> Limit | None:
    return table.one()


def of_own_kelurahan(buyer: Buyer, vendor: Vendor) -> Verdict | None:
    if not buyer.asn or vendor.region == buyer.region:
        return None
    return refuse("other_kelurahan", instead=buyer.region, vendor_region=vendor.region)


def small(order: Order, lines: tuple[Line, ...], department: Department | None) -> Verdict | None:
    if department is None or sum(line.amount for line in lines) < 200_000_000:
        return None
    return warn("by_tender", amount=order.amount)


def own_production(product: Product, vendor: Vendor) -> Verdict | None:
    if vendor.kind == "umkm" and not product.own_production:
        return refuse("not_own_production")
    return None


def thursday(day: Day) -> Verdict | None:
    if day.weekday != 3:
        return None
    return notice("dress_free") if "holiday" in day.occasions else notice("wear_batik")


def holidays(on: date, table: Table[Holiday]) -> Iterable[str]:
    return ["holiday"] if table.rows else []


def unsold(sales: Sales) -> Place:
    if sales.idle_days is None:
        return Place(0, because="never_sold")
    return Place(1, -sales.idle_days, because="days_since_last_order")


async def load_sales(keys: Iterable[str], day: Day) -> Mapping[str, Fact]:
    return {key: Sales(idle_days=None) for key in keys}


QUOTA = Obligation(
    code="malang.quota",
    cites="Malang shopping duty",
    subject="buyer",
    window=MONTH,
    counts=of_the_city,
    floor=minimum,
    evidence=True,
    prorate=True,
)
MANDATE = Obligation(
    code="surabaya.mandate", cites="ASN mandate", subject="buyer", window=MONTH, counts=staples, floor=minimum
)
CAP = Cap(
    code="surabaya.vendor-cap",
    cites="e-Peken vendor lock",
    title="Vendor cap",
    subject="vendor",
    window=MONTH,
    counts=sold,
    ceiling=limit,
    warn_at=80,
    messages={"cap_reached": "This shop is closed until next month."},
)
ASSIGNED = Check(code="surabaya.assigned", cites="shop assignment", on="line", judge=of_own_kelurahan)
TENDER = Check(code="surabaya.tender", cites="procurement", on="order", judge=small)
OWN = Check(code="surabaya.own", cites="own production", on="listing", judge=own_production)
DRESS = Check(code="surabaya.dress", cites="dress rule", on="day", judge=thursday)
UNSOLD = Ranking(code="surabaya.unsold", cites="equalisation", place=unsold)
HOLIDAYS = Calendar(code="national.holidays", cites="decree", occasions=holidays)

MALANG = """
[[minimum]]
set = "flat"
amount = 500_000
valid_from = 2022-04-01
source = "founding article"
mark = "S"

[[minimum]]
set = "golongan"
scheme = "golongan"
code = "I"
amount = 200_000
valid_from = 2022-08-01
valid_to = 2023-01-01
source = "press report, August 2022"
mark = "B"

[[minimum]]
set = "golongan"
scheme = "golongan"
code = "III/c"
amount = 400_000
valid_from = 2022-08-01
source = "press report, August 2022"
mark = "B"
"""

SURABAYA = """
[[minimum]]
amount = 2_000_000
valid_from = 2026-01-01
source = "one known row"
mark = "B"

[[limit]]
amount = 30_000_000
valid_from = 2026-01-01
source = "vendor lock"
mark = "A"

[[holiday]]
code = "independence"
valid_from = 2026-08-17
valid_to = 2026-08-18
source = "decree"
mark = "A"

[[holiday]]
code = "christmas"
valid_from = 2026-12-25
valid_to = 2026-12-26
source = "decree"
mark = "A"
"""


@dataclass(frozen=True)
class Sample:
    """The names above, for tests."""

    malang: Chapter
    surabaya: Chapter
    sales: type[Sales] = Sales


@pytest.fixture
def sample() -> Sample:
    rules = (HOLIDAYS, MANDATE, CAP, ASSIGNED, TENDER, OWN, DRESS, UNSOLD)
    return Sample(
        malang=Chapter("malang_quota", "1.0", Regulations((QUOTA,), MALANG), chosen={"minimum": "flat"}),
        surabaya=Chapter("batik_suroboyo", "2.0", Regulations(rules, SURABAYA, {Sales: load_sales})),
    )


@pytest.fixture
def malang(sample: Sample) -> Rulebook:
    return Rulebook([sample.malang])


@pytest.fixture
def surabaya(sample: Sample) -> Rulebook:
    return Rulebook([sample.surabaya])


TODAY = Day.on(date(2026, 11, 20))


@pytest.fixture
def today() -> Day:
    return TODAY


CaseOf = Callable[..., Case]


@pytest.fixture
def case_of() -> CaseOf:
    """A case of one ASN at one vendor: a line for each amount; facts may be replaced by type, or left out."""

    def case(*amounts: int, day: Day = TODAY, line: dict[str, Any] | None = None, **others: Fact | None) -> Case:
        names = [f"l{number}" for number in range(1, len(amounts) + 1)]
        facts: dict[type[Fact], dict[str, Fact]] = {
            Line: {name: Line(amount, **(line or {})) for name, amount in zip(names, amounts, strict=True)},
            Product: {"p": Product("staples.rice", frozenset({"staples", "staples.rice"}), own_production=True)},
            Vendor: {"v": Vendor("umkm", region="35.73.01.1001", verified=True)},
            Buyer: {"b": Buyer("employee", asn=True, region="35.73.01.1001", classes=(("golongan", "III/c"),))},
            Order: {"o": Order(sum(amounts))},
        }
        for key, fact in others.items():
            if fact is None:
                facts = {known: facts[known] for known in facts if known.of != {"b": "buyer", "v": "vendor"}[key]}
            else:
                facts.setdefault(type(fact), {})[key] = fact
        return Case(day, tuple(LineKeys(name, "p", "v", "b", "o") for name in names), facts)

    return case


ChapterOf = Callable[..., Chapter]


@pytest.fixture
def chapter_of() -> ChapterOf:
    """A chapter of an invented city with the rules given."""

    def chapter(*rules: Any, text: str | None = None, **more: Any) -> Chapter:
        return replace(Chapter("arcadia", "1", Regulations(rules, text)), **more)

    return chapter

"""The regulation as plain functions over facts, and its tables at their borders; knows no rulebook."""

from datetime import date, timedelta
from pathlib import Path
from typing import TypeVar

import pytest

import batik_suroboyo.rules
from batik_suroboyo.rules import (
    Area,
    Denied,
    DressDay,
    Limit,
    Minimum,
    Staples,
    dressed,
    limit,
    listed,
    minimum,
    sold,
    staples_bought,
)
from peken.rules import (
    Buyer,
    Day,
    Line,
    Outcome,
    Product,
    Row,
    Table,
    Vendor,
    impurities,
    load_parameters,
)

R = TypeVar("R", bound=Row)

PARAMETERS = Path(batik_suroboyo.rules.__file__).with_name("parameters.toml")
BEGIN = date(2021, 7, 1)
TODAY = date(2026, 11, 19)
RICE = Product(category="staples.rice", categories=frozenset({"staples", "staples.rice"}))
BATIK = Product(category="batik.cloth", categories=frozenset({"batik", "batik.cloth"}), own_production=True)
SHOP = Vendor(kind="kelontong", region="35.78.08.1003", verified=True)
UMKM = Vendor(kind="umkm", region="35.78.08.1003", verified=True)
STRANGERS = {
    "unverified": Vendor(kind="kelontong", region="35.78.08.1003", verified=False),
    "Malang": Vendor(kind="kelontong", region="35.73.01.1001", verified=True),
    "a like prefix": Vendor(kind="kelontong", region="35.780.01.1001", verified=True),
    "no region": Vendor(kind="kelontong", region="", verified=True),
}


def table(row: type[R], on: date = TODAY, minimum: str = "proposal") -> Table[R]:
    every = load_parameters(PARAMETERS, [Minimum, Limit, Area, Staples, Denied, DressDay])
    return every.choose({"minimum": minimum}).table(row, on)


def owed(minimums: str, *classes: tuple[str, str], on: date = TODAY) -> int | None:
    row = minimum(Buyer(kind="employee", asn=True, classes=classes), table(Minimum, on, minimums))
    return None if row is None else row.amount


@pytest.mark.parametrize("vendor", [SHOP, UMKM], ids=["kelontong", "umkm"])
def test_staples_of_verified_vendors_of_the_city_count_in_full(vendor: Vendor) -> None:
    assert staples_bought(Line(amount=68_000), RICE, vendor, table(Staples)) == 68_000


@pytest.mark.parametrize("vendor", STRANGERS.values(), ids=STRANGERS)
def test_staples_of_other_vendors_do_not_count(vendor: Vendor) -> None:
    assert staples_bought(Line(amount=68_000), RICE, vendor, table(Staples)) == 0


def test_what_is_no_staple_does_not_count() -> None:
    assert staples_bought(Line(amount=250_000), BATIK, UMKM, table(Staples)) == 0


def test_a_camat_owes_two_million_whatever_the_other_classes() -> None:
    classes = ("golongan", "III/d"), ("post", "camat")

    amounts = [owed("known", *classes), owed("proposal", *classes)]

    assert amounts == [2_000_000, 2_000_000]


def test_everybody_else_owes_a_proposal_or_nothing_as_the_setting_says() -> None:
    assert owed("proposal", ("golongan", "III/c")) == 500_000
    assert owed("known", ("golongan", "III/c")) is None


@pytest.mark.parametrize("kind", ["public", "company", "employee", "department"])
def test_who_is_no_asn_owes_nothing(kind: str) -> None:
    assert minimum(Buyer(kind=kind, classes=(("post", "camat"),)), table(Minimum)) is None


def test_only_the_camats_amount_claims_a_source() -> None:
    rows = load_parameters(PARAMETERS, [Minimum, Limit, Area, Staples, Denied, DressDay]).tables[Minimum]

    marks = {(row.set, row.code): row.mark for row in rows}

    assert marks == {("known", "camat"): "B", ("proposal", "camat"): "B", ("proposal", "*"): "M"}


def test_all_that_is_bought_is_turnover() -> None:
    assert sold(Line(amount=12_345)) == 12_345


def test_a_verified_vendor_of_the_city_has_the_limit() -> None:
    row = limit(SHOP, table(Limit))

    assert row is not None
    assert row.amount == 30_000_000
    assert row.mark == "A"


@pytest.mark.parametrize("vendor", STRANGERS.values(), ids=STRANGERS)
def test_other_vendors_have_no_limit(vendor: Vendor) -> None:
    assert limit(vendor, table(Limit)) is None


def test_every_table_begins_with_the_first_month_of_trade() -> None:
    eve = BEGIN - timedelta(days=1)

    assert owed("proposal", on=eve) is None
    assert owed("proposal", on=BEGIN) == 500_000
    assert limit(SHOP, table(Limit, eve)) is None
    assert limit(SHOP, table(Limit, BEGIN)) is not None
    assert staples_bought(Line(amount=1), RICE, SHOP, table(Staples, eve)) == 0
    assert staples_bought(Line(amount=1), RICE, SHOP, table(Staples, BEGIN)) == 1
    assert not table(Denied, eve).rows
    assert not table(Area, eve).rows
    assert not table(DressDay, eve).rows


def test_a_kelontong_lists_goods_of_others_and_an_umkm_its_own() -> None:
    assert listed(RICE, SHOP, table(Denied)) is None
    assert listed(BATIK, UMKM, table(Denied)) is None


@pytest.mark.parametrize("vendor", [SHOP, UMKM], ids=["kelontong", "umkm"])
def test_nobody_lists_gold_bars(vendor: Vendor) -> None:
    gold = Product(category="craft.souvenir", words=frozenset({"emas", "batang", "10", "gram"}), own_production=True)

    verdict = listed(gold, vendor, table(Denied))

    assert verdict is not None
    assert (verdict.outcome, verdict.code, verdict.values) == (Outcome.REFUSE, "denied", {"what": "emas batang"})


def test_a_category_can_be_denied_with_all_below_it() -> None:
    denied = Denied(valid_from=BEGIN, source="a test", mark="O", scheme="category", code="batik")

    verdict = listed(BATIK, UMKM, Table([denied]))

    assert verdict is not None
    assert verdict.code == "denied"


def test_an_umkm_does_not_list_what_others_make() -> None:
    verdict = listed(RICE, UMKM, table(Denied))

    assert verdict is not None
    assert verdict.code == "not_own_production"


@pytest.mark.parametrize(
    ("origin", "code"), [("", None), ("35.78", None), ("35.78.08.1003", None), ("35.15.01.1001", "not_made_here")]
)
def test_an_umkm_lists_what_is_made_in_the_city(origin: str, code: str | None) -> None:
    product = Product(category="batik.cloth", own_production=True, origin=origin)

    verdict = listed(product, UMKM, table(Denied))

    assert (verdict and verdict.code) == code


@pytest.mark.parametrize("days", range(7))
def test_batik_is_worn_on_thursdays_only(days: int) -> None:
    day = Day.on(date(2026, 11, 16) + timedelta(days=days))

    verdict = dressed(day, table(DressDay))

    assert (verdict is not None) == (day.date == date(2026, 11, 19))


def test_on_a_holiday_nobody_is_told_what_to_wear() -> None:
    assert dressed(Day.on(date(2026, 11, 19), "holiday"), table(DressDay)) is None


def test_the_regulation_is_pure() -> None:
    assert impurities(Path(batik_suroboyo.rules.__file__)) == []

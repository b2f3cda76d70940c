"""Which shops an ASN is assigned to, and who comes first in lists, as plain functions; knows no rulebook."""

from datetime import date
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
    Neighbourhood,
    Staples,
    assigned_area,
    astray,
    near,
    outside,
    regulation,
    unsold,
)
from peken.rules import Buyer, Cap, Outcome, Product, Row, Sales, Table, Vendor, load_parameters

R = TypeVar("R", bound=Row)

PARAMETERS = Path(batik_suroboyo.rules.__file__).with_name("parameters.toml")
HOME, NEXT, FARTHER = "35.78.08.1003", "35.78.08.1001", "35.78.01.1001"
RICE = Product(category="staples.rice", categories=frozenset({"staples", "staples.rice"}))
BATIK = Product(category="batik.cloth", categories=frozenset({"batik", "batik.cloth"}))
ASN = Buyer(kind="employee", asn=True, region=HOME, office=FARTHER)
OUTSIDER = Buyer(kind="employee", asn=True, region="", office=HOME)


def rows(row: type[R]) -> Table[R]:
    every = load_parameters(PARAMETERS, [Minimum, Limit, Area, Staples, Denied, DressDay])
    return every.choose({"minimum": "known"}).table(row, date(2026, 11, 19))


def shop(region: str, kind: str = "kelontong") -> Vendor:
    return Vendor(kind=kind, region=region, verified=True)


def around(*kelurahan: str) -> Neighbourhood:
    return Neighbourhood(frozenset(kelurahan), frozenset({(HOME, "Ketabang"), ("35.78.08", "Genteng")}))


@pytest.mark.parametrize(
    ("buyer", "kelurahan", "area"),
    [
        (ASN, (HOME, NEXT), HOME),
        (ASN, (NEXT,), "35.78.08"),
        (ASN, (FARTHER,), ""),
        (ASN, (), ""),
        (OUTSIDER, (HOME, NEXT), HOME),
        (OUTSIDER, (NEXT,), "35.78.08"),
        (Buyer(kind="employee", asn=True, region="35.15.01.1001", office=HOME), (HOME,), HOME),
        (Buyer(kind="employee", asn=True), (HOME,), ""),
    ],
    ids=["home", "kecamatan", "none near", "none", "office", "office's kecamatan", "home elsewhere", "nothing known"],
)
def test_the_area_is_the_kelurahan_else_the_kecamatan_of_the_home_else_of_the_office(
    buyer: Buyer, kelurahan: tuple[str, ...], area: str
) -> None:
    assert assigned_area(buyer, around(*kelurahan), rows(Area)) == area


@pytest.mark.parametrize(
    ("vendor", "because"),
    [
        (shop(HOME), "kelurahan"),
        (shop(NEXT), "kecamatan"),
        (shop(FARTHER), "elsewhere"),
        (shop(HOME, kind="umkm"), "elsewhere"),
    ],
)
def test_shops_are_ranked_by_nearness(vendor: Vendor, because: str) -> None:
    assert near(vendor, ASN, rows(Area)).because == because


def test_an_asn_who_buys_staples_elsewhere_is_told_where_to_go() -> None:
    verdict = astray(RICE, shop(NEXT), ASN, around(HOME, NEXT), rows(Staples), rows(Area))

    assert verdict is not None
    assert (verdict.outcome, verdict.code, verdict.instead) == (Outcome.WARN, "other_area", HOME)
    assert verdict.values == {"area": "Ketabang"}


def test_where_the_city_binds_it_is_refused_with_the_same_words() -> None:
    verdict = outside(RICE, shop(FARTHER), ASN, around(NEXT), rows(Staples), rows(Area))

    assert verdict is not None
    assert (verdict.outcome, verdict.instead, verdict.values) == (Outcome.REFUSE, "35.78.08", {"area": "Genteng"})


@pytest.mark.parametrize("judge", [astray, outside])
@pytest.mark.parametrize(
    ("product", "vendor", "buyer", "neighbours"),
    [
        (RICE, shop(HOME), ASN, around(HOME)),
        (RICE, shop(HOME, kind="umkm"), ASN, around(HOME)),
        (RICE, shop(HOME), ASN, around(NEXT)),
        (BATIK, shop(FARTHER), ASN, around(HOME)),
        (RICE, shop(FARTHER), ASN, around()),
        (RICE, shop(FARTHER), ASN, None),
        (RICE, shop(FARTHER), Buyer(kind="public", region=HOME), around(HOME)),
        (RICE, shop(FARTHER), Buyer(kind="department", office=HOME), around(HOME)),
    ],
    ids=["own area", "UMKM there", "kecamatan", "no staple", "no shop near", "nothing known", "public", "department"],
)
def test_nothing_is_said_where_nobody_strays(
    judge: object, product: Product, vendor: Vendor, buyer: Buyer, neighbours: Neighbourhood | None
) -> None:
    verdict = judge(product, vendor, buyer, neighbours, rows(Staples), rows(Area))  # type: ignore[operator]

    assert verdict is None


def test_a_place_without_a_known_name_is_told_by_its_code() -> None:
    assert around().name("35.78.31.1001") == "35.78.31.1001"


def test_the_unsold_come_first_then_who_waits_longest() -> None:
    shops = {
        "busy": Sales(idle_days=0, to_departments=5_000_000),
        "busy with others": Sales(idle_days=0, to_departments=4_000_000),
        "yesterday": Sales(idle_days=1, to_departments=25_000_000),
        "long ago": Sales(idle_days=400),
        "new": Sales(idle_days=None, listed_days=1),
        "never": Sales(idle_days=None, listed_days=90),
    }

    order = sorted(shops, key=lambda name: unsold(shops[name]).key)

    assert order == ["never", "new", "long ago", "yesterday", "busy with others", "busy"]


@pytest.mark.parametrize(
    ("sales", "because", "values"),
    [
        (Sales(idle_days=None, listed_days=12), "never_sold", {"days": 12}),
        (Sales(idle_days=3), "days_since_last_order", {"days": 3}),
        (Sales(idle_days=0), "sold_today", {}),
    ],
)
def test_the_place_says_why(sales: Sales, because: str, values: dict[str, int]) -> None:
    place = unsold(sales)

    assert (place.because, place.values) == (because, values)


def test_no_sum_of_departments_outweighs_a_day() -> None:
    assert unsold(Sales(idle_days=1, to_departments=10**15)).key < unsold(Sales(idle_days=0)).key


@pytest.mark.parametrize(("assigning", "said"), [("off", set()), ("advise", {"open"}), ("bind", {"closed"})])
def test_the_setting_says_whether_the_assignment_is_judged_and_how_it_fails(assigning: str, said: set[str]) -> None:
    rules = regulation(assigning=assigning, hide_at=97)  # type: ignore[arg-type]

    assert {rule.fail for rule in rules if rule.code == "surabaya.assignment"} == said
    assert [rule.hide_at for rule in rules if isinstance(rule, Cap)] == [97]

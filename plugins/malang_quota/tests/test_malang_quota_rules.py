"""The regulation as plain functions over facts, and its tables at their borders; knows no rulebook."""

from datetime import date
from pathlib import Path

import pytest

import malang_quota.rules
from malang_quota.rules import Minimum, minimum, spent_at_home
from peken.rules import Amount, Buyer, Line, Table, Vendor, impurities, load_parameters

PARAMETERS = Path(malang_quota.rules.__file__).with_name("parameters.toml")
UMKM = Vendor(kind="umkm", region="35.73.02.1001", verified=True)


def table(name: str, on: date) -> Table[Minimum]:
    return load_parameters(PARAMETERS, [Minimum]).choose({"minimum": name}).table(Minimum, on)


def owed(name: str, on: date, *classes: tuple[str, str]) -> int | None:
    row = minimum(Buyer(kind="employee", asn=True, classes=classes), table(name, on))
    return None if row is None else row.amount


def test_goods_of_a_verified_umkm_of_the_city_count_in_full() -> None:
    assert spent_at_home(Line(amount=75_000), UMKM) == 75_000


@pytest.mark.parametrize(
    "vendor",
    [
        Vendor(kind="umkm", region="35.73.02.1001", verified=False),
        Vendor(kind="kelontong", region="35.73.02.1001", verified=True),
        Vendor(kind="umkm", region="35.07.01.2001", verified=True),
        Vendor(kind="umkm", region="35.78.01.1001", verified=True),
        Vendor(kind="umkm", region="35.731.01.1001", verified=True),
        Vendor(kind="umkm", region="", verified=True),
    ],
    ids=["unverified", "kelontong", "the regency of the same name", "Surabaya", "a like prefix", "no region"],
)
def test_goods_of_others_do_not_count(vendor: Vendor) -> None:
    assert spent_at_home(Line(amount=75_000), vendor) == 0


@pytest.mark.parametrize("kind", ["public", "company", "employee", "department"])
def test_who_is_no_asn_owes_nothing(kind: str) -> None:
    buyer = Buyer(kind=kind, classes=(("golongan", "III/c"),))

    assert minimum(buyer, table("flat", date(2026, 11, 1))) is None


@pytest.mark.parametrize(("on", "amount"), [(date(2022, 3, 31), None), (date(2022, 4, 1), 500_000)])
def test_the_flat_minimum_begins_in_april_2022(on: date, amount: int | None) -> None:
    assert owed("flat", on, ("golongan", "I/a")) == amount


@pytest.mark.parametrize(
    ("code", "amount"),
    [("I/a", 200_000), ("I/d", 200_000), ("I", 200_000), ("II/a", 500_000), ("III/c", 500_000), ("IV/e", 500_000)],
)
def test_by_golongan_the_first_owes_less(code: str, amount: int) -> None:
    assert owed("golongan", date(2022, 8, 1), ("golongan", code)) == amount


def test_by_golongan_who_has_none_owes_the_average() -> None:
    assert owed("golongan", date(2022, 8, 1), ("pppk", "IX")) == 500_000


def test_by_golongan_nothing_is_owed_before_august_2022() -> None:
    assert owed("golongan", date(2022, 7, 31), ("golongan", "I/a")) is None


@pytest.mark.parametrize(("tier", "amount"), [("1", 500_000), ("2", 1_000_000), ("3", 2_000_000)])
def test_by_tpp_each_of_the_three_tiers_has_its_amount(tier: str, amount: int) -> None:
    assert owed("tpp", date(2023, 1, 1), ("golongan", "III/c"), ("tpp", tier)) == amount


def test_by_tpp_who_has_no_tier_owes_the_lowest_amount() -> None:
    assert owed("tpp", date(2023, 1, 1), ("golongan", "IV/e")) == 500_000


def test_by_tpp_nothing_is_owed_before_2023() -> None:
    assert owed("tpp", date(2022, 12, 31), ("tpp", "3")) is None


def test_every_row_that_is_a_proposal_says_so() -> None:
    rows = load_parameters(PARAMETERS, [Minimum]).tables[Minimum]

    unsourced = [row for row in rows if row.mark in ("O", "M")]

    assert unsourced
    assert all("roposal" in row.source for row in unsourced)
    assert all(isinstance(row, Amount) for row in rows)


def test_the_regulation_is_pure() -> None:
    assert impurities(Path(malang_quota.rules.__file__)) == []

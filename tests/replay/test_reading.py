"""A file of purchases is read as a whole, each line accounted for, or refused with the place of what is wrong."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from tests.replay.files import COLUMNS, USUAL, panel, refusal, written, zipped

from peken.errors import PekenError
from peken.replay.mapping import shipped
from peken.replay.products import products_beside, read_products
from peken.replay.reading import read_purchases
from peken.replay.report import Account
from peken.replay.running import weeks_to

PANEL = shipped("panel")


@pytest.mark.parametrize(
    ("value", "rate", "rupiah"),
    [
        ("0.99", 15_000, 14_850),
        ("1.0E1", 15_000, 150_000),
        ("0.01", 150, 2),
        ("0.03", 150, 5),
        ("-0.01", 150, -2),
        ("1.776357e-15", 15_000, 0),
    ],
)
def test_an_amount_is_dollars_times_the_rate_rounded_half_up(
    tmp_path: Path, value: str, rate: int, rupiah: int
) -> None:
    file = panel(tmp_path, {"sales_value": value})

    found = read_purchases(file, rate=rate)

    assert found.account.control.amount == rupiah


def test_a_zipped_file_is_read_as_well(tmp_path: Path) -> None:
    file = zipped(panel(tmp_path, {}, {"product_id": "2"}))

    found = read_purchases(file, rate=15_000)

    assert [line.product for line in found.lines] == ["1095275", "2"]


def test_lines_are_taken_by_time_and_then_as_they_stand(tmp_path: Path) -> None:
    late = {"transaction_timestamp": "2017-01-03T09:00:00"}
    file = panel(tmp_path, late | {"product_id": "1"}, {"product_id": "2"}, {"product_id": "3"})

    found = read_purchases(file, rate=1, limit=2)

    assert [line.product for line in found.lines] == ["2", "3"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"quantity": "two"}, "quantity is not a whole number: 'two'"),
        ({"quantity": "1.5"}, "quantity is not a whole number: '1.5'"),
        ({"sales_value": ""}, "sales_value is not an amount: ''"),
        ({"sales_value": "NaN"}, "sales_value is not an amount: 'NaN'"),
        ({"sales_value": "1e99"}, "sales_value is not an amount: '1e99'"),
        ({"sales_value": "1e999999999999999999"}, "sales_value is not an amount: '1e999999999999999999'"),
        ({"store_id": " "}, "store_id has between 1 and 40 characters"),
        ({"transaction_timestamp": "yesterday"}, "transaction_timestamp is not a time: 'yesterday'"),
        (
            {"transaction_timestamp": "2017-01-02T10:00:00Z"},
            "transaction_timestamp is local time and names no zone: '2017-01-02T10:00:00Z'",
        ),
        (
            {"transaction_timestamp": "0001-01-02T10:00:00"},
            "transaction_timestamp is not between the years 1970 and 2100: '0001-01-02T10:00:00'",
        ),
        ({"sales_value": "1_0"}, "sales_value is not an amount: '1_0'"),
        ({"sales_value": "1e-99"}, "sales_value is not an amount: '1e-99'"),
        ({"quantity": "9" * 13}, "quantity is not a whole number: '9999999999999'"),
        ({"product_id": "9" * 41}, "product_id has between 1 and 40 characters"),
        ({"product_id": "a\x00b"}, "product_id has between 1 and 40 characters"),
        ({"household_id": "901"}, "basket 1 belongs to another buyer above"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(tmp_path: Path, wrong: Mapping[str, str], said: str) -> None:
    file = panel(tmp_path, {}, wrong)

    message = refusal(file)

    assert message == f"panel-lines.csv, line 3: {said}"


def test_missing_columns_are_all_named(tmp_path: Path) -> None:
    columns = [name for name in COLUMNS if name not in ("quantity", "basket_id")]
    file = written(tmp_path / "lines.csv", [{name: USUAL[name] for name in columns}], columns)

    message = refusal(file)

    assert message == "lines.csv, line 1: has no column basket_id, quantity"


@pytest.mark.parametrize("line", ["900,330", "900,330,1,1,1,1.0,0.0,2017-01-02T10:00:00,more"])
def test_a_line_of_another_width_is_named(tmp_path: Path, line: str) -> None:
    file = panel(tmp_path, {})
    file.write_text(f"{file.read_text()}{line}\n")

    message = refusal(file)

    assert message == "panel-lines.csv, line 3: has another number of values than there are columns"


def test_a_file_without_lines_is_refused(tmp_path: Path) -> None:
    file = panel(tmp_path)

    message = refusal(file)

    assert message == "panel-lines.csv: there are no lines in it"


@pytest.mark.parametrize("rate", [None, 0, -1, Decimal("NaN"), Decimal("Infinity"), 10**12])
def test_a_rate_that_is_none_is_refused(tmp_path: Path, rate: Decimal | int | None) -> None:
    with pytest.raises(PekenError) as failure:
        read_purchases(panel(tmp_path, {}), rate=rate)

    assert failure.value.code == "bad_rate"


def test_what_is_read_is_accounted_for_in_both_currencies(tmp_path: Path) -> None:
    file = panel(
        tmp_path,
        {"sales_value": "0.03"},
        {"sales_value": "0.03"},
        {"sales_value": "0.01", "quantity": "0"},
        {"sales_value": "-0.01", "quantity": "-1"},
        {"sales_value": "1.776e-15", "quantity": "2000000"},
    )

    found = read_purchases(file, rate=Decimal("150.5"))

    account = found.account
    assert account.kept == Account(2, Decimal("0.06"), 10)
    assert account.rejected == {
        "nothing_bought": Account(1, Decimal("0.01"), 2),
        "given_back": Account(1, Decimal("-0.01"), -2),
        "too_many_pieces": Account(1, Decimal("1.776e-15"), 0),
    }
    assert account.control == Account(5, Decimal("0.060000000000001776"), 10)
    assert account.rounding == 10 - Decimal("0.060000000000001776") * Decimal("150.5")
    assert account.balanced
    assert account.repeats == 1


def test_an_account_that_lacks_a_line_does_not_balance(tmp_path: Path) -> None:
    account = read_purchases(panel(tmp_path, {}, {"quantity": "0"}), rate=1).account

    account.rejected.clear()

    assert not account.balanced


def test_what_is_no_purchase_needs_no_buyer_and_stays_out_of_the_baskets(tmp_path: Path) -> None:
    given_back = {"quantity": "-1", "household_id": "", "store_id": "", "product_id": ""}
    file = panel(tmp_path, given_back, {"product_id": "2"}, {"basket_id": "2", "quantity": "0"})

    found = read_purchases(file, rate=1)

    assert {basket: [line.product for line in lines] for basket, lines in found.baskets().items()} == {"1": ["2"]}
    assert [(line.line, line.basket, line.reason) for line in found.rejected()] == [
        (2, "1", "given_back"),
        (4, "2", "nothing_bought"),
    ]


def test_products_are_found_beside_the_lines(tmp_path: Path) -> None:
    lines = panel(tmp_path, {})
    row = {"product_id": "7", "department": "GROCERY", "product_type": "WHITE BREAD", "package_size": "20 OZ"}
    beside = written(tmp_path / "panel-products.csv", [row], row)

    found = read_products(beside, PANEL)

    assert products_beside(lines, PANEL) == beside
    assert products_beside(tmp_path / "other.csv", PANEL) is None
    assert (found["7"].name, found["7"].category) == ("White Bread 20 OZ", "staples.noodles")


@pytest.mark.parametrize(
    ("start", "moved"),
    [
        (date(2026, 1, 5), date(2026, 1, 11)),
        (date(2026, 1, 11), date(2026, 1, 11)),
        (date(2026, 1, 12), date(2026, 1, 18)),
        (date(2016, 12, 30), date(2017, 1, 1)),
        (date(2016, 12, 20), date(2016, 12, 25)),
    ],
)
def test_the_first_day_falls_on_its_weekday_in_the_seven_days_from_the_start(start: date, moved: date) -> None:
    first = date(2017, 1, 1)

    weeks = weeks_to(first, start)

    assert date.fromordinal(first.toordinal() + 7 * weeks) == moved

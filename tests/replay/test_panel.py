"""A file of purchases is read as a whole, or refused with the place of what is wrong in it."""

import csv
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from tests.replay.files import COLUMNS, USUAL, panel, written, zipped

from peken.errors import PekenError
from peken.replay.mapping import shipped
from peken.replay.products import products_beside, read_products
from peken.replay.reading import read_purchases
from peken.replay.running import weeks_to

PANEL = shipped("panel")


def refusal(file: Path, rate: int = 1) -> str:
    with pytest.raises(PekenError) as failure:
        read_purchases(file, rate=rate)
    assert failure.value.code == "bad_file"
    return failure.value.message.format(**failure.value.values)


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


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    broken = zipped(panel(tmp_path, {}))
    broken.write_bytes(broken.read_bytes()[:-12])
    binary = tmp_path / "binary.csv"
    binary.write_bytes(b"\xff\xfe\x00household")
    unclosed = tmp_path / "unclosed.csv"
    unclosed.write_text(",".join(COLUMNS) + '\n"900')

    messages = [refusal(file) for file in (broken, binary, unclosed, tmp_path / "none.csv")]

    assert [message.partition(":")[0] for message in messages] == [
        "panel-lines.csv.gz, line 1",
        "binary.csv, line 1",
        "unclosed.csv, line 2",
        "none.csv",
    ]


def test_a_field_longer_than_csv_allows_is_refused(tmp_path: Path) -> None:
    file = panel(tmp_path, {"coupon_disc": "0" * (csv.field_size_limit() + 1)})

    message = refusal(file)

    assert message.startswith("panel-lines.csv, line 2: cannot be read")


def test_a_rate_below_one_rupiah_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PekenError) as failure:
        read_purchases(panel(tmp_path, {}), rate=0)

    assert failure.value.code == "bad_rate"


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

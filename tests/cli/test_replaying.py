"""`peken replay`: a file of purchases, and what came of it."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from importlib.resources import files
from pathlib import Path
from typing import get_args

import pytest
from typer.testing import Result

from peken.cli.replay import _Kind
from peken.models.vendors import VendorKind

Run = Callable[..., Result]
HEADER = "household_id,store_id,basket_id,product_id,quantity,sales_value,transaction_timestamp\n"


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    """Two baskets of one household, one line of which bought nothing."""
    file = tmp_path / "lines.csv"
    file.write_text(
        HEADER + "900,330,1,10,1,1.50,2017-01-02T11:00:00\n"
        "900,330,1,11,0,0.00,2017-01-02T11:00:00\n"
        "900,330,2,10,2,3.00,2017-01-03T12:00:00\n"
    )
    return file


def test_a_file_is_replayed_under_a_citys_rules_and_adds_up(peken: Run, lines: Path, tmp_path: Path) -> None:
    options = ("--city", "35.78", "--start", "2026-03-02", "--rupiah-per-unit", "10000", "--report", "report.json")

    result = peken("replay", str(lines), *options)

    assert result.exit_code == 0, result.output
    assert "adds up to the Rupiah" in result.stdout
    assert "Rp45.000" in result.stdout
    assert "nothing_bought" in result.stdout
    assert "surabaya.mandate" in result.stdout
    assert "surabaya.vendor-cap" in result.stdout
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["placed"] == {"lines": 2, "amount": 45_000}
    assert [line["reason"] for line in report["unplaced"]] == ["nothing_bought"]


def test_a_limit_and_a_database_may_be_given(peken: Run, lines: Path, tmp_path: Path) -> None:
    options = ("--city", "35.73", "--start", "2026-03-02", "--rupiah-per-unit", "10000", "--limit", "1")

    result = peken("replay", str(lines), *options, "--database", f"sqlite:///{tmp_path}/kept.sqlite3")

    assert result.exit_code == 0, result.output
    assert "Rp15.000" in result.stdout
    assert (tmp_path / "kept.sqlite3").exists()


@pytest.mark.parametrize(
    ("text", "city", "code"),
    [("nothing,here\n1,2\n", "35.78", "bad_file"), (HEADER, "35.78", "bad_file"), (HEADER, "11.01", "unknown_city")],
)
def test_what_cannot_be_replayed_is_told_in_a_sentence(
    peken: Run, tmp_path: Path, text: str, city: str, code: str
) -> None:
    (tmp_path / "lines.csv").write_text(text)

    result = peken("replay", "lines.csv", "--city", city, "--start", "2026-03-02", "--rupiah-per-unit", "10000")

    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].startswith(f"{code}: ")


def test_a_missing_file_is_told_by_its_name(peken: Run) -> None:
    result = peken("replay", "gone.csv", "--city", "35.78", "--start", "2026-03-02", "--rupiah-per-unit", "10000")

    assert result.exit_code == 2
    assert "gone.csv" in result.stderr


def test_a_check_accounts_for_the_lines_and_needs_no_city(peken: Run, lines: Path, tmp_path: Path) -> None:
    result = peken("replay", str(lines), "--check", "--rupiah-per-unit", "10000.5", "--report", "read.json")

    assert result.exit_code == 0, result.output
    said = " ".join(result.stdout.replace("│", " ").split())
    assert "kept 2 4.50 Rp45.003 rejected: nothing_bought 1 0.00 Rp0 the file's own sum 3 4.50 Rp45.003" in said
    assert "At 10000.5 Rupiah for 1 USD, each line rounded half up: by rounding +0.75 Rupiah." in said
    report = json.loads((tmp_path / "read.json").read_text())
    assert report["reading"]["control"] == {"lines": 3, "own": "4.50", "amount": 45_003}
    assert [(line["line"], line["reason"]) for line in report["rejected"]] == [(3, "nothing_bought")]


def test_without_a_check_a_city_and_a_day_are_needed(peken: Run, lines: Path) -> None:
    result = peken("replay", str(lines), "--rupiah-per-unit", "1")

    assert result.exit_code == 2
    assert "--city and --start" in result.stderr


def test_a_mapping_may_be_given_by_name_or_as_a_file(peken: Run, tmp_path: Path) -> None:
    (tmp_path / "shop.csv").write_text(
        "InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,CustomerID\n"
        "1,A,2,2010-12-01T08:26,2.55,17850\nC1,A,-2,2010-12-01T08:27,2.55,17850\n"
    )
    (tmp_path / "mine.toml").write_text(
        'one_shop = "X"\nrupiah_per_unit = 100\n[columns]\nbuyer = "CustomerID"\nbasket = "InvoiceNo"\n'
        'product = "StockCode"\nquantity = "Quantity"\nprice = "UnitPrice"\ntime = "InvoiceDate"\n'
    )

    shipped = peken("replay", "shop.csv", "--check", "--mapping", "uci", "--rupiah-per-unit", "100")
    own = peken("replay", "shop.csv", "--check", "--mapping", "mine.toml")

    assert "cancellation" in shipped.stdout
    assert "given_back" in own.stdout
    assert "Rp510" in own.stdout


def test_kind_and_products_may_be_given(peken: Run, lines: Path, tmp_path: Path) -> None:
    (tmp_path / "names.csv").write_text("product_id,department,product_type,package_size\n10,FUEL,GAS,1 L\n")
    database = f"sqlite:///{tmp_path}/kept.sqlite3"
    options = ("--city", "35.73", "--start", "2026-03-02", "--rupiah-per-unit", "10000", "--database", database)

    result = peken("replay", str(lines), *options, "--kind", "kelontong", "--products", "names.csv")

    assert result.exit_code == 0, result.output
    with closing(sqlite3.connect(tmp_path / "kept.sqlite3")) as kept:
        assert kept.execute("SELECT kind FROM vendor").fetchall() == [("kelontong",)]
        assert kept.execute("SELECT name FROM product").fetchall() == [("Gas 1 L",)]


def test_the_kinds_are_those_of_the_market() -> None:
    assert set(get_args(get_args(_Kind)[0])) == {kind.value for kind in VendorKind}


@pytest.mark.parametrize("report", ["gone/report.json", "lines.csv", "names.csv", "mine.toml"])
def test_a_report_that_cannot_be_written_is_told_before_the_work(
    peken: Run, lines: Path, tmp_path: Path, report: str
) -> None:
    (tmp_path / "names.csv").write_text("product_id,department,product_type,package_size\n")
    (tmp_path / "mine.toml").write_text((files("peken.replay") / "panel.toml").read_text())
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir() if file.is_file()}
    options = (
        "--city",
        "35.73",
        "--start",
        "2026-03-02",
        "--rupiah-per-unit",
        "1",
        "--database",
        "sqlite:///k.sqlite3",
    )

    result = peken(
        "replay", str(lines), *options, "--products", "names.csv", "--mapping", "mine.toml", "--report", report
    )

    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].startswith("bad_report: ")
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir() if file.is_file()} == before


def test_nothing_is_left_of_a_report_when_the_file_is_broken(peken: Run, lines: Path, tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text("of before")
    lines.write_text(lines.read_text() + "900,330\n")

    result = peken("replay", str(lines), "--check", "--rupiah-per-unit", "1", "--report", "report.json")

    assert result.exit_code == 1
    assert result.stderr.startswith("bad_file: lines.csv, line 5: ")
    assert (tmp_path / "report.json").read_text() == "of before"
    assert sorted(file.name for file in tmp_path.iterdir() if "report" in file.name) == ["report.json"]


def test_a_report_may_go_to_a_device(peken: Run, lines: Path) -> None:
    result = peken("replay", str(lines), "--check", "--rupiah-per-unit", "1", "--report", "/dev/null")

    assert result.exit_code == 0, result.output
    assert not Path("/dev/null").is_file()

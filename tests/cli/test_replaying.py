"""`peken replay`: a file of purchases, and what came of it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

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

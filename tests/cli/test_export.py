"""`peken export obligations`: a list for people to decide on, as CSV."""

import csv
import io
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from typer.testing import Result

Run = Callable[..., Result]
MANDATE = ("export", "obligations", "--city", "35.78", "--rule", "surabaya.mandate")


def query(folder: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / "market.sqlite3")) as rows:
        found = rows.execute(sql).fetchall()
        rows.commit()
        return found


def latest(folder: Path) -> str:
    """The last window of the demo."""
    return str(query(folder, "SELECT MAX(win) FROM tally_balance WHERE rule = 'surabaya.mandate'")[0][0])


def test_everybody_who_owes_is_on_the_list_once(demo_folder: Path, peken: Run) -> None:
    window = latest(demo_folder)

    result = peken(*MANDATE, "--window", window, "--folder", str(demo_folder))

    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    owed = query(
        demo_folder,
        f"SELECT subject, value, floor FROM tally_balance WHERE rule = 'surabaya.mandate' AND win = '{window}'",
    )
    assert {(row["buyer"], int(row["done"]), int(row["due"])) for row in rows} == set(owed)
    assert len(rows) == len(owed) > 0
    assert {row["status"] for row in rows} <= {"met", "behind", "exempt"}
    assert all(int(row["remaining"]) == max(int(row["due"]) - int(row["done"]), 0) for row in rows)
    assert {row["unit"] for row in rows} == {"rupiah"}
    assert all(row["name"] and row["department"] and row["classes"] for row in rows)
    assert f"{len(rows)} buyers under surabaya.mandate in {window}" in result.stderr


def test_a_file_holds_the_same_and_no_half_of_it_is_left(demo_folder: Path, peken: Run, tmp_path: Path) -> None:
    window, out = ("--window", latest(demo_folder), "--folder", str(demo_folder)), tmp_path / "mandate.csv"

    printed = peken(*MANDATE, *window)
    written = peken(*MANDATE, *window, "--out", str(out))
    nowhere = peken(*MANDATE, *window, "--out", str(tmp_path / "nowhere" / "mandate.csv"))

    assert (written.exit_code, written.stdout) == (0, "")
    assert out.read_text() == printed.stdout
    assert [path.name for path in tmp_path.glob("mandate*")] == ["mandate.csv"]
    assert (nowhere.exit_code, "No such file" in nowhere.stderr) == (1, True)


def test_a_name_is_no_formula(demo_folder: Path, peken: Run) -> None:
    window = latest(demo_folder)
    query(demo_folder, "UPDATE buyer SET name = '=1+1' WHERE asn = 1 AND city_id = '35.78'")

    result = peken(*MANDATE, "--window", window, "--folder", str(demo_folder))

    assert {row["name"] for row in csv.DictReader(io.StringIO(result.stdout))} == {"'=1+1"}


def test_what_is_not_there_is_said(demo_folder: Path, peken: Run) -> None:
    folder = ("--folder", str(demo_folder))

    rule = peken("export", "obligations", "--city", "35.78", "--rule", "surabaya.none", *folder)
    city = peken("export", "obligations", "--city", "99.99", "--rule", "surabaya.mandate", *folder)
    window = peken(*MANDATE, "--window", "2026-13", *folder)

    assert [found.exit_code for found in (rule, city, window)] == [1, 1, 1]
    assert "surabaya.mandate" in rule.stderr
    assert "99.99" in city.stderr
    assert "no such window" in window.stderr

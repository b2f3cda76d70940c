"""`peken rules`: why something was decided, and whether the ledgers agree."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest
from tests.cli.conftest import FirstStart
from typer.testing import Result

from peken.ids import new_id, to_global

Run = Callable[..., Result]


def found(folder: Path, sql: str) -> str:
    with closing(sqlite3.connect(folder / "market.sqlite3")) as rows:
        return str(rows.execute(sql).fetchone()[0])


def spoil(folder: Path, sql: str) -> None:
    with closing(sqlite3.connect(folder / "market.sqlite3")) as rows:
        rows.execute(sql)
        rows.commit()


def test_a_refusal_is_explained_with_figures_source_and_both_languages(first_start: FirstStart, peken: Run) -> None:
    refusal = first_start.answers["cityhall"]["data"]["refusals"]["nodes"][0]["id"]

    result = peken("rules", "explain", refusal, "--folder", str(first_start.folder))

    assert result.exit_code == 0
    assert "REFUSE  surabaya.vendor-cap  (cap_reached)" in result.stdout
    assert "ceiling=30000000" in result.stdout
    assert "batas omzet" in result.stdout
    assert "turnover limit" in result.stdout
    assert "citation  " in result.stdout
    assert "source    " in result.stdout
    assert "mode      on" in result.stdout


@pytest.mark.parametrize(("table", "kind"), [("orders", "Order"), ("purchase", "Purchase")])
def test_an_order_and_a_purchase_are_explained_by_opaque_id_and_by_uuid(
    first_start: FirstStart, peken: Run, table: str, kind: str
) -> None:
    key = UUID(found(first_start.folder, f"SELECT id FROM {table} WHERE city_id = '35.78' LIMIT 1"))
    folder = ("--folder", str(first_start.folder))

    opaque = peken("rules", "explain", to_global(kind, key), *folder)
    plain = peken("rules", "explain", str(key), *folder, "--facts")

    assert f"{kind} {key}" in opaque.stdout
    assert "ALLOW  surabaya.vendor-cap" in opaque.stdout
    assert plain.stdout.startswith(opaque.stdout.rstrip())
    assert "core:Vendor" in plain.stdout


@pytest.mark.parametrize("text", ["nonsense", to_global("Order", "nonsense"), "x" * 500])
def test_what_is_no_id_is_told(first_start: FirstStart, peken: Run, text: str) -> None:
    result = peken("rules", "explain", text, "--folder", str(first_start.folder))

    assert result.exit_code == 1
    assert "\nbad_id: " in result.stderr


@pytest.mark.parametrize(
    "text",
    [str(new_id()), to_global("Order", new_id()), to_global("Vendor", new_id())],
    ids=["a key", "an order", "a vendor"],
)
def test_what_is_not_there_is_told(first_start: FirstStart, peken: Run, text: str) -> None:
    result = peken("rules", "explain", text, "--folder", str(first_start.folder))

    assert result.exit_code == 1
    assert "\nnot_found: " in result.stderr


def test_the_ledgers_of_a_sound_market_agree(first_start: FirstStart, peken: Run) -> None:
    result = peken("rules", "verify", "--folder", str(first_start.folder))

    assert result.exit_code == 0
    assert result.stdout.strip() == "Ledgers and balances agree."


def test_every_sum_that_disagrees_is_printed(demo_folder: Path, peken: Run) -> None:
    spoil(demo_folder, "UPDATE tally_balance SET value = value + 7 WHERE id = (SELECT MIN(id) FROM tally_balance)")
    spoil(demo_folder, "UPDATE variant SET stock = stock + 3 WHERE id = (SELECT MIN(id) FROM variant)")
    spoil(demo_folder, "UPDATE orders SET amount = amount + 1 WHERE id = (SELECT MIN(id) FROM orders)")

    result = peken("rules", "verify", "--folder", str(demo_folder))

    assert result.exit_code == 1
    kinds = [line.split(": ")[0].rsplit(" ", 1)[0].split(" ")[0] for line in result.stdout.splitlines()]
    assert kinds == ["tally", "stock", "amount", "amount"]
    assert "off by 7" in result.stdout
    assert "off by 3" in result.stdout


def test_a_balance_without_entries_and_entries_without_a_balance_disagree(demo_folder: Path, peken: Run) -> None:
    spoil(demo_folder, "DELETE FROM tally_balance WHERE value > 0")

    result = peken("rules", "verify", "--folder", str(demo_folder))

    assert result.exit_code == 1
    assert "kept 0, counted " in result.stdout


def test_the_rules_of_each_city_are_listed(first_start: FirstStart, peken: Run) -> None:
    result = peken("rules", "list", "--folder", str(first_start.folder))

    assert "35.78 Surabaya\n  surabaya.mandate  Obligation" in result.stdout
    assert "malang.quota" in result.stdout


def test_without_any_market_a_way_to_one_is_told(peken: Run) -> None:
    result = peken("rules", "verify")

    assert result.exit_code == 1
    assert result.stderr.startswith("no_settings: ")


def test_whoever_names_no_market_is_told_that_it_is_the_demo(first_start: FirstStart, peken: Run) -> None:
    demo = peken("rules", "verify", "--folder", str(first_start.folder))
    nothing = peken("rules", "verify")

    assert demo.stderr.startswith(f"PEKEN_SETTINGS is not set: this is the demo in {first_start.folder}.\n")
    assert nothing.stderr.startswith("no_settings: ")

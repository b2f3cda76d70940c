"""`peken rules set`, `mode`, `withdraw` and the list of a city: what they print, and how they refuse."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from peken.cli import app

Run = Callable[..., Result]
DATED = ("--from", "2099-01-01", "--source", "SE 1", "--mark", "A", "--reason", "Anggaran baru")
SET = ("rules", "set", "35.73", "malang_quota", "minimum")


@pytest.fixture
def peken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Runs the command on an empty market of Malang."""
    monkeypatch.setenv("PEKEN_DATABASE_URL", f"sqlite:///{tmp_path}/market.sqlite3")
    monkeypatch.setenv("PEKEN_CITIES", '[{"code": "35.73", "name": "Malang", "plugins": ["malang_quota"]}]')

    def run(*words: str) -> Result:
        return CliRunner().invoke(app, list(words), catch_exceptions=False)

    assert run("db", "migrate").exit_code == 0
    return run


def test_an_amount_is_tried_set_listed_and_withdrawn(peken: Run, tmp_path: Path) -> None:
    tried = peken(*SET, "amount=600000", *DATED, "--dry-run")
    done = peken(*SET, "amount=600000", *DATED)
    listed = peken("rules", "list", "--city", "35.73", "--on", "2099-01-01")
    gone = peken("rules", "withdraw", "35.73", "1", "--reason", "Salah ketik")
    again = peken("rules", "withdraw", "35.73", "1", "--reason", "Salah ketik")

    said = "ersion 1 of 35.73: malang_quota [[minimum]] amount=600000 set=flat, 2099-01-01 on.\nGives way: set=flat"
    assert tried.stdout.startswith(f"Would be v{said}")
    assert done.stdout.startswith(f"V{said}")
    assert "past      2022-04-01 to 2099-01-01  set=flat code=* amount=500000  S: Founding article" in listed.stdout
    assert "in force  2099-01-01 on  set=flat code=* amount=600000  A: SE 1" in listed.stdout
    assert "by peken-rules: Anggaran baru" in listed.stdout
    assert gone.stdout == "Version 1 is withdrawn.\n"
    assert (again.exit_code, again.stderr.splitlines()[-1]) == (1, "Nothing was set.")
    with closing(sqlite3.connect(tmp_path / "market.sqlite3")) as rows:
        found = rows.execute("SELECT action, actor, reason FROM audit ORDER BY id").fetchall()
    assert found == [
        ("parameter.set", "peken-rules", "Anggaran baru"),
        ("parameter.withdrawn", "peken-rules", "Salah ketik"),
    ]


def test_a_mode_is_set_for_some_days(peken: Run) -> None:
    done = peken("rules", "mode", "35.73", "malang.quota", "shadow", *DATED, "--to", "2099-02-01")
    listed = peken("rules", "list", "--city", "35.73", "--on", "2099-01-05")

    assert "[[rule]] code=malang.quota mode=shadow, 2099-01-01 to 2099-02-01." in done.stdout
    assert "malang.quota  shadow  malang_quota" in listed.stdout


def test_who_sets_is_told_from_when_nothing_is_in_force(peken: Run) -> None:
    ended = peken(*SET, "amount=1", *DATED, "--to", "2099-02-01", "--dry-run")
    replaced = peken(*SET, "amount=1", *DATED, "--to", "2099-02-01", "--replaces", "--dry-run")

    assert "from 2099-02-01 on no row of this class is in force" in ended.stdout
    assert "no row" not in replaced.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((*SET, "amount=-1", *DATED), "amount=-1: bad_value: This cannot be set: amount: Expected `int` >= 0\n"),
        ((*SET, "set=flat", *DATED), "amount=: bad_row: This cannot be set: the column amount is missing\n"),
        ((*SET, "amount=1", "color=red", *DATED), "color=red: bad_row: This cannot be set: there is no column color\n"),
        ((*SET, "amount=1", *DATED, "--to", "2098-01-01"), "--to: bad_dates: This cannot be set: it ends on"),
        ((*SET, "amount=1", *DATED, "--mark", "unsure"), "--mark: bad_value: "),
        ((*SET, "amount=1", *DATED, "--reason", ""), "--reason: bad_reason: "),
        (("rules", "set", "35.73", "malang", "minimum", "amount=1", *DATED), "PLUGIN: unknown_plugin: "),
        (("rules", "set", "35.73", "malang_quota", "most", "amount=1", *DATED), "TABLE: unknown_table: "),
        ((*SET, "amount=600.000", *DATED), "amount=600.000: bad_value: "),
        ((*SET, "amount=1", *DATED, "--mark", "Z"), "--mark: bad_value: "),
        ((*SET, "amount=5", "amount=6", *DATED), "bad_column: The column amount is said twice."),
        ((*SET, "600000", *DATED), "bad_column"),
        ((*SET, "amount=1", *DATED, "--from", "2020-01-01"), "--from: too_early: "),
        (("rules", "set", "35.79", "malang_quota", "minimum", "amount=1", *DATED), "unknown_city"),
        (("rules", "mode", "35.73", "malang.quota", "of", *DATED), "bad_mode"),
        (("rules", "mode", "35.73", "a.gone", "off", *DATED), "RULE: unknown_rule: "),
        (("rules", "withdraw", "35.73", "9", "--reason", "x"), "unknown_version"),
    ],
)
def test_what_does_not_fit_is_told_in_a_sentence(peken: Run, words: tuple[str, ...], said: str) -> None:
    result = peken(*words)

    assert result.exit_code == 1
    assert said in result.stderr

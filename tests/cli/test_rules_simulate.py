"""`peken rules simulate` and `close` on a demo: what is printed, and what is wrong with a draft."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cli.conftest import FirstStart
from tests.cli.test_rules_commands import found
from typer.testing import Result

Run = Callable[..., Result]
DRAFT = "[[batik_suroboyo.limit]]\namount = 1_000_000\n"


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    file = tmp_path / "draft.toml"
    file.write_text(DRAFT)
    return file


def test_a_draft_is_tried_and_shown(first_start: FirstStart, peken: Run, draft: Path) -> None:
    result = peken("rules", "simulate", "35.78", "--draft", str(draft), "--folder", str(first_start.folder))

    assert result.exit_code == 0
    for shown in ("refused by the draft alone", "surabaya.vendor-cap", "cap_reached", "surabaya.mandate", "Gini"):
        assert shown in result.stdout


def test_the_whole_report_is_json_and_each_refusal_a_line(
    first_start: FirstStart, peken: Run, draft: Path, tmp_path: Path
) -> None:
    lines = tmp_path / "refusals.jsonl"
    where = ("--folder", str(first_start.folder), "--refusals", str(lines))

    result = peken("rules", "simulate", "35.78", "--draft", str(draft), "--json", *where)

    report = json.loads(result.stdout)
    assert report["purchases"] == int(
        found(
            first_start.folder,
            "SELECT COUNT(DISTINCT purchase_id) FROM orders WHERE city_id = '35.78' AND status <> 'cancelled'",
        )
    )
    assert report["lost"]["count"] == len(lines.read_text().splitlines()) > 0
    assert report["after"]["placed"]["amount"] + report["lost"]["amount"] == report["before"]["placed"]["amount"]


def test_rules_are_switched_without_a_file(first_start: FirstStart, peken: Run) -> None:
    switched = ("--off", "surabaya.mandate", "--shadow", "surabaya.vendor-cap", "--on", "surabaya.dress-day")

    result = peken("rules", "simulate", "35.78", "--json", *switched, "--folder", str(first_start.folder))

    report = json.loads(result.stdout)
    assert report["after"]["gaps"] == []
    assert report["before"]["gaps"] != []


@pytest.mark.parametrize(
    ("text", "code"), [("[[", "bad_draft: "), ("[[utopia.limit]]\namount = 1", "bad_draft: "), (None, "bad_draft: ")]
)
def test_a_bad_draft_is_told(first_start: FirstStart, peken: Run, tmp_path: Path, text: str | None, code: str) -> None:
    file = tmp_path / "draft.toml"
    if text is not None:
        file.write_text(text)

    result = peken("rules", "simulate", "35.78", "--draft", str(file), "--folder", str(first_start.folder))

    assert result.exit_code == 1
    assert code in result.stderr


def test_a_file_that_cannot_be_written_is_told(first_start: FirstStart, peken: Run, tmp_path: Path) -> None:
    nowhere = str(tmp_path / "nowhere" / "refusals.jsonl")

    result = peken("rules", "simulate", "35.78", "--refusals", nowhere, "--folder", str(first_start.folder))

    assert result.exit_code == 1
    assert "bad_file: " in result.stderr


def test_windows_that_ended_are_closed_once(demo_folder: Path, peken: Run) -> None:
    words = ("rules", "close", "35.73", "--window", "2024-05", "--folder", str(demo_folder))

    first, again = peken(*words), peken(*words)

    assert first.exit_code == again.exit_code == 0
    assert first.stdout.startswith("malang.quota 2024-05: ")
    assert again.stdout.strip() == "Nothing has ended that is not closed already."
    assert int(found(demo_folder, "SELECT COUNT(*) FROM finding WHERE win = '2024-05'")) > 0


@pytest.mark.parametrize(
    ("window", "said"),
    [
        ("mei", "bad_window: No obligation of 35.73 has a window mei."),
        ("2024-5", "bad_window: No obligation of 35.73 has a window 2024-5."),
        ("2024-05-01", "bad_window: "),
        ("", "bad_window: "),
        ("2099-05", "window_open: The window 2099-05 is not over: its last day is 2099-05-31."),
    ],
)
def test_a_window_that_is_none_or_not_over_is_told(first_start: FirstStart, peken: Run, window: str, said: str) -> None:
    result = peken("rules", "close", "35.73", "--window", window, "--folder", str(first_start.folder))

    assert result.exit_code == 1
    assert said in result.stderr

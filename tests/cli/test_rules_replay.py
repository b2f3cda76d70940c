"""`peken rules replay`: every decision of a demo judged again, and what is printed where one differs."""

from collections.abc import Callable
from pathlib import Path

from tests.cli.conftest import FirstStart
from tests.cli.test_rules_commands import found, spoil
from typer.testing import Result

Run = Callable[..., Result]


def test_a_sound_market_is_found_again(first_start: FirstStart, peken: Run) -> None:
    count = found(first_start.folder, "SELECT COUNT(*) FROM decision")

    result = peken("rules", "replay", "--folder", str(first_start.folder))

    assert result.exit_code == 0
    assert result.stdout.startswith(f"{count} decisions judged again: {count} came out the same, 0 differ")


def test_what_differs_is_printed_with_rule_case_and_both_answers(demo_folder: Path, peken: Run) -> None:
    spoil(demo_folder, "UPDATE decision SET outcome = 'allow' WHERE outcome = 'refuse'")

    result = peken("rules", "replay", "35.78", "--folder", str(demo_folder))

    assert result.exit_code == 1
    first = result.stdout.splitlines()[0]
    assert first.startswith("DIFFERS  surabaya.vendor-cap  case ")
    assert "stored allow/cap_reached" in first
    assert "now refuse/cap_reached" in first


def test_another_version_is_said_and_is_no_failure(demo_folder: Path, peken: Run) -> None:
    spoil(demo_folder, "UPDATE decision SET version = '0.0+before' WHERE rule = 'malang.quota'")

    result = peken("rules", "replay", "--folder", str(demo_folder))

    assert result.exit_code == 0
    assert "Judged by another version: malang.quota 0.0+before" in result.stdout


def test_a_rule_that_is_gone_is_printed(demo_folder: Path, peken: Run) -> None:
    spoil(demo_folder, "UPDATE decision SET rule = 'malang.old' WHERE rule = 'malang.quota'")

    result = peken("rules", "replay", "35.73", "--folder", str(demo_folder))

    assert result.exit_code == 0
    assert "GONE  malang.old  case " in result.stdout
    assert "the city has no rule of this code any more" in result.stdout


def test_facts_that_were_not_recorded_fail_by_name(demo_folder: Path, peken: Run) -> None:
    spoil(demo_folder, "DELETE FROM docket WHERE case_id = (SELECT MIN(case_id) FROM docket)")
    spoil(demo_folder, "UPDATE docket SET content = json_remove(content, '$.facts.core:Vendor')")

    result = peken("rules", "replay", "--folder", str(demo_folder))

    assert result.exit_code == 1
    assert "there is no docket" in result.stdout
    assert "core:Vendor" in result.stdout


def test_fields_that_facts_have_gained_are_told(demo_folder: Path, peken: Run) -> None:
    spoil(demo_folder, "UPDATE docket SET content = replace(content, '\"office\":', '\"bureau\":')")

    result = peken("rules", "replay", "35.73", "--folder", str(demo_folder))

    assert result.exit_code == 0
    assert "Not recorded then, taken at its default: core:Buyer.office in " in result.stdout


def test_a_decision_that_is_missing_from_the_records_is_told(demo_folder: Path, peken: Run) -> None:
    spoil(
        demo_folder,
        "DELETE FROM decision WHERE rule = 'surabaya.vendor-cap' AND id = (SELECT MIN(d.id) FROM decision d"
        " WHERE d.rule = 'surabaya.vendor-cap' AND (SELECT COUNT(*) FROM decision o WHERE o.case_id = d.case_id) > 1)",
    )

    result = peken("rules", "replay", "35.78", "--folder", str(demo_folder))

    assert "stored nothing, now" in result.stdout
    assert result.exit_code == 1

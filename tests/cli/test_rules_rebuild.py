"""`peken rules rebuild` on a demo: shown first, put right when asked, then nothing is left to do."""

from collections.abc import Callable
from pathlib import Path

from tests.cli.conftest import FirstStart
from tests.cli.test_rules_commands import found, spoil
from typer.testing import Result

Run = Callable[..., Result]


def test_a_sound_market_needs_no_rebuilding(first_start: FirstStart, peken: Run) -> None:
    result = peken("rules", "rebuild", "35.78", "--folder", str(first_start.folder))

    assert result.exit_code == 0
    assert "0 entries and 0 balances that differ found" in result.stdout


def test_what_differs_is_printed_put_right_and_gone(demo_folder: Path, peken: Run) -> None:
    spoil(demo_folder, "DELETE FROM tally_entry WHERE rule = 'surabaya.vendor-cap'")
    spoil(demo_folder, "UPDATE tally_balance SET value = 1 WHERE rule = 'surabaya.mandate'")
    spoil(demo_folder, "DELETE FROM tally_balance WHERE rule = 'surabaya.vendor-cap'")
    where = ("35.78", "--folder", str(demo_folder))

    shown = peken("rules", "rebuild", *where)
    written = peken("rules", "rebuild", *where, "--write")
    again = peken("rules", "rebuild", *where)
    verified = peken("rules", "verify", "--folder", str(demo_folder))

    assert (shown.exit_code, written.exit_code, again.exit_code, verified.exit_code) == (1, 0, 0, 0)
    assert "entry surabaya.vendor-cap line " in shown.stdout
    assert "kept nothing, derived " in shown.stdout
    assert "--write puts them right" in shown.stdout
    assert "put right." in written.stdout
    assert int(found(demo_folder, "SELECT COUNT(*) FROM audit WHERE action = 'tally.rebuilt'")) > 0


def test_what_cannot_be_derived_is_told(demo_folder: Path, peken: Run) -> None:
    spoil(demo_folder, "DELETE FROM docket")

    result = peken("rules", "rebuild", "35.73", "--folder", str(demo_folder))

    assert result.exit_code == 0
    assert "cannot be derived, as their facts are gone: taken as kept." in result.stdout

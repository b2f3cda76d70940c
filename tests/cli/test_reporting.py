"""The report of a replay on a screen: who met an obligation stands there by name."""

from datetime import date
from decimal import Decimal

import pytest

from peken.cli.reporting import show, show_reading
from peken.replay import Account, ObligationOutcome, Reading, Report, Sum, WindowOutcome

DAY = date(2026, 1, 5)
NOTHING = Reading("USD", Decimal(15_000), DAY, DAY, Account(), Account(), {}, Decimal(0))


def shown(met_by: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> str:
    """What is printed of a month in which these met what nine owed."""
    window = WindowOutcome("2026-01", owed=9, counted=700_000, met_by=met_by)
    report = Report(
        city="35.73",
        first=date(2026, 1, 5),
        last=date(2026, 1, 31),
        weeks=470,
        control=Sum(),
        reading=NOTHING,
        obligations=(ObligationOutcome("malang.quota", "Least a month", "rupiah", (window,)),),
    )
    show(report)
    # A long cell is broken into lines: told here in one.
    return " ".join(capsys.readouterr().out.replace("│", " ").split())


def test_those_who_met_an_obligation_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    said = shown(("household 1", "household 7"), capsys)

    assert "2026-01 9 2 Rp700.000 household 1, household 7" in said


def test_of_many_who_met_an_obligation_the_first_are_named_and_the_rest_counted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = shown(tuple(f"h{number}" for number in range(1, 9)), capsys)

    assert "h1, h2, h3, h4, h5, h6 and 2 more" in said


def test_what_was_placed_and_not_delivered_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report("35.73", DAY, DAY, 470, control=Sum(), reading=NOTHING)
    report.keep_back("malang.most/cap_reached", 75_000, 2)

    show(report)

    said = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert "Placed, but their delivery was refused" in said
    assert "malang.most/cap_reached 2 Rp75.000" in said


def test_a_file_that_does_not_add_up_is_told_so(capsys: pytest.CaptureFixture[str]) -> None:
    lacking = Reading("USD", Decimal(15_000), DAY, DAY, Account(1, Decimal(1), 1), Account(), {}, Decimal(0))

    show_reading(lacking)

    assert "DOES NOT ADD UP" in capsys.readouterr().out

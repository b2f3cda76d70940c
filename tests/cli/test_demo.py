"""`peken demo`: two commands away from a market that answers."""

import json
import shutil
import signal
import socket
import sqlite3
from collections.abc import Callable
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import anyio
import pytest
from tests.cli.conftest import FirstStart, demo
from typer.testing import Result

from peken import migrating
from peken.app import opened
from peken.cli.folder import DemoFolder
from peken.cli.making import Making, clock, prepare
from peken.market import wall_clock

Run = Callable[..., Result]
OBLIGATIONS = "{ me { buyer { obligations { due done remaining } } } }"


def test_the_first_start_makes_a_market_and_ends_when_it_is_told_to(first_start: FirstStart) -> None:
    left = {path.name for path in first_start.folder.iterdir()}

    ended = first_start.ended

    assert ended.code in (0, -signal.SIGTERM), ended.errors
    assert "Application shutdown complete" in ended.errors
    assert "Traceback" not in ended.errors
    assert {"market.sqlite3", "issuer.json", "personas.json"} <= left


def test_every_example_that_is_printed_has_an_answer(first_start: FirstStart) -> None:
    roles = {"asn-surabaya", "asn-malang", "public", "officer", "vendor", "lurah", "cityhall"}

    answers = first_start.answers

    assert roles <= answers.keys()
    assert [answer for answer in answers.values() if "errors" in answer] == []


@pytest.mark.parametrize("key", ["asn-surabaya", "asn-malang"])
def test_an_asn_sees_what_is_to_be_bought_this_month(first_start: FirstStart, key: str) -> None:
    obligations = first_start.answers[key]["data"]["me"]["buyer"]["obligations"]

    sums = [(one["due"], one["done"], one["remaining"]) for one in obligations]

    assert sums
    assert all(remaining == max(due - done, 0) for due, done, remaining in sums)


def test_no_token_is_written_to_the_log(first_start: FirstStart) -> None:
    tokens = [line.removeprefix("TOKEN=") for line in first_start.ended.said.splitlines() if line.startswith("TOKEN=")]

    logged = first_start.ended.errors

    assert len(tokens) >= 7
    assert "request" in logged
    assert not any(token in logged for token in tokens)


def test_a_second_start_finds_the_market_of_the_first(demo_folder: Path, peken: Run) -> None:
    token = peken("token", "--as", "asn-surabaya", "--folder", str(demo_folder)).stdout.strip()
    before = (demo_folder / "market.sqlite3").stat().st_ino

    with demo(demo_folder) as serving:
        answer = serving.ask(OBLIGATIONS, token)
        busy = peken("demo", "--port", "0", "--folder", str(demo_folder))

    assert answer["data"]["me"]["buyer"]["obligations"][0]["done"] > 0
    assert (demo_folder / "market.sqlite3").stat().st_ino == before
    assert "tables" not in serving.errors
    assert busy.exit_code == 1
    assert busy.stderr.startswith("folder_in_use: ")


def test_another_month_makes_the_demo_anew_in_that_month(demo_folder: Path) -> None:
    folder = DemoFolder(demo_folder)
    settings = folder.settings(folder.own_database)
    steps: list[str] = []
    now = clock(date(2026, 3, 10), settings.cities[0].zone)
    making = Making(folder, settings, "small", now, lambda step, done, of: steps.append(step))

    people = anyio.run(prepare, making)
    again = anyio.run(prepare, Making(folder, settings, "small", now, lambda *_: pytest.fail("made twice")))

    assert making.wanted.month == "2026-03"
    assert "tables" in steps
    assert again == people
    with sqlite3.connect(demo_folder / "market.sqlite3") as rows:
        latest = rows.execute("SELECT MAX(win) FROM tally_balance").fetchone()[0]
    rows.close()
    assert latest == "2026-03"


class Begun(Exception):
    """A demo is being made."""


def begin(step: str, done: int, of: int) -> None:
    """Ends the making of a demo where it begins."""
    raise Begun(step)


def test_a_spoilt_market_of_its_own_is_made_anew(demo_folder: Path) -> None:
    (demo_folder / "market.sqlite3").write_bytes(b"not a database at all" * 300)
    folder = DemoFolder(demo_folder)
    making = Making(folder, folder.settings(folder.own_database), "small", wall_clock, begin)

    with pytest.raises(Begun, match="tables"):
        anyio.run(prepare, making)


def test_a_database_of_somebody_else_is_refused_and_left_as_it_is(tmp_path: Path, peken: Run) -> None:
    file = tmp_path / "books.sqlite3"
    rows = sqlite3.connect(file)
    rows.execute("CREATE TABLE books (title TEXT)")
    rows.commit()
    rows.close()

    result = peken("demo", "--port", "0", "--database", f"sqlite:///{file}")

    rows = sqlite3.connect(file)
    assert rows.execute("SELECT name FROM sqlite_master").fetchall() == [("books",)]
    rows.close()
    assert result.exit_code == 1
    assert result.stderr.strip().startswith("database_not_empty: ")


def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(tmp_path: Path, peken: Run) -> None:
    (tmp_path / "letter.txt").write_text("Dear reader, " * 100)

    result = peken("demo", "--port", "0", "--database", f"sqlite:///{tmp_path}/letter.txt")

    assert result.exit_code == 1
    assert result.stderr.strip().startswith("database_not_empty: ")
    assert (tmp_path / "letter.txt").read_text().startswith("Dear reader")


def test_a_demo_of_another_month_in_a_given_database_is_refused(demo_folder: Path, tmp_path: Path, peken: Run) -> None:
    shutil.copy(demo_folder / "market.sqlite3", tmp_path / "given.sqlite3")

    result = peken("demo", "--port", "0", "--database", f"sqlite:///{tmp_path}/given.sqlite3", "--as-of", "2026-02-03")

    assert result.exit_code == 1
    assert "database_not_empty" in result.stderr


def test_a_taken_port_is_told_before_any_work(peken: Run, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        result = peken("demo", "--port", str(port))

    assert result.exit_code == 1
    assert result.stderr.startswith(f"port_taken: 127.0.0.1:{port}: ")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_named(peken: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    result = peken("demo", "--port", "0", "--folder", "file/demo")

    assert result.exit_code == 1
    assert result.stderr.startswith("bad_folder: file/demo: ")


def test_a_plugin_that_is_not_installed_is_left_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("peken.cli.folder.entry_points", lambda group: ())
    folder = DemoFolder(tmp_path)

    settings = folder.settings("sqlite://:memory:")

    assert [city.plugins for city in settings.cities] == [(), ()]


def test_the_demo_reads_no_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PEKEN_AUTH__ISSUER", "somebody else")
    monkeypatch.setenv("PEKEN_LANGUAGE", "en")

    settings = DemoFolder(tmp_path).settings("sqlite://:memory:")

    assert settings.auth.issuer == "peken"
    assert settings.language == "id"


def test_the_clock_of_a_day_runs_on_from_the_present_time_of_day() -> None:
    zone = ZoneInfo("Asia/Jakarta")

    now = clock(date(2025, 12, 31), zone)
    first, second = now(), now()

    assert first.astimezone(zone).date() == date(2025, 12, 31)
    assert second >= first
    assert clock(None, zone) is wall_clock


def test_what_the_demo_keeps_is_for_its_owner_alone(first_start: FirstStart) -> None:
    kept = first_start.folder / "personas.json"

    people = json.loads(kept.read_text())["people"]

    assert kept.stat().st_mode & 0o777 == 0o600
    assert people["asn-surabaya"]["claims"]["peken"]["city"] == "35.78"


async def test_a_migrated_database_that_nobody_wrote_into_is_taken(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/given.sqlite3"
    folder = DemoFolder(tmp_path)
    async with opened(folder.settings(url)) as market:
        await migrating.migrate(market.database)

    making = Making(folder, folder.settings(url), "small", wall_clock, begin)

    with pytest.raises(Begun, match="shops"):
        await prepare(making)

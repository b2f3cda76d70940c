"""`peken import`: the command, from its file to what it prints."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.importing.files import CATEGORIES, PLACE, VENDORS, written
from typer.testing import CliRunner, Result

from peken.cli import app

Run = Callable[..., Result]


@pytest.fixture
def peken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Runs the command on an empty market of Malang."""
    monkeypatch.setenv("PEKEN_DATABASE_URL", f"sqlite:///{tmp_path}/market.sqlite3")
    monkeypatch.setenv("PEKEN_CITIES", '[{"code": "35.73", "name": "Malang", "plugins": []}]')

    def run(*words: str) -> Result:
        return CliRunner().invoke(app, list(words), catch_exceptions=False)

    assert run("db", "migrate").exit_code == 0
    return run


def test_a_file_is_tried_imported_and_found_again(peken: Run, tmp_path: Path) -> None:
    file = str(written(tmp_path, VENDORS))

    tried = peken("import", "vendors", file, "--city", "35.73", "--dry-run")
    done = peken("import", "vendors", file, "--city", "35.73")
    again = peken("import", "vendors", file, "--city", "35.73")

    assert [result.stdout for result in (tried, done, again)] == [
        "vendors: 2 would be created, 0 changed, 0 unchanged\n",
        "vendors: 2 created, 0 changed, 0 unchanged\n",
        "vendors: 0 created, 0 changed, 2 unchanged\n",
    ]
    assert "write vendor" in done.stderr


def test_faults_are_told_by_row_and_column_up_to_a_hundred(peken: Run, tmp_path: Path) -> None:
    text = "key,name,kind,region\n" + "".join(f"{n},,umkm,{PLACE}\n" for n in range(1, 151))

    result = peken("import", "vendors", str(written(tmp_path, text)), "--city", "35.73")

    said = [line for line in result.stderr.splitlines() if "missing_value" in line]
    assert result.exit_code == 1
    assert said[0] == "rows.csv, row 2, name: missing_value: This must be filled in."
    assert len(said) == 100
    assert result.stderr.splitlines()[-2:] == ["and 50 more", "150 faults: nothing was imported."]


@pytest.mark.parametrize(
    ("text", "city", "code"),
    [("key,nik\n1,2\n", "35.73", "personal_numbers"), ("", "35.73", "bad_file"), (CATEGORIES, "11.01", "unknown_city")],
)
def test_a_file_that_cannot_be_imported_is_told_in_a_sentence(
    peken: Run, tmp_path: Path, text: str, city: str, code: str
) -> None:
    result = peken("import", "categories", str(written(tmp_path, text)), "--city", city)

    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].startswith(f"{code}: ")

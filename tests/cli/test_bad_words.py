"""What a person typed wrong is told in a line, never in a traceback."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from peken.cli import app

REPLAY = ("replay", "LINES", "--city", "35.73", "--rupiah-per-unit", "1")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("demo", "--as-of", "0001-01-01"), "bad_date"),
        (("demo", "--as-of", "9999-12-31"), "bad_date"),
        (("demo", "--database", "hello"), "bad_database_url"),
        (("demo", "--database", "mysql://a@b/c"), "bad_database_url"),
        (("demo", "--host", "256.0.0.1"), "address_unusable"),
        ((*REPLAY, "--start", "9999-12-31"), "bad_date"),
        (
            (*REPLAY, "--start", "2026-01-01", "--database", "hello"),
            "bad_database_url",
        ),
    ],
)
def test_it_is_told_in_a_line(words: tuple[str, ...], code: str, tmp_path: Path) -> None:
    lines = tmp_path / "lines.csv"
    lines.write_text("")
    folder = {"PEKEN_DEMO_FOLDER": str(tmp_path / "demo")}
    port = ("--port", "0") if words[0] == "demo" else ()

    said = CliRunner().invoke(app, [str(lines) if word == "LINES" else word for word in (*words, *port)], env=folder)

    assert said.exit_code == 1
    assert said.stderr.splitlines()[-1].startswith(f"{code}: ")

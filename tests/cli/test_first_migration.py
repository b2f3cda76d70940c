"""`peken db make` for a plugin that has tables and no migration yet: the only command that starts without one."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

DISTS = Path(__file__).parents[1] / "schema" / "dists"
SETTINGS = """
database_url = "sqlite://:memory:"
[[cities]]
code = "35.73"
name = "Malang"
plugins = ["dermaga"]
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A city that lists a plugin whose migration was not written yet."""
    shutil.copytree(DISTS / "dermaga", tmp_path / "dermaga")
    (tmp_path / "dermaga" / "dermaga" / "migrations" / "0001_initial.py").unlink()
    (tmp_path / "peken.toml").write_text(SETTINGS)
    bare = {name: value for name, value in os.environ.items() if not name.startswith("PEKEN_")}
    return bare | {"PEKEN_SETTINGS": str(tmp_path / "peken.toml"), "PYTHONPATH": str(tmp_path / "dermaga")}


def peken(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "peken.cli", *words]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


def test_the_first_migration_is_made_and_then_the_market_starts(environment: dict[str, str], tmp_path: Path) -> None:
    before = peken(environment, "db", "check")

    made = peken(environment, "db", "make", "dermaga", "initial")

    after = peken(environment, "db", "check")
    assert "has tables, but there is no migration" in before.stderr
    assert made.returncode == 0, made.stderr
    assert (tmp_path / "dermaga" / "dermaga" / "migrations" / "0001_initial.py").exists()
    assert after.stdout == "Models and migrations agree.\n"

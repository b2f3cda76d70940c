"""The examples are small, whole and unknown to the core: were one of these not so, the boundary would be wrong."""

import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EXAMPLES = sorted(folder for folder in (ROOT / "examples").iterdir() if (folder / "pyproject.toml").exists())
HEADINGS = [
    "Rule and legal source",
    "Settings",
    "Tables",
    "Fields",
    "Personal data kept",
    "Permissions",
    "Languages",
    "Versions",
]

each_example = pytest.mark.parametrize("folder", EXAMPLES, ids=lambda folder: folder.name)


def test_there_are_two_examples() -> None:
    assert [folder.name for folder in EXAMPLES] == ["beras_tanggal_kembar", "konsumsi_opd"]


@each_example
def test_an_example_has_fewer_than_120_lines_beside_its_data(folder: Path) -> None:
    # Migrations are written by `peken db make`.
    written = (folder / "src" / folder.name).glob("*.py")

    lines = sum(len(file.read_text().splitlines()) for file in written)

    assert 60 < lines < 120


@each_example
def test_an_example_is_a_plugin_with_tests_and_the_eight_headings(folder: Path) -> None:
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    readme = (folder / "README.md").read_text()

    assert project["entry-points"]["peken.plugins"] == {folder.name: f"{folder.name}.plugin"}
    assert [line[3:] for line in readme.splitlines() if line.startswith("## ")] == HEADINGS
    assert {file.stem for file in (folder / "tests").glob("*.py")} == {
        f"test_{folder.name}_rules",
        f"test_{folder.name}_market",
    }


@each_example
def test_an_example_is_installed_where_its_tests_run(folder: Path) -> None:
    assert folder.name in {point.name for point in entry_points(group="peken.plugins")}


@each_example
def test_the_core_does_not_know_an_example(folder: Path) -> None:
    core = [file for file in (ROOT / "src").rglob("*") if file.is_file() and file.suffix in {".py", ".toml", ".po"}]
    names = (folder.name, folder.name.replace("_", "-"), "tirta-kencana", "tirta kencana")

    naming = [str(file) for file in core if any(name in file.read_text().lower() for name in names)]

    assert naming == []

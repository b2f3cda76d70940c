"""The manual of regulations: its files are written as it says and its tests run; its claims are those of the code."""

import os
import re
import subprocess
import sys
import tomllib
from datetime import date
from pathlib import Path

import pytest

import peken.rules
from peken import hookspecs
from peken.hooks import Hooks
from peken.plugins.loading import load
from peken.rules import Chapter, Mode, Rulebook, impurities
from peken.rules.facts import CORE_FACTS, GROUNDS

PAGE = (Path(__file__).parents[2] / "docs" / "rules.md").read_text()
NAMED = re.findall(r"^```(\w+) file=(\S+)\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
PLAIN = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
CITY = "35.73"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The author's folder at the end of the page, installed as pip would."""
    folder = tmp_path_factory.mktemp("author") / "kudapan"
    for _, name, text in NAMED:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        with (folder / name).open("a") as file:
            file.write(text)
    (folder / "src/kudapan/__init__.py").touch()
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    info = folder / "src" / "kudapan-0.1.0.dist-info"
    info.mkdir()
    points = project["entry-points"]["peken.plugins"]
    (info / "entry_points.txt").write_text(
        "[peken.plugins]\n" + "".join(f"{name} = {module}\n" for name, module in points.items())
    )
    needs = "".join(f"Requires-Dist: {each}\n" for each in project["dependencies"])
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n{needs}"
    )
    return folder


@pytest.fixture
def hooks(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Hooks:
    monkeypatch.syspath_prepend(str(folder / "src"))
    return load({CITY: ["kudapan"]}, {})


def test_the_tests_of_the_page_pass_in_the_authors_folder(folder: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(folder / "src")}

    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-rA"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 0, result.stdout + result.stderr
    assert len(re.findall(r"^PASSED ", result.stdout, flags=re.MULTILINE)) + result.stdout.count("SKIPPED") >= 6


def test_the_rules_of_the_page_are_those_of_the_plugin_and_pure(hooks: Hooks, folder: Path) -> None:
    [(plugin, given)] = hooks.for_city(CITY).give(hookspecs.regulations)

    rulebook = Rulebook([Chapter(plugin.name, plugin.version, given)])

    day = rulebook.day(date(2026, 3, 1))
    assert list(rulebook.rules) == ["muara-teduh.snacks", "muara-teduh.tender"]
    assert [rulebook.mode(code, day) for code in rulebook.rules] == [Mode.ON, Mode.SHADOW]
    assert impurities(folder / "src/kudapan/rules.py") == []


def test_the_page_names_every_fact_every_ground_and_every_kind() -> None:
    kinds = {kind.__name__ for kind in (getattr(peken.rules, name) for name in peken.rules.__all__) if _is_kind(kind)}

    facts = {name for name in re.findall(r"`(\w+)`", PAGE.split("| `X \\| None`")[0])}
    assert {fact.__name__ for fact in CORE_FACTS} <= facts
    assert kinds == set(re.findall(r"^\| `(\w+)` \| `\w+", PAGE.split("## The kinds")[1], flags=re.MULTILINE)) | {"Cap"}
    assert all(f"`{ground}`" in PAGE.split("## Facts of your own")[1] for ground in GROUNDS)


def test_every_other_block_is_a_command_a_question_or_settings() -> None:
    languages = sorted({language for language, _ in PLAIN})

    assert languages == ["console", "graphql", "toml"]


def _is_kind(kind: object) -> bool:
    return (
        isinstance(kind, type)
        and issubclass(kind, peken.rules.Rule)
        and kind not in (peken.rules.Rule, peken.rules.Tally)
    )

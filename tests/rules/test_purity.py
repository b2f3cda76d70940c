"""The purity test that cities use, and the purity of the engine itself."""

import ast
from pathlib import Path

import pytest

import peken.rules
from peken.rules import impurities

PURE = '''
"""A rule of an invented city."""
from __future__ import annotations

import datetime
from collections.abc import Iterable
from datetime import date
from typing import ClassVar

from peken.rules import Check, Line, refuse
from peken.rules.windows import season
from peken.money import rupiah_text


def judge(line: Line) -> None:
    opened = date(2026, 1, 1)
    return refuse("no", opening=opened.isoformat()) if line.amount else None
'''


def test_a_pure_module_has_no_impurities(tmp_path: Path) -> None:
    path = tmp_path / "rules.py"
    path.write_text(PURE, "utf-8")

    assert impurities(path) == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("import os", "import os"),
        ("import datetime, random", "import random"),
        ("from os import path", "import os"),
        ("import msgspec", "import msgspec"),
        ("from peken.database import Database", "import peken.database"),
        ("import peken.rulesets", "import peken.rulesets"),
        ("from .models import Vendor", "import .models"),
        ("from . import models", "import ."),
        ("async def judge(): ...", "async"),
        ("with x: ...", "with"),
        ("def f():\n    global x", "global"),
        ("def f():\n    nonlocal x", "nonlocal"),
        ("open('x')", "open"),
        ("date.today()", "today"),
        ("datetime.datetime.now()", "now"),
        ("now = 1", "now"),
        ("print(1)", "print"),
        ("eval('1')", "eval"),
        ("x.random()", "random"),
    ],
)
def test_what_could_meet_the_world_is_found(tmp_path: Path, line: str, found: str) -> None:
    path = tmp_path / "rules.py"
    path.write_text(f"{line}\n", "utf-8")

    assert found in [each.partition(": ")[2] for each in impurities(path)]


def test_impurities_come_in_the_order_of_lines(tmp_path: Path) -> None:
    path = tmp_path / "rules.py"
    path.write_text("import os\nimport sys\nx: int = open('x')\n", "utf-8")

    assert impurities(path) == ["1: import os", "2: import sys", "3: open"]


def test_the_engine_imports_nothing_of_peken_but_money_calendar_and_itself() -> None:
    allowed = {"peken.rules", "peken.money", "peken.calendar", "peken.errors"}
    outside: set[str] = set()

    for path in Path(peken.rules.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            outside |= {name for name in names if name.startswith("peken") and name not in allowed}
            assert not isinstance(node, ast.AsyncFunctionDef | ast.Await)

    assert outside == set()


def test_everything_that_is_exported_is_there_and_sorted_by_nobody_twice() -> None:
    names = peken.rules.__all__

    assert len(set(names)) == len(names)
    assert all(hasattr(peken.rules, name) for name in names)

"""Says what in a rules.py is not pure, for the tests of every city. Reads source only: it never runs it."""

import ast
from collections.abc import Iterable
from pathlib import Path
from typing import Final

IMPORTS: Final = ("peken.rules", "peken.money", "__future__", "datetime", "typing", "collections.abc")
CALLS: Final = {
    "open",
    "eval",
    "exec",
    "compile",
    "input",
    "print",
    "__import__",
    "globals",
    "setattr",
    "delattr",
}
NAMES: Final = {"now", "today", "utcnow", "random"}
STATEMENTS: Final = {
    ast.AsyncFunctionDef: "async",
    ast.AsyncFor: "async",
    ast.AsyncWith: "async",
    ast.Await: "await",
    ast.With: "with",
    ast.Global: "global",
    ast.Nonlocal: "nonlocal",
}


def impurities(path: Path) -> list[str]:
    """Every place where a rule could meet the world, as `line: what`; empty for a pure module."""
    tree = ast.parse(path.read_text("utf-8"), filename=path.name)
    found = ((node.lineno, what) for node in ast.walk(tree) if isinstance(node, _PLACED) for what in _impure(node))
    return [f"{line}: {what}" for line, what in sorted(found)]


_PLACED: Final = (ast.stmt, ast.expr, ast.arg, ast.alias, ast.keyword)


def _impure(node: ast.stmt | ast.expr | ast.arg | ast.alias | ast.keyword) -> Iterable[str]:
    if type(node) in STATEMENTS:
        yield STATEMENTS[type(node)]
    elif isinstance(node, ast.Import):
        yield from (f"import {alias.name}" for alias in node.names if not _allowed(alias.name))
    elif isinstance(node, ast.ImportFrom):
        if node.level or not _allowed(node.module or ""):
            yield f"import {'.' * node.level}{node.module or ''}"
    elif isinstance(node, ast.Name) and node.id in NAMES | CALLS:
        yield node.id
    elif isinstance(node, ast.Attribute) and node.attr in NAMES:
        yield node.attr


def _allowed(module: str) -> bool:
    return any(module == each or module.startswith(f"{each}.") for each in IMPORTS)

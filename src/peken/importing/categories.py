"""Categories from a file; the code of one names its parents."""

import re
from typing import Final

from tortoise.expressions import Q

from peken.errors import Objection
from peken.importing.lines import Line
from peken.importing.rows import Change, Desk, Plan, Row, TablePlan, object_to_repeats, rows_of
from peken.importing.sheets import Sheet
from peken.models import Category, Product

_CODE: Final = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")


async def plan(desk: Desk, sheet: Sheet) -> Plan:
    """What a file of categories changes. They are the same in all cities."""
    object_to_repeats(sheet.lines, "code")
    known = {str(row["code"]): row for row in await Category.all().values("code", "parent_code", "name", "name_en")}
    changes = [_change(line, known.get(line.cells["code"])) for line in sheet.lines]
    there = known.keys() | {line.cells["code"] for line in sheet.lines}
    parents = {row["parent_code"] for row in known.values()}
    fresh_parents = {line.cells["code"].rpartition(".")[0] for line in sheet.lines} - parents - {""}
    rows = await rows_of(Product, ("category_id",), "category_id", fresh_parents, Q())
    filled = {row["category_id"] for row in rows}
    for line in sheet.lines:
        _check_parent(line, there, filled)
    return TablePlan("category", Category, changes, frozenset({"code", "parent_code"}))


def _change(line: Line, old: Row | None) -> Change:
    code = line.text("code", 60)
    if code and not _CODE.fullmatch(code):
        message = "A code is small letters, digits, _ and -, with points between its parts: staples.rice."
        line.object("code", Objection("bad_code", message))
    wanted = {
        "code": code,
        "parent_code": code.rpartition(".")[0] or None,
        "name": line.text("name", 80),
        "name_en": line.text("name_en", 80),
    }
    return Change.of(code, wanted, old, {})


def _check_parent(line: Line, there: set[str], filled: set[object]) -> None:
    parent = line.cells["code"].rpartition(".")[0]
    if parent and parent not in there:
        message = "There is no category {category} for it to stand under."
        line.object("code", Objection("unknown_category", message, {"category": parent[:60]}))
    if parent in filled:
        message = "There are goods in {category}: a category with others under it holds none."
        line.object("code", Objection("category_holds_goods", message, {"category": parent}))

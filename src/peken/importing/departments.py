"""Departments (OPD) from a file; found again by their code."""

from tortoise.expressions import Q

from peken.importing.lines import Line
from peken.importing.rows import Change, Desk, Plan, Row, TablePlan, object_to_repeats, place_of, rows_of
from peken.importing.sheets import Sheet
from peken.models import Department

_COLUMNS = ("id", "city_id", "code", "name", "region")


async def plan(desk: Desk, sheet: Sheet) -> Plan:
    """What a file of departments changes."""
    object_to_repeats(sheet.lines, "code")
    places = await desk.places()
    codes = [line.cells["code"] for line in sheet.lines]
    known = {row["code"]: row for row in await rows_of(Department, _COLUMNS, "code", codes, Q(city_id=desk.city.code))}
    changes = [_change(desk, line, known.get(line.cells["code"]), places) for line in sheet.lines]
    return TablePlan("department", Department, changes, frozenset({"id", "city_id", "code"}))


def _change(desk: Desk, line: Line, old: Row | None, places: frozenset[str]) -> Change:
    code = line.text("code", 40)
    # One that was there before any import keeps its key.
    key = old["id"] if old else desk.key("department", code)
    wanted = {"code": code, "name": line.text("name", 160), "region": place_of(line, places)}
    return Change.of(key, wanted, old, {"id": key, "city_id": desk.city.code})

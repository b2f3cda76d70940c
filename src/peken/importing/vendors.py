"""Vendors from a file; found again by the key that the city gave them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from tortoise.expressions import Q

from peken.calendar import local_date, start_of
from peken.errors import Objection
from peken.importing.lines import Line
from peken.importing.rows import (
    Change,
    Desk,
    Plan,
    Row,
    TablePlan,
    object_to_repeats,
    place_of,
    rows_of,
    spoken_of,
)
from peken.importing.sheets import Sheet
from peken.models import Vendor
from peken.models.vendors import VendorKind, VendorScale
from peken.search import terms_of

_COLUMNS = (
    *("id", "city_id", "kind", "scale", "sector", "name", "region", "address"),
    *("verified_at", "terms", "created_at"),
)


@dataclass(frozen=True, slots=True)
class _VendorPlan:
    """Vendors, and that some of them are verified now: an act of its own in the audit."""

    table: TablePlan

    @property
    def changes(self) -> Sequence[Change]:
        return self.table.changes

    async def write(self, desk: Desk) -> None:
        await self.table.write(desk)
        verified = [change.key for change in self.changes if _verifies(change)]
        if verified:
            await desk.record_act("vendor.verified", verified, {})


async def plan(desk: Desk, sheet: Sheet) -> Plan:
    """What a file of vendors changes."""
    object_to_repeats(sheet.lines, "key")
    places = await desk.places()
    keys = {line.number: desk.key("vendor", line.text("key", 60)) for line in sheet.lines}
    rows = await rows_of(Vendor, _COLUMNS, "id", keys.values(), Q(city_id=desk.city.code))
    known = {row["id"]: row for row in rows}
    changes = []
    for line in sheet.lines:
        key = keys[line.number]
        changes.append(_change(desk, line, key, known.get(key), places))
    return _VendorPlan(TablePlan("vendor", Vendor, changes, frozenset({"id", "city_id", "created_at"})))


def _change(desk: Desk, line: Line, key: UUID, old: Row | None, places: frozenset[str]) -> Change:
    name = line.text("name", 120)
    optional = {
        "scale": line.choice("scale", VendorScale, VendorScale.MICRO),
        "sector": line.text("sector", 20, needed=False) or None,
        "address": line.text("address", 200, needed=False),
    }
    wanted: dict[str, Any] = {
        "name": name,
        "kind": line.choice("kind", VendorKind),
        "region": place_of(line, places),
        "terms": terms_of(name),
        **spoken_of(line, optional),
    }
    if day := _verified_on(desk, line):
        wanted["verified_at"] = _instant(desk, day, old)
    fresh = {
        **optional,
        "id": key,
        "city_id": desk.city.code,
        "verified_at": None,
        "created_at": desk.now,
    }
    return Change.of(key, wanted, old, fresh)


def _verified_on(desk: Desk, line: Line) -> date | None:
    """An empty cell takes nothing back: that is for somebody to do, with a reason."""
    day = line.day("verified_on")
    if day and day > desk.city.today(desk.now):
        line.object("verified_on", Objection("bad_day", "This day is yet to come."))
    return day


def _instant(desk: Desk, day: date, old: Row | None) -> datetime:
    """The start of the day; what was verified on that day keeps its hour."""
    before: datetime | None = old["verified_at"] if old else None
    if before is not None and local_date(before, desk.city.zone) == day:
        return before
    return start_of(day, desk.city.zone)


def _verifies(change: Change) -> bool:
    changed = change.is_new or "verified_at" in change.told
    return changed and change.values["verified_at"] is not None

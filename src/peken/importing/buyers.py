"""Buyers and their dated classes from a file; found again by the key that the city gave them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from tortoise.expressions import Q

from peken.errors import Objection
from peken.importing.classes import Class, classes_of
from peken.importing.lines import Line
from peken.importing.rows import (
    Change,
    Desk,
    Plan,
    Row,
    TablePlan,
    object_to_repeats,
    place_of,
    portions,
    rows_of,
    spoken_of,
)
from peken.importing.sheets import Sheet
from peken.models import Buyer, BuyerClass, Department
from peken.models.buyers import BuyerKind

_COLUMNS = (
    *("id", "city_id", "kind", "asn", "name", "region", "department_id"),
    *("joined_on", "left_on", "created_at"),
)
_CLASS = ("buyer_id", "scheme", "code", "valid_from", "valid_to")
_FOR_EMPLOYEES = ("asn", "joined_on", "left_on")


@dataclass(frozen=True, slots=True)
class _BuyerPlan:
    """Buyers, and the classes of those of whom the file says other classes than are there."""

    table: TablePlan
    classes: Mapping[UUID, Sequence[Class]]

    @property
    def changes(self) -> Sequence[Change]:
        return self.table.changes

    async def write(self, desk: Desk) -> None:
        await self.table.write(desk)
        for some in portions(sorted(self.classes)):
            await BuyerClass.filter(buyer_id__in=some).delete()
        await desk.market.database.insert(
            "buyer_class",
            ("id", *_CLASS),
            [
                (desk.key("class", str(buyer), each.scheme, each.since.isoformat()), buyer, *each.row)
                for buyer, classes in self.classes.items()
                for each in classes
            ],
        )


async def plan(desk: Desk, sheet: Sheet) -> Plan:
    """What a file of buyers changes."""
    object_to_repeats(sheet.lines, "key")
    places, offices = await desk.places(), await _offices(desk, sheet)
    keys = {line.number: desk.key("buyer", line.text("key", 60)) for line in sheet.lines}
    rows = await rows_of(Buyer, _COLUMNS, "id", keys.values(), Q(city_id=desk.city.code))
    known = {row["id"]: row for row in rows}
    held = await _held(known) if "classes" in sheet.columns else {}
    changes, classes = [], {}
    for line in sheet.lines:
        key = keys[line.number]
        change = _change(desk, line, key, known.get(key), places, offices)
        wanted = classes_of(line)
        if "classes" in sheet.columns and wanted != held.get(key, []):
            classes[key] = wanted
            if change.columns is not None:
                change = replace(change, columns=change.columns | {"classes"})
        changes.append(change)
    return _BuyerPlan(TablePlan("buyer", Buyer, changes, frozenset({"id", "city_id", "created_at"})), classes)


async def _offices(desk: Desk, sheet: Sheet) -> dict[str, UUID]:
    """The keys of the departments that the file names."""
    codes = {line.cells.get("department", "") for line in sheet.lines} - {""}
    rows = await rows_of(Department, ("id", "code"), "code", codes, Q(city_id=desk.city.code))
    return {row["code"]: row["id"] for row in rows}


async def _held(buyers: Iterable[UUID]) -> dict[UUID, list[Class]]:
    """The classes that buyers have, in the order in which they are read."""
    found: dict[UUID, list[Class]] = defaultdict(list)
    for row in await rows_of(BuyerClass, _CLASS, "buyer_id", buyers, Q()):
        found[row["buyer_id"]].append(Class(row["scheme"], row["valid_from"], row["code"], row["valid_to"]))
    return {key: sorted(classes, key=Class.place) for key, classes in found.items()}


def _change(
    desk: Desk, line: Line, key: UUID, old: Row | None, places: frozenset[str], offices: Mapping[str, UUID]
) -> Change:
    optional = {
        "region": place_of(line, places, needed=False),
        "asn": line.flag("asn"),
        "joined_on": line.day("joined_on"),
        "left_on": line.day("left_on"),
    }
    wanted: dict[str, Any] = {
        "name": line.text("name", 120),
        "kind": line.choice("kind", BuyerKind),
        **spoken_of(line, optional),
    }
    if "department" in line.cells:
        wanted["department_id"] = _office(line, offices)
    fresh = {**optional, "id": key, "city_id": desk.city.code, "department_id": None, "created_at": desk.now}
    change = Change.of(key, wanted, old, fresh)
    _check(line, change.values)
    return change


def _office(line: Line, offices: Mapping[str, UUID]) -> UUID | None:
    code = line.cells["department"]
    if code and code not in offices:
        message = "This city has no department {department}."
        line.object("department", Objection("unknown_department", message, {"department": code[:40]}))
    return offices.get(code)


def _check(line: Line, values: Row) -> None:
    """What has to hold of a buyer as a whole."""
    if values["kind"] == BuyerKind.DEPARTMENT and values["department_id"] is None and not line.cells.get("department"):
        line.object("department", Objection("missing_value", "This must be filled in."))
    if values["kind"] != BuyerKind.EMPLOYEE and any(values[name] for name in _FOR_EMPLOYEES):
        message = "Only an employee is an ASN, or joins and leaves."
        line.object("kind", Objection("not_an_employee", message))
    if not _in_order(values["joined_on"], values["left_on"]):
        message = "The first day no longer employed comes after the first day employed."
        line.object("left_on", Objection("bad_days", message))


def _in_order(joined: date | None, left: date | None) -> bool:
    return joined is None or left is None or joined < left

"""Leave and exemptions from a file: what is there already is left alone, and never another's to change."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from tortoise.expressions import Q

from peken import exemptions, obligations
from peken.errors import Objection
from peken.exemptions import NewExemption
from peken.importing.lines import Line
from peken.importing.rows import Change, Desk, Plan, Row, object_to_repeats, portions, rows_of
from peken.importing.sheets import Sheet
from peken.models import Buyer, Exemption
from peken.models.buyers import ExemptionKind

_COLUMNS: Final = (
    *("id", "city_id", "buyer_id", "kind", "rule", "reason", "valid_from", "valid_to"),
    *("granted_by", "granted_at"),
)
_HELD: Final = ("id", "buyer_id", "kind", "rule", "reason", "valid_from", "valid_to", "revoked_at")
_SAID: Final = {"validFrom": "valid_from", "validTo": "valid_to"}
_BUYERS: Final = 250
Group = tuple[UUID, str, str]
"""Buyer, kind and rule: in one group no two overlap."""
Days = tuple[date, date | None]


@dataclass(frozen=True, slots=True)
class _Grants:
    """The exemptions of a file, of which only new ones are written."""

    changes: Sequence[Change]

    async def write(self, desk: Desk) -> None:
        new = [change for change in self.changes if change.is_new]
        for some in portions(new):
            rows = [tuple(change.values[name] for name in _COLUMNS) for change in some]
            await desk.market.database.insert("exemption", _COLUMNS, rows)
        if new:
            await desk.record_act("exemption.granted", [change.key for change in new], {})
        today = desk.city.today(desk.now)
        for buyers in portions(sorted({change.values["buyer_id"] for change in new}), _BUYERS):
            await obligations.open_for(desk.market, desk.city, buyers, today)


async def plan(desk: Desk, sheet: Sheet) -> Plan:
    """What a file of leave and exemptions grants."""
    object_to_repeats(sheet.lines, "buyer", "kind", "rule", "valid_from")
    keys = {line.number: desk.key("buyer", line.text("buyer", 60)) for line in sheet.lines}
    buyers = {row["id"] for row in await rows_of(Buyer, ("id",), "id", keys.values(), Q(city_id=desk.city.code))}
    held = {row["id"]: row for row in await rows_of(Exemption, _HELD, "buyer_id", keys.values(), Q())}
    standing = _standing(held.values())
    changes = []
    for line in sheet.lines:
        buyer = keys[line.number]
        if buyer not in buyers:
            line.object("buyer", Objection("unknown_buyer", "There is no such buyer."))
        wanted = _wanted(desk, line, buyer)
        if wanted is not None:
            changes.append(_change(desk, line, wanted, held, standing))
    return _Grants(changes)


def _standing(held: Iterable[Row]) -> dict[Group, list[Days]]:
    found: dict[Group, list[Days]] = defaultdict(list)
    for row in held:
        if row["revoked_at"] is None:
            found[row["buyer_id"], row["kind"], row["rule"]].append((row["valid_from"], row["valid_to"]))
    return found


def _wanted(desk: Desk, line: Line, buyer: UUID) -> NewExemption | None:
    kind, first, after = line.choice("kind", ExemptionKind), line.day("valid_from"), line.day("valid_to")
    rule, reason = line.text("rule", 80, needed=False), line.text("reason", exemptions.LONGEST)
    if first is None:
        if not line.cells.get("valid_from"):
            line.object("valid_from", Objection("missing_value", "This must be filled in."))
        return None
    wanted = NewExemption(buyer=buyer, kind=kind, reason=reason, valid_from=first, valid_to=after, rule=rule)
    for objection in exemptions.unfit(desk.city, wanted, desk.city.today(desk.now)):
        column = str(objection.path[0])
        if column != "reason":
            line.object(_SAID.get(column, column), objection)
    return wanted


def _key(desk: Desk, named: tuple[str, ...], held: dict[UUID, Row], *, again: bool) -> UUID:
    """The key of what a row grants: where `again` is said, that of the first one which was not revoked since."""
    key, turn = desk.key("exemption", *named), 1
    while again and key in held and held[key]["revoked_at"] is not None:
        turn += 1
        key = desk.key("exemption", *named, str(turn))
    return key


def _change(
    desk: Desk, line: Line, wanted: NewExemption, held: dict[UUID, Row], standing: dict[Group, list[Days]]
) -> Change:
    named = (str(wanted.buyer), wanted.kind.value, wanted.rule, wanted.valid_from.isoformat())
    key, group = _key(desk, named, held, again=line.flag("again")), (wanted.buyer, wanted.kind.value, wanted.rule)
    values: dict[str, Any] = {
        "id": key,
        "city_id": desk.city.code,
        "buyer_id": wanted.buyer,
        "kind": wanted.kind.value,
        "rule": wanted.rule,
        "reason": wanted.reason,
        "valid_from": wanted.valid_from,
        "valid_to": wanted.valid_to,
        "granted_by": desk.actor.subject,
        "granted_at": desk.now,
    }
    if there := held.get(key):
        if (there["reason"], there["valid_to"]) != (wanted.reason, wanted.valid_to):
            message = "This was granted otherwise: what is granted is revoked, and granted anew, never changed."
            line.object("buyer", Objection("granted_otherwise", message))
        return Change(key, values, frozenset())
    for first, after in standing[group]:
        if (after is None or wanted.valid_from < after) and (wanted.valid_to is None or first < wanted.valid_to):
            line.object("valid_from", exemptions.overlapping(first, after))
            break
    standing[group].append((wanted.valid_from, wanted.valid_to))
    return Change(key, values, None)

"""Buyers as the rules and the graph see them; knows no order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

import msgspec
from tortoise.expressions import Q

from peken.actors import Actor, Role
from peken.database import date_of, placeholders, uuid_of
from peken.errors import PekenError
from peken.ids import recipient_key
from peken.market import Market, ServedCity
from peken.rules.facts import EVERY_RULE, Duty, Fact
from peken.rules.facts import Buyer as BuyerFact
from peken.rules.facts import Department as DepartmentFact


@dataclass(frozen=True, slots=True)
class Card:
    """A buyer on one day: the classes in force, the office, when the person was on the payroll, and when exempt.

    `classes` are pairs of scheme and code, sorted: their order says nothing. `exempt` are the exemptions that stand,
    past ones as far as a window of the day may reach, and those to come.
    """

    id: UUID
    city: str
    name: str
    kind: str
    asn: bool
    region: str
    department: UUID | None
    department_code: str
    department_name: str
    office: str
    joined_on: date | None
    left_on: date | None
    classes: tuple[tuple[str, str], ...]
    exempt: tuple[tuple[str, date, date | None], ...] = ()

    def gives_to(self, name: str, region: str) -> str | None:
        """The key of another person to whom this buyer's goods go; None where they go to the buyer."""
        if not name.strip() or recipient_key(name, "") == recipient_key(self.name, ""):
            return None
        return recipient_key(name, region)

    def facts(self) -> dict[type[Fact], dict[str, Fact]]:
        """What the rules may know of this buyer."""
        served = ((self.joined_on or date.min, self.left_on),)
        facts: dict[type[Fact], dict[str, Fact]] = {
            BuyerFact: {
                str(self.id): BuyerFact(
                    kind=self.kind,
                    asn=self.asn,
                    classes=self.classes,
                    region=self.region,
                    office=self.office,
                    department=self.department_code,
                )
            },
            Duty: {str(self.id): Duty(served=served, exempt=self.exempt)},
        }
        if self.department is not None:
            facts[DepartmentFact] = {
                str(self.department): DepartmentFact(code=self.department_code, name=self.department_name)
            }
        return facts


_REACH: Final = timedelta(days=732)
"""No window is longer: what ended so long before a day is of no concern to any window of that day."""
_CARDS = """
WITH today (city_id, day, since) AS (VALUES {days})
SELECT b.id, b.city_id, b.name, b.kind, b.asn, b.region, b.department_id, d.code AS department_code,
       d.name AS department_name, d.region AS office, b.joined_on, b.left_on, c.scheme, c.code AS class_code,
       e.rule AS exempt_rule, e.valid_from AS exempt_from, e.valid_to AS exempt_to
FROM buyer b
JOIN today t ON t.city_id = b.city_id
LEFT JOIN department d ON d.id = b.department_id
LEFT JOIN buyer_class c
  ON c.buyer_id = b.id AND c.valid_from <= t.day AND (c.valid_to IS NULL OR c.valid_to > t.day)
LEFT JOIN exemption e
  ON e.buyer_id = b.id AND e.revoked_at IS NULL AND (e.valid_to IS NULL OR e.valid_to > t.since)
WHERE b.id IN ({buyers})
ORDER BY b.id, c.scheme, c.code, e.rule, e.valid_from
"""


async def cards(market: Market, buyers: Sequence[UUID], days: Mapping[str, date]) -> dict[UUID, Card]:
    """The buyers of some cities as they were on a day, given for each city; one query for all."""
    wanted = sorted(set(buyers))
    if not wanted or not days:
        return {}
    each = ", ".join(f"(${n}::text, ${n + 1}::date, ${n + 2}::date)" for n in range(1, 3 * len(days), 3))
    sql = _CARDS.format(days=each, buyers=placeholders(len(wanted), 1 + 3 * len(days)))
    given = [part for city, day in days.items() for part in (city, day, day - _REACH)]
    rows = await market.database.fetch(sql, *given, *wanted)
    by_buyer: dict[UUID, list[Mapping[str, object]]] = {}
    for row in rows:
        by_buyer.setdefault(uuid_of(row["id"]), []).append(row)
    return {key: _card(key, found) for key, found in by_buyer.items()}


async def card(market: Market, city: ServedCity, buyer: UUID, at: datetime) -> Card:
    """One buyer of a city on the city's day of `at`. Raises PekenError `unknown_buyer`."""
    found = await cards(market, [buyer], {city.code: city.today(at)})
    if buyer not in found:
        raise PekenError("unknown_buyer", "There is no such buyer.", status=404)
    return found[buyer]


def scope(actor: Actor) -> Q:
    """The buyers whose card the actor may read: oneself, one's department, all of the city for city hall."""
    if actor.has(Role.CITY_HALL, Role.AUDITOR):
        return Q(city_id=actor.city)
    seen = Q(id__in=[actor.buyer]) if actor.buyer else Q(id__in=[])
    if actor.has(Role.OFFICER) and actor.department:
        seen |= Q(department_id=actor.department, kind="department")
    return seen


def _card(key: UUID, rows: Sequence[Mapping[str, Any]]) -> Card:
    row = rows[0]
    return Card(
        id=key,
        city=str(row["city_id"]),
        name=str(row["name"]),
        kind=str(row["kind"]),
        asn=bool(row["asn"]),
        region=str(row["region"]),
        department=uuid_of(str(row["department_id"])) if row["department_id"] else None,
        department_code=str(row["department_code"] or ""),
        department_name=str(row["department_name"] or ""),
        office=str(row["office"] or ""),
        joined_on=_day(row["joined_on"]),
        left_on=_day(row["left_on"]),
        # Each class comes with each exemption.
        classes=tuple(dict.fromkeys((str(r["scheme"]), str(r["class_code"])) for r in rows if r["scheme"])),
        exempt=tuple(dict.fromkeys(_exempt(r) for r in rows if r["exempt_from"])),
    )


def _exempt(row: Mapping[str, Any]) -> tuple[str, date, date | None]:
    return row["exempt_rule"] or EVERY_RULE, date_of(row["exempt_from"]), _day(row["exempt_to"])


@lru_cache(maxsize=4096)
def written(classes: tuple[tuple[str, str], ...]) -> str:
    """Classes as one text: the same for the same classes, whatever their order."""
    return msgspec.json.encode(sorted(classes)).decode()


@lru_cache(maxsize=4096)
def read(text: str) -> tuple[tuple[str, str], ...]:
    """The classes that were `written`."""
    return msgspec.json.decode(text, type=tuple[tuple[str, str], ...])


def _day(value: str | date | None) -> date | None:
    return None if value is None else date_of(value)

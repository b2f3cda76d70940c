"""Buyers as the rules and the graph see them; knows no order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from tortoise.expressions import Q

from peken.actors import Actor, Role
from peken.database import date_of, placeholders, uuid_of
from peken.errors import PekenError
from peken.market import Market
from peken.rules.facts import Buyer as BuyerFact
from peken.rules.facts import Department as DepartmentFact
from peken.rules.facts import Duty, Fact


@dataclass(frozen=True, slots=True)
class Card:
    """A buyer on one day: the classes in force, the office, and when the person was on the payroll."""

    id: UUID
    city: str
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
            Duty: {str(self.id): Duty(served=served)},
        }
        if self.department is not None:
            facts[DepartmentFact] = {
                str(self.department): DepartmentFact(code=self.department_code, name=self.department_name)
            }
        return facts


_CARDS = """
SELECT b.id, b.city_id, b.kind, b.asn, b.region, b.department_id, d.code AS department_code,
       d.name AS department_name, d.region AS office, b.joined_on, b.left_on, c.scheme, c.code AS class_code
FROM buyer b
LEFT JOIN department d ON d.id = b.department_id
LEFT JOIN buyer_class c
  ON c.buyer_id = b.id AND c.valid_from <= $1 AND (c.valid_to IS NULL OR c.valid_to > $1)
WHERE b.id IN ({})
ORDER BY b.id, c.scheme, c.code
"""


async def cards(market: Market, buyers: Sequence[UUID], day: date) -> dict[UUID, Card]:
    """The buyers as they were on `day`, a day of their city; one query for all."""
    wanted = sorted(set(buyers))
    if not wanted:
        return {}
    rows = await market.database.fetch(_CARDS.format(placeholders(len(wanted), 2)), day, *wanted)
    by_buyer: dict[UUID, list[Mapping[str, object]]] = {}
    for row in rows:
        by_buyer.setdefault(uuid_of(row["id"]), []).append(row)
    return {key: _card(key, found) for key, found in by_buyer.items()}


async def card(market: Market, buyer: UUID, day: date) -> Card:
    """One buyer on `day`. Raises PekenError `unknown_buyer`."""
    found = await cards(market, [buyer], day)
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


def _card(key: UUID, rows: Sequence[Mapping[str, object]]) -> Card:
    row = rows[0]
    return Card(
        id=key,
        city=str(row["city_id"]),
        kind=str(row["kind"]),
        asn=bool(row["asn"]),
        region=str(row["region"]),
        department=uuid_of(str(row["department_id"])) if row["department_id"] else None,
        department_code=str(row["department_code"] or ""),
        department_name=str(row["department_name"] or ""),
        office=str(row["office"] or ""),
        joined_on=_day(row["joined_on"]),
        left_on=_day(row["left_on"]),
        classes=tuple((str(r["scheme"]), str(r["class_code"])) for r in rows if r["scheme"]),
    )


def _day(value: object) -> date | None:
    return None if value is None else date_of(value)  # type: ignore[arg-type]

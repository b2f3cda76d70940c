"""Buyers as the rules and the graph see them; knows no order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from typing import Any, Final
from uuid import UUID

import msgspec
from tortoise.expressions import Q

from peken.actors import Actor, Role
from peken.database import date_of, json_of, uuid_of
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
COLUMNS: Final = """b.id, b.city_id, b.name, b.kind, b.asn, b.region, b.department_id, d.code AS department_code,
       d.name AS department_name, d.region AS office, b.joined_on, b.left_on,
       (SELECT {list}({row}(scheme, code))
          FROM (SELECT c.scheme, c.code FROM buyer_class c
                 WHERE c.buyer_id = b.id AND c.valid_from <= t.day AND (c.valid_to IS NULL OR c.valid_to > t.day)
                 ORDER BY c.scheme, c.code) AS held) AS classes,
       (SELECT {list}({row}(rule, valid_from, valid_to))
          FROM (SELECT e.rule, e.valid_from, e.valid_to FROM exemption e
                 WHERE e.buyer_id = b.id AND e.revoked_at IS NULL AND (e.valid_to IS NULL OR e.valid_to > t.since)
                 ORDER BY e.rule, e.valid_from) AS granted) AS exempt"""
"""What `card_of` reads of `TABLES`, once `in_sql` has named the engine's functions. Lists are read in their order."""
TABLES: Final = "buyer b JOIN today t ON t.city_id = b.city_id LEFT JOIN department d ON d.id = b.department_id"
"""Beside `today`, a table of cities with a day, and the day since which an exemption is of concern."""
WIDTH: Final = 14
_FUNCTIONS: Final = {
    "postgres": {"list": "json_agg", "row": "json_build_array"},
    "sqlite": {"list": "json_group_array", "row": "json_array"},
}
_TODAY: Final = "WITH today (city_id, day, since) AS (VALUES {days})"


def today(days: Mapping[str, date]) -> tuple[str, list[object]]:
    """How a statement begins that reads cards, on a day of each city, and its first parameters."""
    each = ", ".join(f"(${n}::text, ${n + 1}::date, ${n + 2}::date)" for n in range(1, 3 * len(days), 3))
    return _TODAY.format(days=each), [part for city, day in days.items() for part in (city, day, day - _REACH)]


@cache
def in_sql(dialect: str) -> str:
    """A SELECT of cards, without its WHERE."""
    return f"SELECT {COLUMNS.format(**_FUNCTIONS[dialect])} FROM {TABLES}"


async def cards(market: Market, buyers: Sequence[UUID], days: Mapping[str, date]) -> dict[UUID, Card]:
    """The buyers of some cities as they were on a day, given for each city; one query for all."""
    wanted = set(buyers)
    if not wanted or not days:
        return {}
    begin, given = today(days)
    database = market.database
    sql = f"{begin} {in_sql(database.dialect)} WHERE b.id {database.among(len(given) + 1)}"
    found = map(card_of, await database.records(sql, *given, database.listed(wanted)))
    return {card.id: card for card in found}


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


def card_of(row: Sequence[Any]) -> Card:
    """The card in a row that begins with `COLUMNS`."""
    key, city, name, kind, asn, region, department, code, called, office, joined, left, classes, exempt = row[:WIDTH]
    return Card(
        id=uuid_of(key),
        city=city,
        name=name,
        kind=kind,
        asn=bool(asn),
        region=region,
        department=None if department is None else uuid_of(department),
        department_code=code or "",
        department_name=called or "",
        office=office or "",
        joined_on=_day(joined),
        left_on=_day(left),
        classes=tuple((scheme, code) for scheme, code in _listed(classes)),
        exempt=tuple(dict.fromkeys(_exempt(*each) for each in _listed(exempt))),
    )


def _listed(text: str | None) -> Sequence[Sequence[Any]]:
    """SQLite's empty list is a list, PostgreSQL's is nothing."""
    return () if text is None or text == "[]" else json_of(text)


def _exempt(rule: str, first: str, after: str | None) -> tuple[str, date, date | None]:
    return rule or EVERY_RULE, date_of(first), _day(after)


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

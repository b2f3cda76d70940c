"""What departments owe and how far they have come; knows rules and balances, no order."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from peken import judging, tallies
from peken.database import uuid_of
from peken.market import Market, ServedCity
from peken.obligations import Standing, key_of, standing_of
from peken.rules import Department, Fact, Mode, Target


async def standings(market: Market, wanted: Sequence[UUID], at: datetime) -> dict[UUID, list[Standing]]:
    """What each department owes in the windows of `at`, under rules that bind; queries do not grow with departments."""
    database = market.database
    rows = await database.fetch(
        f"SELECT id, city_id, code, name FROM department WHERE id {database.among(1)}", database.listed(wanted)
    )
    targets = [
        (city, target)
        for city in market.cities.values()
        for target in await _targets(market, city, [row for row in rows if row["city_id"] == city.code], city.today(at))
        if target.mode is Mode.ON
    ]
    done = await tallies.standing(database, [key_of(target) for _, target in targets])
    found: dict[UUID, list[Standing]] = {department: [] for department in wanted}
    for city, target in targets:
        found[UUID(target.subject)].append(standing_of(city, target, done[key_of(target)], city.today(at)))
    return found


async def open_windows(market: Market, city: ServedCity, at: datetime) -> int:
    """Opens a balance in the windows of `at` for every department that owes. Returns how many are open."""
    rows = await market.database.fetch("SELECT id, code, name FROM department WHERE city_id = $1", city.code)
    targets = await _targets(market, city, rows, city.today(at))
    terms = {key_of(target): tallies.Terms(target.floor, target.ceiling) for target in targets}
    if terms:
        await tallies.open_balances(market.database, city.code, terms)
    return len(terms)


async def _targets(market: Market, city: ServedCity, rows: Sequence[Mapping[str, Any]], today: date) -> list[Target]:
    """What each of these departments of one city owes, under every obligation in force."""
    rules = [rule.code for rule in city.rulebook.obligations if rule.subject == "department"]
    if not rules or not rows:
        return []
    how = judging.asked(market, city)
    day = city.rulebook.day(today, **how)
    known = {str(uuid_of(row["id"])): Department(code=row["code"], name=row["name"]) for row in rows}
    facts: dict[type[Fact], Mapping[str, Fact]] = {Department: known}
    facts |= await judging.facts_about(city, "department", known, city.rulebook.needs(day, *rules), today)
    asked = ((rule, key) for key in known for rule in rules)
    found = (city.rulebook.target(rule, key, facts, day, **how) for rule, key in asked)
    return [target for target in found if target is not None]

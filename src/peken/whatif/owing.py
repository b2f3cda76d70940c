"""What was owed and what was missing at the end of each window, by class and department; writes nothing."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from peken import buyers
from peken.database import uuid_of
from peken.market import Market, ServedCity
from peken.obligations import targets_of
from peken.rules import Books, Mode, Obligation, TallyKey
from peken.whatif.report import Gap

AT_ONCE = 1_000
Group = tuple[str, str, str]
"""Scheme and code of the class, and the department."""


@dataclass(slots=True)
class _Sum:
    owed_by: int = 0
    met_by: int = 0
    due: int = 0
    done: int = 0
    missing: int = 0

    def add(self, floor: int, value: int) -> None:
        self.owed_by += 1
        self.met_by += value >= floor
        self.due += floor
        self.done += value
        self.missing += max(floor - value, 0)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A window of an obligation, as far as it was simulated."""

    rule: Obligation
    key: str
    first: date
    decides: date
    """The day by which it is decided who owes: the window's last, or the last that was simulated."""
    complete: bool


def stretches(city: ServedCity, first: date, last: date) -> list[Stretch]:
    """The windows of the obligations that bind between two days, oldest first."""
    found: dict[tuple[str, str], Stretch] = {}
    day = first
    while day <= last:
        of_day = city.rulebook.day(day)
        for rule in city.rulebook.obligations:
            key = rule.window.key(of_day)
            if key is None or rule.window.bounds is None or (rule.code, key) in found:
                continue
            start, after = rule.window.bounds(key)
            end = after - timedelta(days=1)
            found[rule.code, key] = Stretch(rule, key, start, min(end, last), end <= last)
        day += timedelta(days=1)
    return sorted(found.values(), key=lambda each: (each.first, each.rule.code))


async def gaps(
    market: Market, city: ServedCity, books: Books, first: date, last: date, progress: Callable[[int, int], None]
) -> tuple[Gap, ...]:
    """Who owed what in each window, also those who bought nothing, by class and department."""
    found: list[Gap] = []
    windows = stretches(replace(city, rulebook=books.rulebook), first, last)
    for number, stretch in enumerate(windows, 1):
        if stretch.rule.subject == "buyer":
            groups = await _of_buyers(market, replace(city, rulebook=books.rulebook), books, stretch)
        else:
            groups = _of_others(books, stretch)
        found += _gaps(stretch, groups, await _names(market, city))
        progress(number, len(windows))
    return tuple(found)


async def _of_buyers(market: Market, city: ServedCity, books: Books, stretch: Stretch) -> dict[Group, _Sum]:
    groups: dict[Group, _Sum] = defaultdict(_Sum)
    after = UUID(int=0)
    while rows := await market.database.fetch(_PRESENT, city.code, stretch.decides, stretch.first, after, AT_ONCE):
        after = uuid_of(rows[-1]["id"])
        cards = await buyers.cards(market, [uuid_of(row["id"]) for row in rows], {city.code: stretch.decides})
        for card, target in await targets_of(market, city, [*cards.values()], stretch.decides):
            ours = (target.rule, target.window) == (stretch.rule.code, stretch.key)
            if ours and target.mode is Mode.ON and target.floor:
                by = (target.row.scheme, target.row.code) if target.row and target.row.scheme else ("", "")
                value = books.balances.get((target.rule, target.subject, target.window), 0)
                groups[*by, str(card.department or "")].add(target.floor, value)
    return groups


_PRESENT = """
SELECT id FROM buyer
 WHERE city_id = $1 AND (joined_on IS NULL OR joined_on <= $2) AND (left_on IS NULL OR left_on > $3) AND id > $4
 ORDER BY id LIMIT $5
"""


def _of_others(books: Books, stretch: Stretch) -> dict[Group, _Sum]:
    """Of subjects that are no buyers those of whom something counted: nobody else says what they owe."""
    groups: dict[Group, _Sum] = defaultdict(_Sum)
    for key, floor in books.floors.items():
        if _belongs(key, stretch) and floor:
            department = key[1] if stretch.rule.subject == "department" else ""
            groups["", "", department].add(floor, books.balances[key])
    return groups


def _belongs(key: TallyKey, stretch: Stretch) -> bool:
    return (key[0], key[2]) == (stretch.rule.code, stretch.key)


async def _names(market: Market, city: ServedCity) -> Mapping[str, str]:
    rows = await market.database.fetch("SELECT id, name FROM department WHERE city_id = $1", city.code)
    return {str(uuid_of(row["id"])): row["name"] for row in rows}


def _gaps(stretch: Stretch, groups: Mapping[Group, _Sum], names: Mapping[str, str]) -> Iterable[Gap]:
    for (scheme, code, department), found in sorted(groups.items()):
        yield Gap(
            rule=stretch.rule.code,
            window=stretch.key,
            complete=stretch.complete,
            scheme=scheme,
            code=code,
            department=names.get(department, department),
            owed_by=found.owed_by,
            met_by=found.met_by,
            due=found.due,
            done=found.done,
            missing=found.missing,
        )

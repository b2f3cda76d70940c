"""Where the ranking of a city puts its vendors: asks the rule, keeps the answer as a sort key; knows no list.

A city's ranking is the first of its rules that ranks vendors for everybody. Places are dealt out anew when the day
turns, and for the shops of an order after it was placed or cancelled: beside that order's transaction, never in it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson

from peken.calendar import start_of
from peken.database import instant_of, json_of, uuid_of
from peken.judging import asked
from peken.market import Market, ServedCity
from peken.rules import Candidate, Day, Fact, Mode, Ranking
from peken.rules.facts import Sales, Vendor

SOME: Final = 1_000
"""So many places are written by one statement."""
DAYS: Final = 30
"""Before today: the days whose sales a ranking sees."""


class Standing(NamedTuple):
    """A vendor's place as it is kept: the sort key, the code of the reason, and what fills its sentence."""

    key: int = 0
    because: str = ""
    figures: Mapping[str, Any] = {}


def ranking_of(city: ServedCity, day: date) -> Ranking | None:
    """The first rule that ranks a city's vendors for everybody on that day: narrowing none, asking for no buyer."""
    on = (rule for rule in city.rulebook.rankings if city.rulebook.mode(rule.code, day) is Mode.ON)
    return next((rule for rule in on if _for_everybody(city, rule, Day.on(day))), None)


def _for_everybody(city: ServedCity, rule: Ranking, day: Day) -> bool:
    asks_for = {fact.of for fact in city.rulebook.needs(day, rule.code)}
    return rule.ranks == "vendor" and not rule.only_best_tier and "buyer" not in asks_for


def after_sale(market: Market, city: ServedCity, vendors: Iterable[UUID], at: datetime) -> None:
    """Has shops ranked again once the running transaction, in which they sold something at `at`, is written.

    Once a day each: sums run until yesterday, so that only a day's first sale changes what a ranking sees. What is
    bought as of another day, as in an import, is seen when the places are dealt out next.
    """
    if not city.rulebook.rankings:
        return
    today = city.today(market.now())
    if city.today(at) != today or ranking_of(city, today) is None:
        return
    concerned = set(vendors) - _sold(market, city, today)

    async def again() -> None:
        await deal_out(market, city, at, sorted(concerned))
        _sold(market, city, today).update(concerned)

    if concerned:
        market.database.after_commit(again)


def after_change(market: Market, city: ServedCity, vendor: UUID) -> None:
    """Has a shop ranked again once the running transaction, which undoes a sale or opens it, is written."""
    now = market.now()
    if not city.rulebook.rankings or ranking_of(city, city.today(now)) is None:
        return

    async def again() -> None:
        _sold(market, city, city.today(now)).discard(vendor)
        await deal_out(market, city, now, [vendor])

    market.database.after_commit(again)


def _sold(market: Market, city: ServedCity, today: date) -> set[UUID]:
    """The shops of a city that this process has ranked after a sale of today."""
    day, sold = market.sold.get(city.code, (today, set()))
    if day != today:
        sold = set()
    market.sold[city.code] = (today, sold)
    return sold


async def deal_out(market: Market, city: ServedCity, at: datetime, vendors: Sequence[UUID] | None = None) -> int:
    """Ranks these vendors of a city, or all of them; returns how many places changed.

    One statement reads, and one for each thousand places that changed writes. Where nothing ranks, all stand alike.
    """
    today = city.today(at)
    rows = {uuid_of(row["id"]): row for row in await _read(market, city, today, vendors)}
    standings = await _ranked(market, city, today, rows)
    changed = [(key, standings[key]) for key, row in rows.items() if _kept(row) != standings[key]]
    for start in range(0, len(changed), SOME):
        await market.database.retrying(partial(_write, market, changed[start : start + SOME]))
    return len(changed)


async def _ranked(
    market: Market, city: ServedCity, today: date, rows: Mapping[UUID, Mapping[str, Any]]
) -> dict[UUID, Standing]:
    rule = ranking_of(city, today)
    if rule is None:
        return dict.fromkeys(rows, Standing())
    how = asked(market, city)
    day = city.rulebook.day(today, **how)
    facts: dict[type[Fact], Mapping[str, Fact]] = {
        Vendor: {str(key): _vendor(row) for key, row in rows.items()},
        Sales: {str(key): _sales(city, row, today) for key, row in rows.items()},
    }
    needed = city.rulebook.needs(day, rule.code)
    for fact, load in city.rulebook.loads.items():
        if fact in needed:
            facts[fact] = await load(sorted(facts[Vendor]), today)
    ranked = city.rulebook.rank(rule.code, [Candidate(key) for key in facts[Vendor]], facts, day, **how)
    return {UUID(who.vendor): Standing(place.key, place.because, dict(place.values)) for who, place in ranked}


_READ = """
SELECT v.id, v.kind, v.scale, v.sector, v.region, v.verified_at, v.created_at, v.place, v.place_because,
       v.place_figures,
       (SELECT MAX(o.placed_at) FROM orders o WHERE o.vendor_id = v.id AND o.status <> 'cancelled') AS last_order,
       (SELECT SUM(o.amount) FROM orders o WHERE o.vendor_id = v.id AND o.placed_at >= $1 AND o.placed_at < $2
           AND o.status <> 'cancelled') AS sold,
       (SELECT SUM(o.amount) FROM orders o JOIN buyer b ON b.id = o.buyer_id
         WHERE o.vendor_id = v.id AND o.placed_at >= $1 AND o.placed_at < $2
           AND o.status <> 'cancelled' AND b.kind = 'department') AS to_departments
  FROM vendor v WHERE v.city_id = $3
"""


async def _read(
    market: Market, city: ServedCity, today: date, vendors: Sequence[UUID] | None
) -> list[Mapping[str, Any]]:
    """Vendors with their sales, each by the index of its own orders."""
    first, after = start_of(today - timedelta(days=DAYS), city.zone), start_of(today, city.zone)
    if vendors is None:
        return [*await market.database.fetch(_READ, first, after, city.code)]
    some = f"{_READ} AND v.id {market.database.among(4)}"
    return [*await market.database.fetch(some, first, after, city.code, market.database.listed(vendors))]


def _vendor(row: Mapping[str, Any]) -> Vendor:
    return Vendor(
        kind=row["kind"],
        scale=row["scale"],
        sector=row["sector"] or "",
        region=row["region"],
        verified=row["verified_at"] is not None,
    )


def _sales(city: ServedCity, row: Mapping[str, Any], today: date) -> Sales:
    last, joined = row["last_order"], city.today(instant_of(row["created_at"]))
    return Sales(
        idle_days=None if last is None else _days(city.today(instant_of(last)), today),
        listed_days=_days(joined, today),
        sold=int(row["sold"] or 0),
        to_departments=int(row["to_departments"] or 0),
    )


def _days(since: date, today: date) -> int:
    # An import may ask as of an earlier day.
    return max((today - since).days, 0)


def _kept(row: Mapping[str, Any]) -> Standing:
    figures = json_of(row["place_figures"]) if row["place_figures"] is not None else {}
    return Standing(int(row["place"]), row["place_because"], figures)


async def _write(market: Market, changed: Sequence[tuple[UUID, Standing]]) -> None:
    rows = [{"id": str(key), "place": s.key, "because": s.because, "figures": s.figures} for key, s in changed]
    given = _POSTGRES_ROWS if market.database.dialect == "postgres" else _SQLITE_ROWS
    await market.database.execute(
        f"""UPDATE vendor SET place = n.place, place_because = n.because, place_figures = n.figures
              FROM {given} WHERE vendor.id = n.id""",
        orjson.dumps(rows).decode(),
    )


_POSTGRES_ROWS = """
json_to_recordset(($1::text)::json) AS n(id uuid, place bigint, because text, figures jsonb)
"""
_SQLITE_ROWS = """
(SELECT json_extract(value, '$.id') AS id, json_extract(value, '$.place') AS place,
        json_extract(value, '$.because') AS because, json_extract(value, '$.figures') AS figures
   FROM json_each($1)) AS n
"""

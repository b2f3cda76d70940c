"""Shops that have reached a limit and leave the public lists until its window turns; changes none, knows no city."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from tortoise.expressions import Q, RawSQL

from peken.database import placeholders
from peken.hookspecs import Noun
from peken.judging import asked
from peken.market import Market, ServedCity
from peken.rules import Cap, Day, Mode

_SHOP: Final = {"vendor": "id__in", "product": "vendor_id__in"}
"""How a row is asked whether its shop is one of some."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A cap that hides, in the window of a day. `again` is the first day on which all are listed again."""

    cap: Cap
    window: str
    again: date

    @property
    def reached(self) -> str:
        """The condition on a row of `tally_balance` of a shop that it closes."""
        return _reached(self.cap, self.window)


@dataclass(frozen=True, slots=True)
class Closed:
    """Why a shop is not listed."""

    limit: Limit
    ceiling: int


def reached(cap: Cap, day: Day) -> str:
    """The condition on a row of `tally_balance` whose shop is not listed on that day; empty where none can be."""
    window = cap.window.key(day)
    return "" if cap.hide_at is None or window is None else _reached(cap, window)


def _reached(cap: Cap, window: str) -> str:
    # It begins as the index does.
    half_full = "ceiling IS NOT NULL AND value * 2 >= ceiling"
    return f"{half_full} AND value * 100 >= ceiling * {cap.hide_at} AND rule = '{cap.code}' AND win = {_text(window)}"


def limits(market: Market, city: ServedCity, today: date) -> list[Limit]:
    """The caps of a city that hide a shop on that day."""
    hiding = [cap for cap in city.rulebook.caps if cap.hide_at is not None]
    in_force = [cap for cap in hiding if city.rulebook.mode(cap.code, today) is Mode.ON]
    if not in_force:
        return []
    day = city.rulebook.day(today, **asked(market, city))
    found = []
    for cap in in_force:
        window, bounds = cap.window.key(day), cap.window.bounds
        if window is not None and bounds is not None:
            found.append(Limit(cap, window, bounds(window)[1]))
    return found


def not_closed(noun: Noun, hiding: Sequence[Limit], dialect: str) -> list[Q]:
    """Clauses for the rows of `noun` whose shop has reached none of these limits.

    Balances keep shops as text; only those half way to a limit are looked at, by an index of their own.
    """
    shop = "CAST(subject AS uuid)" if dialect == "postgres" else "subject"
    clauses = []
    for limit in hiding:
        shops: dict[str, Any] = {_SHOP[noun]: RawSQL(f"(SELECT {shop} FROM tally_balance WHERE {limit.reached})")}
        clauses.append(~Q(**shops))
    return clauses


async def closed(market: Market, vendors: Sequence[UUID], at: datetime) -> dict[UUID, Closed]:
    """Of these shops those that are not listed, and why: one query, none where no cap hides."""
    known = {
        (limit.cap.code, limit.window): limit
        for city in market.cities.values()
        for limit in limits(market, city, city.today(at))
    }
    if not known or not vendors:
        return {}
    any_of = " OR ".join(f"({limit.reached})" for limit in known.values())
    rows = await market.database.fetch(
        f"""SELECT rule, win, subject, ceiling FROM tally_balance
             WHERE ({any_of}) AND subject IN ({placeholders(len(vendors))}) ORDER BY rule DESC""",
        *map(str, vendors),
    )
    return {UUID(row["subject"]): Closed(known[row["rule"], row["win"]], int(row["ceiling"])) for row in rows}


def _text(value: str) -> str:
    """A string as it stands in a statement: a plugin's window may be called anything."""
    quoted = value.replace("'", "''")
    return f"'{quoted}'"

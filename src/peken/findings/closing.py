"""Closes the windows of obligations that have ended: a finding for everyone who owed. Applies no sanction.

What is owed is asked once more, as of the window's last day: who moved up within the month owes by the class of that
day, who left during it by the days served. The value is the balance at the moment of closing, and stays in the
finding: what comes back later is shown beside it, never in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from peken import buyers, tallies
from peken.actors import Actor
from peken.buyers import Card
from peken.database import uuid_of
from peken.errors import PekenError
from peken.ids import new_id
from peken.market import Market, ServedCity
from peken.obligations import targets_of
from peken.records import record
from peken.rules import Mode, Obligation, Target

AT_ONCE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Closed:
    """A window that was closed now: how many met it, and how many fell short."""

    rule: str
    window: str
    met: int
    short: int


@dataclass(frozen=True, slots=True)
class _Window:
    """A window of an obligation that has ended."""

    rule: Obligation
    key: str
    first: date
    after: date

    @property
    def last(self) -> date:
        """The day by which it is decided who owes what."""
        return self.after - timedelta(days=1)


def system(city: str) -> Actor:
    """Who closes windows when a day turns: nobody in person."""
    return Actor("peken:days", frozenset(), city)


async def close_windows(
    market: Market, city: ServedCity, at: datetime, actor: Actor | None = None, *, only: str | None = None
) -> list[Closed]:
    """Makes the findings of every window of the city that has ended and is not closed yet; the oldest first.

    Windows are those of which there are balances; `only` names one, with or without. Closing again changes nothing,
    and two at once make each finding once. Raises PekenError `bad_window` and `window_open` for one that is named.
    """
    closed = []
    if only is not None:
        _look(city, at, only)
    for window in await _ended(market, city, at, only):
        if window.rule.subject == "buyer":
            await _find_buyers(market, city, window, at)
        else:
            await _find_others(market, city, window, at)
        done = await _close(market, city, window, at, actor or system(city.code))
        closed += [done] if done else []
    return closed


async def _ended(market: Market, city: ServedCity, at: datetime, only: str | None) -> list[_Window]:
    if only is None:
        rows = await market.database.fetch(
            "SELECT DISTINCT rule, win FROM tally_balance WHERE city_id = $1 AND floor IS NOT NULL", city.code
        )
        known = {(row["rule"], row["win"]) for row in rows}
    else:
        known = {(rule.code, only) for rule in city.rulebook.obligations}
    rows = await market.database.fetch("SELECT rule, win FROM closing WHERE city_id = $1", city.code)
    known -= {(row["rule"], row["win"]) for row in rows}
    rules = {rule.code: rule for rule in city.rulebook.obligations}
    found = (_window(rules[rule], key) for rule, key in known if rule in rules)
    ended = [window for window in found if window is not None and window.after <= city.today(at)]
    return sorted(ended, key=lambda window: (window.after, window.rule.code))


def _look(city: ServedCity, at: datetime, key: str) -> None:
    """Raises PekenError where no obligation of the city has such a window, or none that is over."""
    found = [window for rule in city.rulebook.obligations if (window := _window(rule, key))]
    # Dates have several spellings, of which a window has one.
    known = [window for window in found if window.rule.window.key(city.rulebook.day(window.first)) == key]
    if not known:
        message = "No obligation of {city} has a window {window}."
        raise PekenError("bad_window", message, city=city.code, window=key[:30])
    last = min(window.last for window in known)
    if last >= city.today(at):
        message = "The window {window} is not over: its last day is {last}."
        raise PekenError("window_open", message, window=key, last=last.isoformat())


def _window(rule: Obligation, key: str) -> _Window | None:
    """The window with its dates; None for one that has none, or that the rule no longer knows."""
    if rule.window.bounds is None:
        return None
    try:
        return _Window(rule, key, *rule.window.bounds(key))
    except Exception:
        # Keys are read by a plugin's own code, which may fail as it likes on what is none.
        return None


async def _find_buyers(market: Market, city: ServedCity, window: _Window, at: datetime) -> None:
    """Findings for everyone who was there on some day of the window, also for who bought nothing."""
    after = UUID(int=0)
    while rows := await market.database.fetch(_PRESENT, city.code, window.after, window.first, after, AT_ONCE):
        after = uuid_of(rows[-1]["id"])
        cards = await buyers.cards(market, [uuid_of(row["id"]) for row in rows], {city.code: window.last})
        owed = [
            (card, target)
            for card, target in await targets_of(market, city, [*cards.values()], window.last)
            if target.rule == window.rule.code and target.window == window.key and target.mode is Mode.ON
        ]
        values = await tallies.standing(market.database, [_key(target) for _, target in owed])
        rows_of = [(card, target, values[_key(target)]) for card, target in owed if target.floor]
        await _insert(market, [_row(city, window, card, target, value, at) for card, target, value in rows_of])


_PRESENT = """
SELECT id FROM buyer
 WHERE city_id = $1 AND (joined_on IS NULL OR joined_on < $2) AND (left_on IS NULL OR left_on > $3) AND id > $4
 ORDER BY id LIMIT $5
"""


async def _find_others(market: Market, city: ServedCity, window: _Window, at: datetime) -> None:
    """Findings for subjects that are no buyers: their balances say what they owe."""
    after = UUID(int=0)
    while rows := await market.database.fetch(_BALANCES, city.code, window.rule.code, window.key, after, AT_ONCE):
        after = uuid_of(rows[-1]["id"])
        if window.rule.subject == "department":
            departments = {row["subject"]: uuid_of(row["subject"]) for row in rows}
        else:
            departments = {}
        limits: Sequence[Mapping[str, Any]] = [row for row in rows if row["floor"]]
        await _insert(
            market,
            [
                (
                    *_head(city, window, row["subject"], row["value"], row["floor"]),
                    *("", "", window.rule.cites, "", "", departments.get(row["subject"]), at),
                )
                for row in limits
            ],
        )


_BALANCES = """
SELECT id, subject, value, floor FROM tally_balance
 WHERE city_id = $1 AND rule = $2 AND win = $3 AND id > $4
 ORDER BY id LIMIT $5
"""


def _row(city: ServedCity, window: _Window, card: Card, target: Target, value: int, at: datetime) -> tuple[object, ...]:
    row, floor = target.row, target.floor or 0
    by = (row.scheme, row.code, window.rule.cites, row.source, row.mark) if row else ("", "", window.rule.cites, "", "")
    return (*_head(city, window, target.subject, value, floor), *by, card.department, at)


def _head(city: ServedCity, window: _Window, subject: str, value: int, floor: int) -> tuple[object, ...]:
    rule = window.rule
    missing = max(floor - value, 0)
    return (new_id(), city.code, rule.code, rule.subject, subject, window.key, rule.unit, value, floor, missing)


_FINDING = (
    *("id", "city_id", "rule", "subject_kind", "subject", "win", "unit", "value", "floor", "missing"),
    *("scheme", "code", "citation", "source", "mark", "department_id", "at"),
    *("status", "decision", "decided_by"),
)


async def _insert(market: Market, rows: Sequence[tuple[object, ...]]) -> None:
    await market.database.insert(
        "finding",
        _FINDING,
        [(*row, "open", "", "") for row in rows],
        "ON CONFLICT (rule, subject, win) DO NOTHING",
    )


async def _close(market: Market, city: ServedCity, window: _Window, at: datetime, actor: Actor) -> Closed | None:
    """Says that a window is closed, once and with an audit; None where another was first."""
    rows = await market.database.fetch(
        """SELECT COUNT(*) AS found, COALESCE(SUM(CASE WHEN missing > 0 THEN 1 ELSE 0 END), 0) AS short
             FROM finding WHERE city_id = $1 AND rule = $2 AND win = $3""",
        city.code,
        window.rule.code,
        window.key,
    )
    short = int(rows[0]["short"])
    closed = Closed(window.rule.code, window.key, rows[0]["found"] - short, short)
    async with market.database.unit_of_work():
        key = new_id()
        written = await market.database.insert(
            "closing",
            ("id", "city_id", "rule", "win", "met", "short", "at"),
            [(key, city.code, closed.rule, closed.window, closed.met, closed.short, at)],
            "ON CONFLICT (city_id, rule, win) DO NOTHING RETURNING id",
        )
        if not written:
            return None
        told = {"rule": closed.rule, "window": closed.window, "met": closed.met, "short": closed.short}
        await record(market.database, actor, city.code, "window.closed", [key], at, changes=told)
    return closed


def _key(target: Target) -> tallies.Key:
    return (target.rule, target.subject, target.window)

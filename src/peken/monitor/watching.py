"""Which obligation is watched in which window, who of its people are meant, and who may see them. Reads no row."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from peken.actors import Actor, Role
from peken.errors import PekenError
from peken.market import ServedCity
from peken.rules import Day, Mode, Obligation

BEHIND: Final = "(CASE WHEN floor > 0 THEN CASE WHEN value < floor THEN floor - value ELSE 0 END ELSE -1 END)"
"""What is still to do; 0 when it is met, -1 when nothing is owed. The indexes stand on this very text."""


class Status(StrEnum):
    """How one stands who is watched."""

    BEHIND = "behind"
    MET = "met"
    EXEMPT = "exempt"


def status_of(behind: int) -> Status:
    """How one stands, by what is still to do (see `BEHIND`)."""
    if behind < 0:
        return Status.EXEMPT
    return Status.BEHIND if behind else Status.MET


@dataclass(frozen=True, slots=True)
class Watched:
    """One obligation of a city in one window, seen on a day. `first` and `after` bound a window that has dates."""

    city: str
    rule: Obligation
    window: str
    today: date
    first: date | None
    after: date | None

    @property
    def last_day(self) -> date | None:
        """Last day of the window."""
        return self.after - timedelta(days=1) if self.after else None

    @property
    def days_left(self) -> int | None:
        """Days of the window that are left, today included; 0 when it is over."""
        return max((self.after - max(self.today, self.first)).days, 0) if self.first and self.after else None

    def forecast(self, done: int) -> int | None:
        """Where it ends if it goes on as it went so far: done / days elapsed * days of the window, rounded down.

        Today counts as elapsed. None before the window begins, and for a window without dates.
        """
        if self.first is None or self.after is None or self.today < self.first:
            return None
        days = (self.after - self.first).days
        elapsed = min((self.today - self.first).days + 1, days)
        return done * days // elapsed


@dataclass(frozen=True, slots=True)
class Among:
    """Which of those who are watched are meant. `code` takes in what is below it: `III` also `III/a`."""

    status: Status | None = None
    department: UUID | None = None
    scheme: str | None = None
    code: str | None = None

    def holds(self, classes: Iterable[tuple[str, str]]) -> bool:
        """Whether somebody of these classes is meant."""
        return self.scheme is None or any(
            scheme == self.scheme and (self.code is None or f"{code}/".startswith(f"{self.code}/"))
            for scheme, code in classes
        )


def rules(city: ServedCity) -> tuple[Obligation, ...]:
    """The obligations of buyers that have a list of who owes."""
    return tuple(r for r in city.rulebook.obligations if r.subject == "buyer" and not r.window.of_order)


def current(city: ServedCity, rule: Obligation, today: date) -> str | None:
    """The window of a day; None on a day that counts in none."""
    return None if city.rulebook.mode(rule.code, today) is Mode.OFF else rule.window.key(_day(city, today))


def watched(city: ServedCity, code: str, window: str | None, at: datetime) -> Watched:
    """An obligation in a window, the present one unless told.

    Raises PekenError `unknown_rule`, `bad_window`; `no_window` where none was named and today is in none.
    """
    rule = next((rule for rule in rules(city) if rule.code == code), None)
    if rule is None:
        known = ", ".join(rule.code for rule in rules(city)) or "-"
        message = "The city {city} has no obligation {rule} of buyers. It has: {known}."
        raise PekenError("unknown_rule", message, status=404, city=city.code, rule=code[:80], known=known)
    today = city.today(at)
    key = current(city, rule, today) if window is None else window
    if key is None:
        raise PekenError("no_window", "Today is in no window of this rule. Name one.")
    first, after = _bounds(city, rule, key)
    return Watched(city.code, rule, key, today, first, after)


def _bounds(city: ServedCity, rule: Obligation, window: str) -> tuple[date | None, date | None]:
    wrong = PekenError("bad_window", "This rule has no such window.")
    if not 1 <= len(window) <= 30 or "\0" in window:
        raise wrong
    if rule.window.bounds is None:
        return None, None
    try:
        first, after = rule.window.bounds(window)
        known = rule.window.key(_day(city, first))
    except Exception:
        # Keys are read by a plugin's own code, which may fail as it likes on what is none.
        raise wrong from None
    if known != window:
        raise wrong
    return first, after


def _day(city: ServedCity, day: date) -> Day:
    return city.rulebook.day(day)


def scope(actor: Actor, among: Among) -> Among | None:
    """Of those meant, whom the actor may see: all of the city, or those of one's own department; None for nobody."""
    if actor.has(Role.CITY_HALL, Role.AUDITOR):
        return among
    own = actor.department if actor.has(Role.OFFICER) else None
    if own is None or among.department not in (None, own):
        return None
    return replace(among, department=own)

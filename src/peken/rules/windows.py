"""Stretches of local time in which a tally counts. Refuses to know instants, zones and clocks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from peken.calendar import month_dates, month_key

from .facts import Day

Bounds = tuple[date, date]
"""First day and first day after."""


@dataclass(frozen=True)
class Window:
    """A day's window has a key, or None: that day does not count."""

    name: str
    key: Callable[[Day], str | None]
    bounds: Callable[[str], Bounds] | None = None
    """The dates of a key; a window without them cannot be prorated."""
    of_order: bool = False
    """Every order is a window of its own, under the order's key."""


def _one_day(key: str) -> Bounds:
    first = date.fromisoformat(key)
    return first, first + timedelta(days=1)


def _year(key: str) -> Bounds:
    return date(int(key), 1, 1), date(int(key) + 1, 1, 1)


ORDER = Window("order", key=lambda day: "order", of_order=True)
DAY = Window("day", key=lambda day: day.date.isoformat(), bounds=_one_day)
MONTH = Window("month", key=lambda day: month_key(day.date), bounds=month_dates)
YEAR = Window("year", key=lambda day: f"{day.date.year:04d}", bounds=_year)
"""The budget year, which in Indonesia is the calendar year."""


def dates(name: str, counts: Callable[[date], bool]) -> Window:
    """Given dates, each a window of its own: `dates("same-day-and-month", lambda d: d.day == d.month)`."""
    return Window(name, key=lambda day: day.date.isoformat() if counts(day.date) else None, bounds=_one_day)


def weekday(number: int) -> Window:
    """Every such weekday (0 is Monday), each a window of its own."""
    return dates(f"weekday-{number}", lambda on: on.weekday() == number)


def occasion(name: str) -> Window:
    """Every day of that occasion, each a window of its own; which days these are, calendars say."""
    return Window(name, key=lambda day: day.date.isoformat() if name in day.occasions else None, bounds=_one_day)


def season(name: str, *ranges: Bounds) -> Window:
    """A named season, such as one on the Islamic calendar: (first day, first day after) for each year known.

    A season is one window, keyed by the day it begins on.
    """

    def key(day: Day) -> str | None:
        for first, after in ranges:
            if first <= day.date < after:
                return first.isoformat()
        return None

    def bounds(key: str) -> Bounds:
        return next(known for known in ranges if known[0].isoformat() == key)

    return Window(name, key=key, bounds=bounds)

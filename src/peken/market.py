"""What a use case may ask of the market it serves: cities, rules, hooks, rows, time; knows no GraphQL."""

import asyncio
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from peken.calendar import local_date
from peken.database import Database
from peken.errors import PekenError
from peken.hooks import Hooks
from peken.metrics import Metrics
from peken.rules import Chapter, Rulebook
from peken.settings import Settings
from peken.texts import Texts


def wall_clock() -> datetime:
    """The present instant, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class ServedCity:
    """A city as this market serves it: its zone, and the rules that bind there."""

    code: str
    name: str
    zone: ZoneInfo
    rulebook: Rulebook
    chapters: tuple[Chapter, ...] = ()
    """What the rulebook was made of, before city hall set anything."""

    def today(self, instant: datetime) -> date:
        """The day in this city at an instant."""
        return local_date(instant, self.zone)


@dataclass(slots=True)
class Heard:
    """What is known of the versions that city hall has set: how many, how many were withdrawn, read when."""

    count: tuple[int, int] = (0, 0)
    at: datetime | None = None
    unfit: set[str] = field(default_factory=set)
    """Cities whose versions their rules do not take, as after an upgrade of a plugin."""
    alone: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(frozen=True, slots=True)
class Market:
    """One market: nothing of it is shared with another market in the same process."""

    settings: Settings
    database: Database
    cities: MutableMapping[str, ServedCity]
    """By code. A city is put anew when its rules change: who holds one goes on judging by what it was."""
    hooks: Hooks
    texts: Texts
    now: Callable[[], datetime] = wall_clock
    strict: bool = False
    """Whether a rule that fails raises, as in tests; in earnest it refuses or carries on, as it declares."""
    sold: dict[str, tuple[date, set[UUID]]] = field(default_factory=dict)
    """By city, a day and the shops that were ranked after a sale of that day: see `ranking`."""
    heard: Heard = field(default_factory=Heard)
    metrics: Metrics = field(default_factory=Metrics)

    def city(self, code: str) -> ServedCity:
        """The city of a code. Raises PekenError `unknown_city`."""
        try:
            return self.cities[code]
        except KeyError:
            raise PekenError("unknown_city", "This market does not serve the city {city}.", city=code) from None

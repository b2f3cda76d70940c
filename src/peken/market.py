"""What a use case may ask of the market it serves: cities, rules, hooks, rows, time; knows no GraphQL."""

import asyncio
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from peken.calendar import local_date, start_of
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


class Edition:
    """The cities with their rules on their days, from one instant to another: equal to nothing but itself."""

    def __init__(self, cities: tuple[ServedCity, ...], now: datetime) -> None:
        self.cities = cities
        self.days = tuple(city.today(now) for city in cities)
        each = [*zip(self.days, cities, strict=True)]
        self.first = max((start_of(day, city.zone) for day, city in each), default=_EVER[0])
        self.after = min((start_of(day + timedelta(1), city.zone) for day, city in each), default=_EVER[1])

    def __repr__(self) -> str:
        # Other processes know it by this.
        return repr(self.days)


_EVER: Final = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


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
    simulating: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))
    """Held by the one simulation that this process runs."""
    heard: Heard = field(default_factory=Heard)
    metrics: Metrics = field(default_factory=Metrics)
    _edition: list[Edition] = field(default_factory=list)

    def edition(self, now: datetime) -> Edition:
        """The cities as they are at an instant: the same object while no day and no rule turns."""
        cities, kept = tuple(self.cities.values()), self._edition
        if not kept or not kept[0].first <= now < kept[0].after or kept[0].cities != cities:
            kept[:] = [Edition(cities, now)]
        return kept[0]

    def city(self, code: str) -> ServedCity:
        """The city of a code. Raises PekenError `unknown_city`."""
        try:
            return self.cities[code]
        except KeyError:
            raise PekenError("unknown_city", "This market does not serve the city {city}.", city=code) from None

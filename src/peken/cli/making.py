"""Makes the demo's market, or finds the one made before; never touches rows that are not a demo's."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Final, Literal
from zoneinfo import ZoneInfo

from tortoise.exceptions import BaseORMException

import peken
from peken import migrating
from peken.app import assemble, opened
from peken.calendar import local_date, month_key
from peken.database import Database, json_of
from peken.demo import Persona, fill, personas
from peken.errors import PekenError
from peken.market import Market, wall_clock

if TYPE_CHECKING:
    from peken.cli.folder import DemoFolder
    from peken.settings import Settings

Scale = Literal["small", "surabaya"]
Show = Callable[[str, int, int], None]

MADE: Final = "demo_made"
"""Under which name the database says by what its demo was made."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What two starts must agree in to share a demo."""

    scale: Scale
    month: str
    version: str
    plugins: Sequence[str]


@dataclass(frozen=True, slots=True)
class Making:
    """One start of the demo."""

    folder: "DemoFolder"
    settings: "Settings"
    scale: Scale
    now: Callable[[], datetime]
    show: Show

    @property
    def today(self) -> date:
        """The demo's day, in its first city."""
        return local_date(self.now(), self.settings.cities[0].zone)

    @property
    def wanted(self) -> Wanted:
        """What this start asks for."""
        plugins = [name for city in self.settings.cities for name in city.plugins]
        return Wanted(self.scale, month_key(self.today), peken.__version__, plugins)

    @property
    def own(self) -> bool:
        """Whether the database is the folder's own, which may be deleted."""
        return self.settings.database_url == self.folder.own_database


def clock(as_of: date | None, zone: ZoneInfo) -> Callable[[], datetime]:
    """A clock that starts on the day `as_of` at the present time of day, and runs on; today's without a day."""
    if as_of is None:
        return wall_clock
    shift = as_of - local_date(wall_clock(), zone)
    return lambda: wall_clock() + shift


async def prepare(making: Making) -> dict[str, Persona]:
    """The people of the demo, made if need be. Raises PekenError `database_not_empty` for rows of somebody else."""
    found = await _found(making)
    if found is not None:
        return found
    if making.own:
        making.folder.forget_market()
    async with opened(making.settings, making.now) as market:
        await migrating.migrate(market.database, lambda _, number, of: making.show("tables", number, of))
        people = await fill(market, making.scale, making.today, progress=making.show)
        # Last: a demo that was interrupted is not taken for one.
        await market.database.insert("note", ("name", "value"), [(MADE, asdict(making.wanted))])
    return people


async def _found(making: Making) -> dict[str, Persona] | None:
    """The people of a demo that serves; None where one must be made."""
    market = assemble(making.settings, making.now)
    try:
        async with market.database:
            with market.database.bound():
                return await _looked(making, market)
    except (BaseORMException, sqlite3.Error):
        # Not a database, or of another shape: ours may go.
        if making.own:
            return None
        raise _not_empty() from None


async def _looked(making: Making, market: Market) -> dict[str, Persona] | None:
    tables = await _tables(market.database)
    if "note" in tables:
        rows = await market.database.fetch("SELECT value FROM note WHERE name = $1", MADE)
        if rows and json_of(rows[0]["value"]) == asdict(making.wanted) and not await migrating.plan(market.database):
            return await personas(market)
    if making.own or not tables or await _untouched(market.database, tables):
        return None
    raise _not_empty()


async def _tables(database: Database) -> set[str]:
    rows = await database.fetch(
        "SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()"
        if database.dialect == "postgres"
        else "SELECT name FROM sqlite_master WHERE type = 'table'"
    )
    return {row["name"] for row in rows}


async def _untouched(database: Database, tables: set[str]) -> bool:
    """Whether a market was migrated here and nobody has written into it."""
    if migrating.RECORD not in tables or not tables.issuperset(_FILLED):
        return False
    return not any([await database.fetch(f"SELECT 1 FROM {table} LIMIT 1") for table in _FILLED])


_FILLED: Final = ("vendor", "buyer", "category")


def _not_empty() -> PekenError:
    return PekenError("database_not_empty", "The database holds something else than this demo: give an empty one.")

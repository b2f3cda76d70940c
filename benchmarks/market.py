"""The market that is measured: a database of its own in either engine, and applications over it; measures nothing."""

import json
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Literal
from uuid import uuid4

from starlette.types import ASGIApp

from benchmarks import bulk
from peken import migrating, monitor
from peken.app import application, opened
from peken.market import Market
from peken.servers import create_database, drop_database, postgres_server
from peken.settings import CitySettings, Settings
from peken.tokens import Issuer

Engine = Literal["sqlite", "postgres"]
ENGINES: Final[tuple[Engine, ...]] = ("sqlite", "postgres")
QUOTA: Final = "malang_quota"


@dataclass
class Measured:
    """A filled database, and who may ask. `window` is the one in which its people owe something."""

    url: str
    size: bulk.Size
    issuer: Issuer
    window: str
    _open: AsyncExitStack = field(default_factory=AsyncExitStack)

    def settings(self, plugins: Sequence[str] = (), **others: Any) -> Settings:
        """The settings of a market over these rows, which computes every answer unless told otherwise."""
        city = CitySettings(code=bulk.CITY, name="Malang", plugins=tuple(plugins))
        auth = self.issuer.auth()
        return Settings(**{"database_url": self.url, "cities": (city,), "auth": auth, "cache": _NONE_KEPT, **others})

    async def market(self, plugins: Sequence[str] = (), **others: Any) -> Market:
        """A market, open until the end. Its clock of days does not run: nothing but what is asked for takes time."""
        return await self._open.enter_async_context(opened(self.settings(plugins, **others)))

    async def app(self, plugins: Sequence[str] = (), **others: Any) -> ASGIApp:
        """The application of such a market, as it is served."""
        return application(await self.market(plugins, **others))

    def token(self, *roles: str, **bound: Any) -> str:
        """Somebody's, of this city."""
        return self.issuer.issue({"sub": f"measured-{uuid4().hex}", "peken": {"roles": [*roles], **_HERE, **bound}})

    def buyer(self, number: int = 0) -> str:
        """A token of one of the people."""
        return self.token("buyer", buyer=bulk.key("buyer", number))


_NONE_KEPT: Final = {"memory_bytes": 0}
_HERE: Final = {"city": bulk.CITY}


@asynccontextmanager
async def filled(engine: Engine, size: bulk.Size, server: str = "") -> AsyncIterator[Measured]:
    """Such a database, gone afterwards. Without the address of a server PostgreSQL is found as tests find it."""
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(_empty(engine, server))
        measured = Measured(url, size, Issuer.create(prefix="measured-"), "")
        async with opened(measured.settings([QUOTA], statement_seconds=600)) as market:
            await migrating.migrate(market.database)
            watched = monitor.watched(market.city(bulk.CITY), bulk.RULE, None, market.now())
            assert watched is not None
            measured.window = watched.window
            await bulk.load(market, size, measured.window)
        await stack.enter_async_context(measured._open)
        yield measured


@asynccontextmanager
async def _empty(engine: Engine, server: str) -> AsyncIterator[str]:
    if engine == "sqlite":
        with TemporaryDirectory() as name:
            yield f"sqlite:///{Path(name) / 'market.sqlite3'}"
        return
    with nullcontext(server) if server else postgres_server() as address:
        name = f"peken_measured_{uuid4().hex[:8]}"
        try:
            yield await create_database(address, name)
        finally:
            await drop_database(address, name)


def environment(measured: Measured, **more: str) -> dict[str, str]:
    """What `peken serve` must be told to serve these rows without a plugin."""
    settings = measured.settings()
    jwks = settings.auth.jwks
    assert jwks is not None
    bare = {name: value for name, value in os.environ.items() if not name.startswith("PEKEN_")}
    return bare | {
        "PEKEN_DATABASE_URL": measured.url,
        "PEKEN_CITIES": json.dumps([city.model_dump() for city in settings.cities]),
        "PEKEN_AUTH__JWKS": jwks.get_secret_value(),
        **more,
    }

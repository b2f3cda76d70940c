"""Databases for tests: migrated once for each set of cities and plugins, then copied or emptied; knows no test."""

import asyncio
import shutil
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Self
from uuid import uuid4

import asyncpg  # type: ignore[import-untyped]
import pytest

from peken import migrating
from peken.app import assemble
from peken.regions import serve_cities
from peken.servers import ServerNotFoundError, create_database, drop_database, postgres_server, required
from peken.settings import Settings


class Templates:
    """The templates of one test run."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder = folder
        self._stack = stack
        self._server: str | None = None
        self._spare: defaultdict[str, list[str]] = defaultdict(list)
        self._tables: dict[str, frozenset[str]] = {}

    @classmethod
    @contextmanager
    def in_folder(cls, folder: Path) -> Iterator[Self]:
        """Templates below `folder`; a PostgreSQL is found or started when the first test wants one."""
        with ExitStack() as stack:
            yield cls(folder, stack)

    @asynccontextmanager
    async def copied(self, engine: str, settings: Settings, folder: Path) -> AsyncIterator[str]:
        """The URL of a database of its own for one test."""
        make = self._sqlite if engine == "sqlite" else self._postgres
        async with make(settings, folder) as url:
            yield url

    @asynccontextmanager
    async def _sqlite(self, settings: Settings, folder: Path) -> AsyncIterator[str]:
        template = self._folder / f"{_name(settings)}.sqlite3"
        if not template.exists():
            await _prepare(settings, f"sqlite:///{template}")
        copy = folder / "market.sqlite3"
        shutil.copy(template, copy)
        yield f"sqlite:///{copy}"

    @asynccontextmanager
    async def _postgres(self, settings: Settings, folder: Path) -> AsyncIterator[str]:
        spare = self._spare[_name(settings)]
        url = spare.pop() if spare else await self._migrated(settings)
        yield url
        # A database that a test has left locked or with other tables is not used again; all are dropped in the end.
        with suppress(asyncpg.LockNotAvailableError):
            if await _emptied(url, self._tables[url]):
                spare.append(url)

    async def _migrated(self, settings: Settings) -> str:
        server, name = self._postgres_server(), f"peken_test_{uuid4().hex[:12]}"
        url = await create_database(server, name)
        self._stack.callback(lambda: asyncio.run(drop_database(server, name)))
        await _prepare(settings, url)
        self._tables[url] = await _tables(url)
        return url

    def _postgres_server(self) -> str:
        if self._server is None:
            try:
                self._server = self._stack.enter_context(postgres_server())
            except ServerNotFoundError as error:
                if required("postgres"):
                    raise
                pytest.skip(str(error))
        return self._server


async def _emptied(url: str, tables: frozenset[str]) -> bool:
    """Leaves what a market begins with: its cities and their regions. False if its tables are not as they were."""
    if await _tables(url) != tables:
        return False
    connection = await asyncpg.connect(url, server_settings={"lock_timeout": "5s"})
    try:
        await connection.execute("TRUNCATE " + ", ".join(f'"{table}"' for table in sorted(tables - _KEPT)))
    finally:
        await connection.close()
    return True


async def _tables(url: str) -> frozenset[str]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    finally:
        await connection.close()
    return frozenset(row["tablename"] for row in rows)


_KEPT = {migrating.RECORD, "city", "region"}


async def _prepare(settings: Settings, url: str) -> None:
    market = assemble(settings.model_copy(update={"database_url": url}))
    async with market.database:
        await migrating.migrate(market.database)
        with market.database.bound():
            await serve_cities(market)


def _name(settings: Settings) -> str:
    cities = (f"{city.code}-{'-'.join(city.plugins)}" for city in settings.cities)
    return "_".join(cities)

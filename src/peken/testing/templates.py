"""Databases for tests: migrated once for each set of cities and plugins, then copied or emptied; knows no test."""

import asyncio
import shutil
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg  # type: ignore[import-untyped]
import pytest

from peken import migrating
from peken.app import assemble
from peken.regions import serve_cities
from peken.servers import ServerNotFoundError, create_database, drop_database, postgres_server, required
from peken.settings import Settings


class Templates:
    """The templates of one test run, which its workers share: `run` names it, `folder` is the same for all of them.

    A template is made beside its place and then moved there, so nobody meets one that is half made.
    """

    def __init__(self, folder: Path, run: str, stack: ExitStack) -> None:
        self._folder = folder
        self._run = run
        self._stack = stack
        self._server: str | None = None
        self._spare: defaultdict[str, list[str]] = defaultdict(list)
        self._tables: dict[str, frozenset[str]] = {}

    @classmethod
    @contextmanager
    def in_folder(cls, folder: Path, run: str | None = None) -> Iterator[Self]:
        """Templates below `folder`; a PostgreSQL is found or started when the first test wants one."""
        with ExitStack() as stack:
            yield cls(folder, run or uuid4().hex, stack)

    @asynccontextmanager
    async def copied(self, engine: str, settings: Settings, folder: Path) -> AsyncIterator[str]:
        """The URL of a database of its own for one test."""
        make = self._sqlite if engine == "sqlite" else self._postgres
        async with make(settings, folder) as url:
            yield url

    @asynccontextmanager
    async def _sqlite(self, settings: Settings, folder: Path) -> AsyncIterator[str]:
        copy = folder / "market.sqlite3"
        shutil.copy(await self._file(settings), copy)
        yield f"sqlite:///{copy}"

    async def _file(self, settings: Settings) -> Path:
        template = self._folder / f"{_name(settings)}.sqlite3"
        if not template.exists():
            making = self._folder / uuid4().hex
            if settings.cities:
                shutil.copy(await self._file(_bare(settings)), making)
            await _prepare(settings, f"sqlite:///{making}")
            making.replace(template)
        return template

    @asynccontextmanager
    async def _postgres(self, settings: Settings, folder: Path) -> AsyncIterator[str]:
        spare = self._spare[_name(settings)]
        url = spare.pop() if spare else await self._copy(settings)
        yield url
        # A database that a test has left locked or with other tables is not used again; all are dropped in the end.
        with suppress(asyncpg.LockNotAvailableError):
            if await _emptied(url, self._tables[url]):
                spare.append(url)

    async def _copy(self, settings: Settings) -> str:
        url = await self._database(await self._template(settings))
        self._tables[url] = await _tables(url)
        return url

    async def _template(self, settings: Settings) -> str:
        """The name of a database to copy, which nobody is connected to."""
        server = self._postgres_server()
        template = f"peken_test_{sha256(f'{self._run} {_name(settings)}'.encode()).hexdigest()[:20]}"
        connection = await asyncpg.connect(server)
        try:
            if await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", template):
                return template
            url = await self._database(await self._template(_bare(settings)) if settings.cities else None)
            await _prepare(settings, url)
            self._stack.callback(lambda: asyncio.run(drop_database(server, template)))
            # Of two workers that made it at once the second keeps its own for nothing.
            with suppress(asyncpg.DuplicateDatabaseError):
                await connection.execute(f'ALTER DATABASE "{urlsplit(url).path[1:]}" RENAME TO "{template}"')
            return template
        finally:
            await connection.close()

    async def _database(self, template: str | None) -> str:
        server, name = self._postgres_server(), f"peken_test_{uuid4().hex[:12]}"
        url = await create_database(server, name, template)
        self._stack.callback(lambda: asyncio.run(drop_database(server, name)))
        connection = await asyncpg.connect(server)
        try:
            # Nobody needs the rows of a test after a crash; a copy does not take this over from its template.
            await connection.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
        finally:
            await connection.close()
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
    names = [f'"{table}"' for table in sorted(tables - _KEPT)]
    # In one statement, at whose end keys are looked at. TRUNCATE makes a new file of every table and index: with
    # the few rows of a test it takes fifty times as long. As it does, this waits for whoever is still at work.
    deleting = ", ".join(f"gone_{number} AS (DELETE FROM {name})" for number, name in enumerate(names))
    connection = await asyncpg.connect(url, server_settings={"lock_timeout": "5s"})
    try:
        async with connection.transaction():
            await connection.execute(f"LOCK TABLE {', '.join(names)} IN ACCESS EXCLUSIVE MODE")
            await connection.execute(f"WITH {deleting} SELECT")
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


def _bare(settings: Settings) -> Settings:
    """The core's tables alone: with them made already, those of a set of plugins cost a fifth."""
    return settings.model_copy(update={"cities": [], "plugins": {}})


def _name(settings: Settings) -> str:
    cities = (f"{city.code}-{'-'.join(city.plugins)}" for city in settings.cities)
    return "_".join(cities) or "core"

"""Databases for tests: migrated once for each set of cities and plugins, then copied; knows no test."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Self
from uuid import uuid4

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
        self._made: dict[tuple[str, str], str] = {}

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
        server = self._postgres_server()
        template = self._made.get(("postgres", _name(settings)))
        if template is None:
            template = f"peken_template_{uuid4().hex[:12]}"
            url = await create_database(server, template)
            self._stack.callback(lambda: asyncio.run(drop_database(server, template)))
            await _prepare(settings, url)
            self._made["postgres", _name(settings)] = template
        name = f"peken_{uuid4().hex[:12]}"
        try:
            yield await create_database(server, name, template)
        finally:
            await drop_database(server, name)

    def _postgres_server(self) -> str:
        if self._server is None:
            try:
                self._server = self._stack.enter_context(postgres_server())
            except ServerNotFoundError as error:
                if required("postgres"):
                    raise
                pytest.skip(str(error))
        return self._server


async def _prepare(settings: Settings, url: str) -> None:
    market = assemble(settings.model_copy(update={"database_url": url}))
    async with market.database:
        await migrating.migrate(market.database)
        with market.database.bound():
            await serve_cities(market)


def _name(settings: Settings) -> str:
    cities = (f"{city.code}-{'-'.join(city.plugins)}" for city in settings.cities)
    return "_".join(cities)

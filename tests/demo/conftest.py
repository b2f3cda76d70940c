"""A small demo, made once and then only read."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from peken import migrating
from peken.app import opened
from peken.demo import fill
from peken.market import Market
from peken.settings import Settings
from peken.testing.world import settings_for

TODAY = date(2026, 3, 17)
CITIES = {"35.78": ["batik_suroboyo"], "35.73": ["malang_quota"]}


def settings_at(url: str) -> Settings:
    return settings_for(CITIES).model_copy(update={"database_url": url})


async def make(settings: Settings, today: date) -> None:
    async with opened(settings) as market:
        await migrating.migrate(market.database)
        await fill(market, "small", today)


@pytest.fixture(scope="session")
def demo_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the small demo as of a Tuesday in the middle of March."""
    file = tmp_path_factory.mktemp("demo") / "demo.sqlite3"
    asyncio.run(make(settings_at(f"sqlite:///{file}"), TODAY))
    return file


@pytest.fixture
async def demo(demo_file: Path) -> AsyncIterator[Market]:
    """The market of that file: for looking, not for touching."""
    async with opened(settings_at(f"sqlite:///{demo_file}")) as market:
        yield market

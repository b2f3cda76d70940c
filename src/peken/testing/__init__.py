"""The pytest plugin: the `market` fixture, a real market on SQLite and on PostgreSQL, for us and for every city.

    @pytest.mark.market({"35.73": ["malang_quota"]}, {"malang_quota": {"minimum": "flat"}})
    async def test_a_minimum_is_owed(market: World) -> None: ...

The mark names the plugins of each city and, if need be, their settings; exactly these are loaded. The test
runs once on each engine, unless `@pytest.mark.engines("sqlite")` names some. Both databases are thrown away.
A rule that fails raises, as it never does in earnest: `strict=False` is for tests of what it does then.
"""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from peken.testing.templates import Templates
    from peken.testing.world import World

__all__ = ["ENGINES"]

# pytest loads this module in every environment that has Peken: what a market needs is imported when one is asked for.
ENGINES: Final = ("sqlite", "postgres")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "market(cities, plugins={}, strict=True): cities and their plugins for `market`")
    config.addinivalue_line("markers", "engines(*names): the databases to run on: sqlite, postgres")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine" in metafunc.fixturenames:
        mark = metafunc.definition.get_closest_marker("engines")
        metafunc.parametrize("engine", mark.args if mark else ENGINES, indirect=True)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Async tests run on asyncio, as the market does."""
    return "asyncio"


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> str:
    """The database this test runs on."""
    return str(request.param)


@pytest.fixture(scope="session")
def market_templates(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Templates]":
    """Migrated databases, made once for each set of cities and plugins and copied for each test."""
    from peken.testing.templates import Templates

    # Under pytest-xdist each worker has a folder of its own below that of the run.
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if run else base) / "markets"
    folder.mkdir(exist_ok=True)
    with Templates.in_folder(folder, run) as templates:
        yield templates


@pytest.fixture
async def market(
    request: pytest.FixtureRequest,
    anyio_backend: str,
    engine: str,
    market_templates: "Templates",
    tmp_path: Path,
) -> "AsyncIterator[World]":
    """A market with exactly the cities and plugins that the test's mark names."""
    from peken.testing.world import opened_world, settings_for

    mark = request.node.get_closest_marker("market")
    assert mark is not None, "say with @pytest.mark.market({...}) which cities and plugins the market has"
    settings = settings_for(*mark.args)
    async with (
        market_templates.copied(engine, settings, tmp_path) as url,
        opened_world(settings, url, **mark.kwargs) as world,
    ):
        yield world

"""Two made-up apps on both engines; each test gets a database of its own."""

import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from peken.database import Database
from peken.migrating import migrate
from peken.servers import ServerNotFoundError, create_database, drop_database, postgres_server, required

# Found by name here and by the processes that some tests start.
sys.path.insert(0, str(Path(__file__).parent / "apps"))


from two_apps import MIGRATIONS, MODELS, Opening


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def admin_url() -> Iterator[str]:
    try:
        with postgres_server() as url:
            yield url
    except ServerNotFoundError as error:
        if required("postgres"):
            raise
        pytest.skip(str(error))


@pytest.fixture(scope="session")
async def template(admin_url: str) -> AsyncIterator[str]:
    """A migrated database that is copied, once for all tests."""
    name = f"peken_template_{uuid4().hex[:12]}"
    url = await create_database(admin_url, name)
    async with Database(url, MODELS, MIGRATIONS) as database:
        await migrate(database)
    yield name
    await drop_database(admin_url, name)


@pytest.fixture
async def empty_postgres_url(admin_url: str) -> AsyncIterator[str]:
    name = f"peken_{uuid4().hex[:12]}"
    yield await create_database(admin_url, name)
    await drop_database(admin_url, name)


@pytest.fixture
async def postgres_url(admin_url: str, template: str) -> AsyncIterator[str]:
    name = f"peken_{uuid4().hex[:12]}"
    yield await create_database(admin_url, name, template)
    await drop_database(admin_url, name)


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    return f"sqlite://{tmp_path / 'market.db'}"


@pytest.fixture
async def sqlite_url(empty_sqlite_url: str) -> str:
    async with Database(empty_sqlite_url, MODELS, MIGRATIONS) as database:
        await migrate(database)
    return empty_sqlite_url


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    """The address of a migrated database."""
    found: str = request.getfixturevalue(f"{request.param}_url")
    return found


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest) -> str:
    found: str = request.getfixturevalue(f"empty_{request.param}_url")
    return found


@pytest.fixture
def opening() -> Opening:
    """A database over the two apps, not yet open."""

    def make(url: str, **options: float) -> Database:
        return Database(url, MODELS, MIGRATIONS, **options)  # type: ignore[arg-type]

    return make


@pytest.fixture
async def db(url: str) -> AsyncIterator[Database]:
    async with Database(url, MODELS, MIGRATIONS) as database:
        with database.bound():
            yield database

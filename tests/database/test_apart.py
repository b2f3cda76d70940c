"""Several databases in one process, of one engine or of both."""

import asyncio
from uuid import UUID, uuid4

import pytest
from corner.models import Jar, Shelf
from two_apps import Opening

from peken.database import Database
from peken.database.bound import current
from peken.migrating import migrate

pytestmark = pytest.mark.anyio


async def fill(db: Database, name: str) -> list[tuple[str, UUID]]:
    """Every path of the ORM that builds SQL of one engine: insert, update, join, key as value, hydration."""
    with db.bound():
        shelf = await Shelf.create(id=uuid4(), name=name)
        for number in range(3):
            await Jar.create(id=uuid4(), shelf=shelf, label=f"{name} {number}")
            await asyncio.sleep(0)
        await Jar.filter(shelf=shelf, label__endswith="0").update(stock=5)
        await Jar.filter(shelf_id=shelf.id, shelf__name=name).order_by("label").first()
        jars = await Jar.filter(id__in=[jar.id for jar in await Jar.all()]).prefetch_related("shelf").order_by("label")
        assert [type(jar.sealed) for jar in jars] == [bool] * 3
        return [(jar.label, jar.id) for jar in jars]


async def test_two_engines_in_one_process_work_side_by_side(
    sqlite_url: str, postgres_url: str, opening: Opening
) -> None:
    async with opening(sqlite_url) as small, opening(postgres_url) as large:
        filled = await asyncio.gather(fill(small, "small"), fill(large, "large"))

    assert [label for label, _ in filled[0]] == ["small 0", "small 1", "small 2"]
    assert [label for label, _ in filled[1]] == ["large 0", "large 1", "large 2"]
    assert all(isinstance(key, UUID) for jars in filled for _, key in jars)


async def test_two_databases_share_no_rows_and_no_transaction(url: str, tmp_path: object, opening: Opening) -> None:
    async with opening(url) as one, opening(f"sqlite://{tmp_path}/other.db") as other:
        await migrate(other)
        async with one.unit_of_work():
            await fill(one, "here")
            await fill(other, "there")
            inside = await other.fetch("SELECT name FROM corner_shelf")
        with one.bound():
            names = [shelf.name for shelf in await Shelf.all()]

    assert inside == [{"name": "there"}]
    assert names == ["here"]


async def test_a_task_finds_the_database_it_is_bound_to(url: str, tmp_path: object, opening: Opening) -> None:
    async with opening(url) as one, opening(f"sqlite://{tmp_path}/other.db") as other:
        with one.bound():
            outer = current()
            with other.bound():
                inner = current()

    assert (outer, inner) == (one, other)
    with pytest.raises(LookupError):
        current()


async def test_a_task_that_outlives_the_transaction_is_no_longer_in_it(url: str, opening: Opening) -> None:
    async with opening(url) as db:
        over = asyncio.Event()

        async def later() -> list[dict[str, object]]:
            await over.wait()
            async with db.unit_of_work():
                return await db.fetch("SELECT count(*) AS many FROM corner_shelf")

        async with db.unit_of_work():
            task = asyncio.create_task(later())
            await db.insert("corner_shelf", ("id", "name"), [(uuid4(), "one")])
        over.set()

        assert await task == [{"many": 1}]


async def test_sqlite_is_opened_safe_and_quick(empty_sqlite_url: str, opening: Opening) -> None:
    async with opening(empty_sqlite_url, busy_seconds=2) as db:
        asked = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        found = {name: next(iter((await db.fetch(f"PRAGMA {name}"))[0].values())) for name in asked}

    assert found == {"journal_mode": "wal", "synchronous": 1, "foreign_keys": 1, "busy_timeout": 2000}

"""Which tables a statement touches, and that whoever listens hears of every commit, whatever way it was written."""

import asyncio
from uuid import uuid4

import pytest
from corner.models import Shelf

from peken.database import Database, Insert
from peken.database.traffic import EVERY_TABLE, touched

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("sql", "written"),
    [
        ('INSERT INTO "product" ("id") SELECT "id" FROM "other"', {"product"}),
        ("insert or ignore into product values (1)", {"product"}),
        ("UPDATE product SET price = 1 WHERE id IN (SELECT id FROM vendor)", {"product"}),
        ('UPDATE ONLY "public"."Product" SET price = 1', {"product"}),
        ("DELETE\n  FROM variant", {"variant"}),
        (
            "WITH a AS (INSERT INTO one VALUES (1)), b AS (UPDATE two SET x = 1) DELETE FROM ten",
            {"one", "two", "ten"},
        ),
        ("INSERT INTO one VALUES (1) ON CONFLICT (id) DO UPDATE SET x = 1", {"one"}),
        ("SELECT id FROM product ORDER BY id FOR NO KEY UPDATE", set()),
        ("WITH a AS (SELECT 1) SELECT * FROM product FOR UPDATE", set()),
        ("SELECT * FROM product WHERE terms LIKE '% update vendor%'", set()),
        ("SELECT 1; DELETE FROM product", {"product"}),
        ("SAVEPOINT part_1", set()),
        ("TRUNCATE product, vendor", {EVERY_TABLE}),
        ('ALTER TABLE "product" ADD COLUMN x int', {EVERY_TABLE}),
        ("CALL something()", {EVERY_TABLE}),
        ("", set()),
    ],
)
def test_what_a_statement_writes_is_read_off_its_text(sql: str, written: set[str]) -> None:
    found = touched(sql)

    assert found.written == written


async def add(db: Database, name: str) -> None:
    await db.insert("corner_shelf", ("id", "name"), [(uuid4(), name)])


@pytest.fixture
def heard(db: Database) -> list[set[str]]:
    """What a listener hears."""
    found: list[set[str]] = []

    async def hear(tables: frozenset[str]) -> None:
        found.append(set(tables))

    db.traffic.listen(hear)
    return found


async def test_every_way_to_write_is_heard_of(db: Database, heard: list[set[str]]) -> None:
    shelf = await Shelf.create(name="one")
    shelf.name = "two"
    await shelf.save()
    await Shelf.filter(name="two").update(name="three")
    await Shelf.bulk_create([Shelf(name="four"), Shelf(name="five")])
    await add(db, "six")
    await db.insert_all(Insert("corner_shelf", ("id", "name"), [(uuid4(), "seven")]))
    await db.execute("UPDATE corner_shelf SET name = 'eight' WHERE name = 'seven'")
    await Shelf.get_or_create(name="nine")
    await shelf.delete()
    await db.fetch("DELETE FROM corner_shelf RETURNING id")

    assert heard == [{"corner_shelf"}] * 10


async def test_a_transaction_is_heard_of_once_and_when_its_rows_can_be_read(db: Database) -> None:
    found: list[tuple[set[str], int]] = []

    async def hear(tables: frozenset[str]) -> None:
        found.append((set(tables), await Shelf.all().count()))

    db.traffic.listen(hear)

    async with db.unit_of_work():
        await Shelf.create(name="one")
        async with db.unit_of_work(savepoint=True):
            await add(db, "two")
        during = list(found)

    assert during == []
    assert found == [({"corner_shelf"}, 2)]


async def test_of_what_was_undone_and_of_reading_nothing_is_heard(db: Database, heard: list[set[str]]) -> None:
    async def undone() -> None:
        async with db.unit_of_work():
            await add(db, "lost")
            raise LookupError

    with pytest.raises(LookupError):
        await undone()
    await Shelf.all()
    await db.fetch("SELECT name FROM corner_shelf")

    assert heard == []


async def test_who_listens_and_fails_changes_nothing(db: Database, heard: list[set[str]]) -> None:
    async def failing(tables: frozenset[str]) -> None:
        raise RuntimeError

    db.traffic.listen(failing)

    await add(db, "one")

    assert heard == [{"corner_shelf"}]
    assert await Shelf.all().count() == 1


async def test_what_is_read_is_gathered_from_the_task_and_those_it_starts(db: Database) -> None:
    async def raw() -> None:
        await db.fetch("SELECT 1 FROM Corner_Shelf, kiosk_offer")

    with db.traffic.reading() as tables:
        await asyncio.gather(asyncio.create_task(raw()))
    with db.traffic.reading() as none:
        await db.fetch("SELECT 1")
    await Shelf.all()

    assert tables == {"corner_shelf", "kiosk_offer"}
    assert none == set()

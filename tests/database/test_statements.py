"""Raw SQL written once for both engines."""

from datetime import UTC, date, datetime, timedelta, timezone
from uuid import uuid4

import pytest
from corner.models import Jar, Shelf
from tortoise.exceptions import IntegrityError

from peken.database import Database, date_of, instant_of, json_of, uuid_of
from peken.database.statements import for_sqlite, rows_affected

pytestmark = pytest.mark.anyio

SHELF_COLUMNS = ("id", "name")
JAR_COLUMNS = ("id", "shelf_id", "label", "stock", "sealed", "notes", "filled_at", "best_before")


async def one_shelf(db: Database) -> object:
    shelf = uuid4()
    await db.insert("corner_shelf", SHELF_COLUMNS, [(shelf, "top")])
    return shelf


def jar(shelf: object, label: str = "tea", stock: int = 3) -> tuple[object, ...]:
    return (uuid4(), shelf, label, stock, False, {}, None, None)


async def test_every_kind_of_value_comes_back_as_it_went_in(db: Database) -> None:
    shelf, key, filled = await one_shelf(db), uuid4(), datetime(2026, 11, 21, 8, 0, tzinfo=timezone(timedelta(hours=7)))
    row = (key, shelf, "salt", 9_000_000_000, True, {"sacks": [1, 2]}, filled, date(2027, 1, 31))

    await db.insert("corner_jar", JAR_COLUMNS, [row])
    (found,) = await db.fetch(
        "SELECT * FROM corner_jar WHERE id = $1 AND filled_at = $2 AND sealed = $3", key, filled, True
    )

    assert uuid_of(found["id"]) == key
    assert found["stock"] == 9_000_000_000
    assert bool(found["sealed"]) is True
    assert json_of(found["notes"]) == {"sacks": [1, 2]}
    assert instant_of(found["filled_at"]) == filled
    assert date_of(found["best_before"]) == date(2027, 1, 31)


async def test_models_read_what_raw_sql_wrote_and_the_other_way_round(db: Database) -> None:
    shelf = await Shelf.create(name="low")
    filled = datetime(2026, 3, 1, 1, 2, 3, 456, tzinfo=UTC)
    await db.insert("corner_jar", JAR_COLUMNS, [(uuid4(), shelf.id, "rice", 5, True, {"a": 1}, filled, None)])

    read = await Jar.get(label="rice", filled_at__lte=filled, shelf=shelf)
    await Jar.create(id=uuid4(), label="corn", shelf=shelf, filled_at=filled)
    found = await db.fetch(
        "SELECT label FROM corner_jar WHERE filled_at = $1 AND shelf_id = $2 ORDER BY label", filled, shelf.id
    )

    assert (read.notes, read.filled_at, read.sealed) == ({"a": 1}, filled, True)
    assert [row["label"] for row in found] == ["corn", "rice"]


async def test_execute_counts_the_rows_it_touched(db: Database) -> None:
    shelf = await one_shelf(db)
    await db.insert("corner_jar", JAR_COLUMNS, [jar(shelf, str(number)) for number in range(5)])

    inserted = await db.execute(
        "INSERT INTO corner_shelf (id, name) VALUES ($1, $3), ($2, $4)", uuid4(), uuid4(), "a", "b"
    )
    updated = await db.execute("UPDATE corner_jar SET stock = stock - $1 WHERE stock >= $1 AND label < $2", 3, "3")
    sold_out = await db.execute("UPDATE corner_jar SET stock = stock - $1 WHERE stock >= $1 AND label = $2", 3, "0")
    deleted = await db.execute("DELETE FROM corner_jar WHERE stock = 0")

    assert (inserted, updated, sold_out, deleted) == (2, 3, 0, 3)


async def test_many_rows_go_in_as_few_statements_as_the_engine_allows(db: Database) -> None:
    rows = [(uuid4(), f"shelf {number}") for number in range(40_000)]

    with db.counting() as seen:
        returned = await db.insert("corner_shelf", SHELF_COLUMNS, rows, "ON CONFLICT (name) DO NOTHING RETURNING id")
        again = await db.insert("corner_shelf", SHELF_COLUMNS, rows[:3], "ON CONFLICT (name) DO NOTHING RETURNING id")

    assert len(returned) == 40_000
    assert again == []
    assert len(seen) == 4


async def test_counting_sees_models_and_raw_sql_and_only_this_database(db: Database, empty_sqlite_url: str) -> None:
    async with Database(f"{empty_sqlite_url}-other", {"corner": ["corner.models"]}) as other:
        with db.counting() as seen:
            await Shelf.filter(name="none").count()
            await db.fetch("SELECT 1")
            await other.fetch("SELECT 2")
        await db.fetch("SELECT 3")

    assert len(seen) == 2
    assert "SELECT 1" in seen


async def test_a_broken_constraint_is_the_same_exception_on_both_engines(db: Database) -> None:
    shelf = await one_shelf(db)
    await db.insert("corner_jar", JAR_COLUMNS, [jar(shelf)])

    with pytest.raises(IntegrityError):
        await db.insert("corner_jar", JAR_COLUMNS, [jar(shelf)])
    with pytest.raises(IntegrityError):
        await db.insert("corner_jar", JAR_COLUMNS, [jar(uuid4(), "elsewhere")])
    with pytest.raises(IntegrityError):
        await db.execute("DELETE FROM corner_shelf")


def test_numbers_in_quotes_and_comments_stay_and_casts_go() -> None:
    text, order = for_sqlite("SELECT '$1', \"$2\", $2::bigint, $1::numeric(3, 1) -- $3\n FROM t")

    assert text == "SELECT '$1', \"$2\", ?, ? -- $3\n FROM t"
    assert order == (1, 0)


@pytest.mark.parametrize(
    ("status", "count"), [("INSERT 0 3", 3), ("UPDATE 12", 12), ("DELETE 0", 0), ("CREATE TABLE", 0)]
)
def test_postgres_says_how_many_at_the_end(status: str, count: int) -> None:
    assert rows_affected(status) == count

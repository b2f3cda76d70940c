"""Statements whose text does not grow with their rows, and rows of several tables at once."""

from uuid import uuid4

import pytest
from tortoise.exceptions import IntegrityError

from peken.database import Database, Insert, json_of, uuid_of
from peken.database.statements import Json

pytestmark = pytest.mark.anyio

SHELF = ("id", "name")
JAR = ("id", "shelf_id", "label", "stock", "sealed", "notes", "filled_at", "best_before")


async def test_rows_that_need_each_other_go_in_together_or_not_at_all(db: Database) -> None:
    shelf, jar = uuid4(), uuid4()
    shelves = Insert("corner_shelf", SHELF, [(shelf, "top")])
    jars = Insert("corner_jar", JAR, [(jar, shelf, "tea", 3, False, {"a": [1]}, None, None)])
    orphans = Insert("corner_jar", JAR, [(uuid4(), uuid4(), "salt", 3, False, {}, None, None)])

    await db.insert_all(shelves, Insert("corner_jar", JAR, []), jars)
    with pytest.raises(IntegrityError):
        await db.insert_all(Insert("corner_shelf", SHELF, [(uuid4(), "low")]), orphans)

    [kept] = await db.fetch("SELECT s.name, j.notes FROM corner_shelf s JOIN corner_jar j ON j.shelf_id = s.id")
    [count] = await db.fetch("SELECT COUNT(*) AS n FROM corner_shelf")
    assert (kept["name"], json_of(kept["notes"]), count["n"]) == ("top", {"a": [1]}, 1)


async def test_what_is_read_with_an_insert_is_read_in_the_same_journey(db: Database) -> None:
    shelf = uuid4()
    await db.insert("corner_shelf", SHELF, [(shelf, "top")])
    jars = Insert("corner_jar", JAR, [(uuid4(), shelf, "tea", 3, False, {}, None, None)])

    with db.counting() as seen:
        found = await db.insert_all(
            jars, then=(f"SELECT name FROM corner_shelf WHERE id {db.among(1)}", db.listed([shelf]))
        )

    assert [tuple(row) for row in found] == [("top",)]
    assert len(seen) == (1 if db.dialect == "postgres" else 2)
    assert len(await db.records("SELECT id FROM corner_jar")) == 1


async def test_nothing_to_insert_is_no_statement(db: Database) -> None:
    with db.counting() as seen:
        await db.insert_all(Insert("corner_shelf", SHELF, []))

    assert seen == []


async def test_json_that_is_text_already_is_kept_as_a_document(db: Database) -> None:
    shelf = uuid4()
    await db.insert("corner_shelf", SHELF, [(shelf, "top")])

    jars = [(uuid4(), shelf, f"tea {number}", 1, True, Json(f'{{"sacks":{number}}}'), None, None) for number in (1, 2)]
    await db.insert("corner_jar", JAR, jars[:1])
    await db.insert_all(Insert("corner_jar", JAR, jars[1:]))

    rows = await db.fetch("SELECT notes FROM corner_jar ORDER BY label")
    assert [json_of(row["notes"]) for row in rows] == [{"sacks": 1}, {"sacks": 2}]


async def test_any_number_of_keys_is_asked_for_by_one_text(db: Database) -> None:
    shelves = [(uuid4(), f"shelf {number}") for number in range(5)]
    await db.insert("corner_shelf", SHELF, shelves)
    sql = f"SELECT id FROM corner_shelf WHERE id {db.among(1)}"

    found = [len(await db.fetch(sql, db.listed(key for key, _ in shelves[:count]))) for count in (0, 1, 3)]
    text, params = db.pairs({key: -number for number, (key, _) in enumerate(shelves)})
    pairs = await db.fetch(f"WITH wanted (id, delta) AS ({text}) SELECT id, delta FROM wanted", *params)

    assert found == [0, 1, 3]
    assert {uuid_of(row["id"]): row["delta"] for row in pairs} == {key: -n for n, (key, _) in enumerate(shelves)}

"""Migrations of all apps together, and what the database then really holds."""

import asyncio
import sys
from pathlib import Path
from uuid import uuid4

import pytest
from two_apps import MIGRATIONS, MODELS, Opening

from peken.database import Database
from peken.errors import PekenError
from peken.migrating import check, make, migrate, plan, ready

pytestmark = pytest.mark.anyio

ALL = ["corner.0001_initial", "corner.0002_checks", "kiosk.0001_initial"]
HEAD = "from tortoise import fields, migrations\nfrom tortoise.migrations import operations as ops\n"
CORNER = Path(__file__).parent / "apps" / "corner" / "migrations"


@pytest.fixture
def extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of migrations of our own, for an app that has no models."""
    package = tmp_path / f"extra_{uuid4().hex}"
    package.mkdir()
    (package / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    return package


def with_extra(url: str, extra: Path, models: str = "kiosk.models") -> Database:
    """The core and, in the plugin's place, the migrations written into `extra`."""
    return Database(
        url,
        {"corner": ["corner.models"], "kiosk": [models]},
        {"corner": "corner.migrations", "kiosk": extra.name},
    )


def write(package: Path, name: str, operations: str, after: str | None = None) -> None:
    before = [("corner", "0002_checks"), *([("kiosk", after)] if after else [])]
    body = f"class Migration(migrations.Migration):\n    dependencies = {before!r}\n    operations = [{operations}]\n"
    (package / f"{name}.py").write_text(HEAD + "from peken.migrating import *\n\n" + body)


async def fill(db: Database, stock: int = 1, sealed: bool = False, label: str = "tea") -> None:
    shelf = uuid4()
    await db.insert("corner_shelf", ("id", "name"), [(shelf, str(shelf))])
    columns = ("id", "shelf_id", "label", "stock", "sealed", "notes")
    await db.insert("corner_jar", columns, [(uuid4(), shelf, label, stock, sealed, {})])


async def test_an_empty_database_is_brought_to_its_models_core_first(empty_url: str, opening: Opening) -> None:
    seen: list[tuple[str, int, int]] = []

    async with opening(empty_url) as db:
        before = await ready(db)
        planned = await plan(db)
        applied = await migrate(db, lambda *step: seen.append(step))
        again = await migrate(db)
        after = await ready(db)

    assert before == planned == applied == ALL
    assert [step[0] for step in seen] == ALL
    assert seen[-1][1:] == (3, 3)
    assert again == after == []


async def test_the_models_and_the_migrations_agree(db: Database) -> None:
    assert await check(db) == []


async def test_two_processes_that_start_at_once_migrate_once(empty_url: str) -> None:
    program = (
        "import asyncio, sys; sys.path.insert(0, sys.argv[2])\n"
        "from two_apps import *; from peken.migrating import migrate\n"
        "async def main():\n"
        "    async with Database(sys.argv[1], MODELS, MIGRATIONS) as db: print(len(await migrate(db)))\n"
        "asyncio.run(main())"
    )
    apps = str(Path(__file__).parent / "apps")

    async def run() -> int:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", program, empty_url, apps, stdout=asyncio.subprocess.PIPE
        )
        said, _ = await process.communicate()
        return int(said)

    counts = await asyncio.gather(*(run() for _ in range(3)))

    assert sorted(counts) == [0, 0, 3]


async def test_checks_and_partial_indexes_are_held_by_the_database(db: Database) -> None:
    await fill(db, stock=0, sealed=True)

    for broken in (fill(db, stock=-1), fill(db, sealed=True), db.execute("UPDATE corner_jar SET stock = stock - 1")):
        with pytest.raises(Exception, match=r"jar_stock_not_negative|unique|UNIQUE"):
            await broken

    assert await db.fetch("SELECT count(*) AS many, min(stock) AS least FROM corner_jar") == [{"many": 1, "least": 0}]


async def test_a_failing_migration_leaves_nothing_behind(empty_url: str, extra: Path) -> None:
    model = 'ops.CreateModel("A", [("id", fields.UUIDField(primary_key=True))], options={"table": "a_table"}),'
    write(extra, "0001_first", model)
    write(extra, "0002_second", 'DialectSQL(postgres=["no sql"], sqlite=["no sql"])', after="0001_first")

    async with with_extra(empty_url, extra) as db:
        with pytest.raises(Exception, match=r"syntax error"):
            await migrate(db)
        waiting = await plan(db)

        with pytest.raises(Exception, match=r"a_table"):
            await db.fetch("SELECT * FROM a_table")

    assert len(waiting) == 4


async def test_two_heads_are_refused_by_name(empty_sqlite_url: str, extra: Path) -> None:
    write(extra, "0001_first", "")
    write(extra, "0002_mine", "", after="0001_first")
    write(extra, "0002_yours", "", after="0001_first")

    async with with_extra(empty_sqlite_url, extra) as db:
        with pytest.raises(PekenError, match="0002_mine, 0002_yours") as refused:
            await migrate(db)

    assert refused.value.code == "two_migration_heads"


async def test_a_migration_is_written_for_one_app_with_keys_into_another(empty_url: str, extra: Path) -> None:
    async with with_extra(empty_url, extra) as db:
        differences = await check(db)
        written = await make(db, "kiosk", "Offers of the day")
        applied = await migrate(db)

        assert differences == ["kiosk: Create model Offer"]
        assert written is not None
        assert "('corner', '0002_checks')" in written.read_text()
        assert applied[-1] == f"kiosk.{written.stem}" == "kiosk.0001_offers_of_the_day"
        assert await check(db) == []
        assert await make(db, "kiosk") is None


async def test_a_rebuilt_sqlite_table_keeps_its_rows_keys_indexes_and_checks(
    empty_sqlite_url: str, opening: Opening, extra: Path
) -> None:
    async with opening(empty_sqlite_url) as db:
        await migrate(db)
        await fill(db)
        (jar,) = await db.fetch("SELECT id, shelf_id FROM corner_jar")
        await db.insert("kiosk_offer", ("id", "jar_id", "price"), [(uuid4(), jar["id"], 5)])
        before = await _shape(db)
    for name in ("0001_initial.py", "0002_checks.py"):
        (extra / name).write_text((CORNER / name).read_text())
    (extra / "0003_wider.py").write_text(
        HEAD + "class Migration(migrations.Migration):\n"
        "    dependencies = [('corner', '0002_checks')]\n"
        "    operations = [ops.AlterField(model_name='Jar', name='label', field=fields.CharField(max_length=90))]\n"
    )

    async with Database(empty_sqlite_url, MODELS, {**MIGRATIONS, "corner": extra.name}) as db:
        applied = await migrate(db)
        after = await _shape(db)
        offers = await db.fetch("SELECT jar_id FROM kiosk_offer")
        with pytest.raises(Exception, match="jar_stock_not_negative"):
            await fill(db, stock=-1)
        with pytest.raises(Exception, match="UNIQUE"):
            await db.execute(
                "INSERT INTO corner_jar (id, shelf_id, label, stock, sealed, notes) VALUES ($1, $2, 'tea', 1, 0, '{}')",
                uuid4(),
                jar["shelf_id"],
            )

    assert applied == ["corner.0003_wider"]
    assert offers == [{"jar_id": jar["id"]}]
    assert before <= after


async def _shape(db: Database) -> set[str]:
    rows = await db.fetch("SELECT name FROM sqlite_master WHERE tbl_name = 'corner_jar' AND sql IS NOT NULL")
    return {str(row["name"]) for row in rows}


async def test_what_the_orm_makes_on_postgres_is_what_we_count_on(postgres_url: str, opening: Opening) -> None:
    async with opening(postgres_url) as db:
        types = await db.fetch(
            "SELECT column_name AS name, data_type AS kind FROM information_schema.columns "
            "WHERE table_name = 'corner_jar'"
        )
        held = await db.fetch(
            "SELECT contype::text AS kind, confdeltype::text AS on_delete, pg_get_constraintdef(oid) AS text "
            "FROM pg_constraint WHERE conrelid = 'corner_jar'::regclass AND contype <> 'n'"
        )
        indexes = await db.fetch("SELECT indexdef AS text FROM pg_indexes WHERE tablename = 'kiosk_offer'")

    kinds = {row["name"]: row["kind"] for row in types}
    assert kinds["id"] == "uuid"
    assert kinds["stock"] == "bigint"
    assert kinds["filled_at"] == "timestamp with time zone"
    assert kinds["notes"] == "jsonb"
    assert kinds["sealed"] == "boolean"
    assert sorted(row["kind"] for row in held) == ["c", "f", "p", "u"]
    assert [row["on_delete"] for row in held if row["kind"] == "f"] == ["r"]
    # PostgreSQL 18 also lists each NOT NULL, older ones do not. A key into another table gets no index by itself.
    assert len(indexes) == 1


async def test_a_constraint_that_only_the_model_declares_is_a_difference(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db.context.get_model("corner", "Jar")._meta, "constraints", ("stock >= 0",))

    differences = await check(db)

    assert differences == ["corner: Jar.Meta.constraints is never made: use AddCheck or AddIndexOn"]

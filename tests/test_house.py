"""The promises of the house: what the database holds, how long things are, what leans on what."""

import ast
import importlib
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from tortoise.exceptions import IntegrityError
from tortoise.migrations.migration import Migration

from peken import migrating, models
from peken.ids import new_id
from peken.migrating import AddCheck, RemoveCheck
from peken.testing.world import World
from tests.schema.small_world import TWO_CITIES, town

ROOT = Path(__file__).parent.parent
SOURCES = (ROOT / "src" / "peken", *sorted((ROOT / "plugins").glob("*/src")))
BOTH = pytest.mark.market(TWO_CITIES)

VIOLATIONS = {
    "buyer_class_dates_in_order": "UPDATE buyer_class SET valid_to = valid_from",
    "exemption_dates_in_order": "UPDATE exemption SET valid_to = valid_from",
    "exemption_has_a_reason": "UPDATE exemption SET reason = ''",
    "exemption_kind_known": "UPDATE exemption SET kind = 'whim'",
    "exemption_revoked_as_a_whole": "UPDATE exemption SET revoked_by = 'somebody'",
    "finding_missing_not_negative": "UPDATE finding SET missing = -1",
    "finding_status_known": "UPDATE finding SET status = 'lost'",
    "order_line_amount_not_negative": "UPDATE order_line SET amount = -1",
    "order_line_quantity_positive": "UPDATE order_line SET quantity = 0",
    "orders_amount_not_negative": "UPDATE orders SET amount = -1",
    "orders_status_known": "UPDATE orders SET status = 'lost'",
    "parameter_version_dates_in_order": "UPDATE parameter_version SET valid_to = valid_from",
    "product_price_positive": "UPDATE product SET price = 0",
    "purchase_amount_not_negative": "UPDATE purchase SET amount = -1",
    "stock_entry_moves_something": "UPDATE stock_entry SET delta = 0",
    "tally_balance_not_negative": "UPDATE tally_balance SET value = -1",
    "variant_measure_has_unit": "UPDATE variant SET measure = 5",
    "variant_price_positive": "UPDATE variant SET price = 0",
    "variant_stock_not_negative": "UPDATE variant SET stock = -1",
}
"""For each check of the core's migrations a statement that breaks it."""


async def filled(market: World) -> None:
    """At least one row in every table that has a constraint."""
    here = await town(market)
    await market.buyer(classes={"golongan": "III/a"})
    tally: dict[str, Any] = {"rule": "rule", "subject": "buyer:1", "win": "2026-03"}
    await models.TallyBalance.create(id=new_id(), city_id=here.city, value=1, **tally)
    line = await models.OrderLine.all().first()
    assert line is not None
    await models.Closing.create(
        id=new_id(), city_id=here.city, rule="rule", win="2026-03", met=0, short=1, at=market.clock.at
    )
    await models.TallyEntry.create(id=new_id(), line_id=line.id, amount=1, cause="placed", at=market.clock.at, **tally)


def declared_checks() -> set[str]:
    """The checks that the core's migrations add, less those they remove."""
    names: set[str] = set()
    for file in sorted((ROOT / "src" / "peken" / "migrations").glob("0*.py")):
        migration: type[Migration] = importlib.import_module(f"peken.migrations.{file.stem}").Migration
        names |= {operation.name for operation in migration.operations if isinstance(operation, AddCheck)}
        names -= {
            reverse
            for operation in migration.operations
            if isinstance(operation, RemoveCheck)
            for reverse in re.findall(r'CONSTRAINT "(\w+)"', operation.forward["postgres"][0])
        }
    return names


async def catalogue(market: World) -> set[str]:
    """The checks that the database itself says it holds."""
    database = market.market.database
    if database.dialect == "postgres":
        rows = await database.fetch("SELECT conname AS name FROM pg_constraint WHERE contype = 'c'")
        return {row["name"] for row in rows}
    rows = await database.fetch("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    events = [row["name"].rpartition("_") for row in rows]
    # A check of SQLite is two triggers: one alone would let half of the statements through.
    return {name for name, _, event in events if event == "insert" and (name, "_", "update") in events}


async def unique_columns(market: World, table: str) -> set[frozenset[str]]:
    """The sets of columns of which the database lets no two rows be alike."""
    database = market.market.database
    if database.dialect == "postgres":
        rows = await database.fetch(
            """SELECT string_agg(a.attname, ',') AS columns FROM pg_index i
                 JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
                WHERE i.indisunique AND i.indrelid = $1::text::regclass GROUP BY i.indexrelid""",
            f'"{table}"',
        )
        return {frozenset(row["columns"].split(",")) for row in rows}
    rows = await database.fetch(
        """SELECT l.name, group_concat(i.name) AS columns FROM pragma_index_list($1) l, pragma_index_info(l.name) i
            WHERE l."unique" = 1 GROUP BY l.name""",
        table,
    )
    return {frozenset(row["columns"].split(",")) for row in rows}


async def foreign_keys(market: World, table: str) -> set[str]:
    """The tables that rows of this one must point into."""
    database = market.market.database
    if database.dialect == "postgres":
        rows = await database.fetch(
            """SELECT confrelid::regclass::text AS target FROM pg_constraint
                WHERE contype = 'f' AND conrelid = $1::text::regclass""",
            f'"{table}"',
        )
    else:
        rows = await database.fetch('SELECT "table" AS target FROM pragma_foreign_key_list($1)', table)
    return {row["target"].strip('"') for row in rows}


@BOTH
async def test_the_checks_of_the_migrations_are_in_the_databases_own_catalogue(market: World) -> None:
    declared = declared_checks()

    assert declared == set(VIOLATIONS), "say in VIOLATIONS how each check of the migrations is broken"
    assert declared <= await catalogue(market)


@BOTH
async def test_no_statement_gets_past_a_check(market: World) -> None:
    await filled(market)

    for name, statement in VIOLATIONS.items():
        with pytest.raises(IntegrityError, match=name):
            await market.market.database.execute(statement)


@BOTH
async def test_a_new_row_must_keep_the_checks_too(market: World) -> None:
    await filled(market)
    variant = await models.Variant.all().first().values()
    line = await models.OrderLine.all().first().values()
    assert variant is not None
    assert line is not None

    with pytest.raises(IntegrityError, match="variant_stock_not_negative"):
        await models.Variant.create(**{**variant, "id": new_id(), "position": 9, "stock": -1})
    with pytest.raises(IntegrityError, match="order_line_quantity_positive"):
        await models.OrderLine.create(**{**line, "id": new_id(), "quantity": 0})


@BOTH
async def test_what_the_models_say_is_unique_the_database_keeps_unique(market: World) -> None:
    await filled(market)

    for model in market.market.database.model_classes():
        for columns in model._meta.unique_together:
            assert frozenset(columns) in await unique_columns(market, model._meta.db_table)
            # Of NULLs there may be many.
            held = {f"{column}__isnull": False for column in columns}
            row: Mapping[str, Any] | None = await model.filter(**held).first().values()
            assert row is not None, f"a row of {model.__name__} is wanted here"
            with pytest.raises(IntegrityError):
                await model.create(**{**row, "id": new_id()})


@BOTH
async def test_no_row_points_at_nothing(market: World) -> None:
    await filled(market)
    database = market.market.database

    for model in database.model_classes():
        targets = {model._meta.fields_map[name].related_model._meta.db_table for name in model._meta.fk_fields}  # type: ignore[attr-defined]
        assert targets == await foreign_keys(market, model._meta.db_table), model.__name__
    with pytest.raises(IntegrityError):
        await database.execute("DELETE FROM vendor")
    with pytest.raises(IntegrityError):
        await database.execute("UPDATE orders SET buyer_id = $1", new_id())


@BOTH
async def test_models_and_migrations_agree(market: World) -> None:
    assert await migrating.check(market.market.database) == []
    assert await migrating.ready(market.market.database) == []


def sources() -> Iterator[tuple[str, str]]:
    for folder in SOURCES:
        for file in sorted(folder.rglob("*.py")):
            if "migrations" not in file.parts:
                yield str(file.relative_to(ROOT)), file.read_text()


def functions(text: str) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            yield node.name, node.end_lineno - node.lineno + 1


def test_files_and_functions_are_short() -> None:
    long_files = [(name, len(text.splitlines())) for name, text in sources() if len(text.splitlines()) > 400]
    long_functions = [
        (name, function, lines) for name, text in sources() for function, lines in functions(text) if lines > 40
    ]

    assert long_files == []
    assert long_functions == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [name for name, text in sources() if not ast.get_docstring(ast.parse(text))]

    assert silent == []


@pytest.mark.parametrize("name", ["peken.rules", "peken.hookspecs", "peken.testing"])
def test_what_authors_import_is_there(name: str) -> None:
    module = importlib.import_module(name)

    assert module.__all__ == sorted(set(module.__all__), key=module.__all__.index)
    assert [exported for exported in module.__all__ if not hasattr(module, exported)] == []


def test_the_rules_of_a_city_pull_in_no_database_and_no_graph() -> None:
    heavy = ("tortoise", "strawberry", "starlette", "graphql", "asyncpg", "aiosqlite", "uvicorn")
    program = (
        "import sys, peken, peken.rules, batik_suroboyo.rules, malang_quota.rules;"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )

    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert said.stdout.strip() == "[]"


def test_no_committed_file_knows_this_machine_or_a_package_mirror() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    # A home or workplace of somebody; an index of packages that is not the public one.
    alien = re.compile(r"(?<![\w.])/(?:work|root|home)/\w|https?://(?!pypi\.org/)[^\s/\"']+/simple\b")

    found = [
        f"{name}: {match.group()}"
        for name in listed.stdout.decode().split("\0")
        if name and (ROOT / name).is_file() and (match := alien.search((ROOT / name).read_text(errors="replace")))
    ]

    assert found == []

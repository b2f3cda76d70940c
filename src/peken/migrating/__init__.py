"""Brings a database to its models, all apps together; knows no model and no table but its own record.

A run is one transaction: all that is missing is applied, or nothing. Two processes that start at once wait for each
other and the second finds nothing left to do.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from tortoise.migrations.migration import Migration
from tortoise.migrations.recorder import MigrationRecorder
from tortoise.migrations.writer import MigrationWriter, format_migration_name

from peken.database import Database
from peken.errors import PekenError
from peken.migrating.editors import editor_for
from peken.migrating.history import Detector, in_order, load, state_after
from peken.migrating.operations import AddCheck, AddIndexOn, DialectSQL, RemoveCheck

__all__ = [
    "AddCheck",
    "AddIndexOn",
    "DialectSQL",
    "RemoveCheck",
    "check",
    "make",
    "migrate",
    "plan",
    "ready",
]

Progress = Callable[[str, int, int], object]

RECORD = "tortoise_migrations"
# Any number that nobody else locks on in the same database.
_LOCK = 7_364_936_120_091


async def plan(database: Database) -> list[str]:
    """What `migrate` would apply, in order, as `app.name`."""
    with database.bound():
        return [_label(migration) for migration in await _missing(database)]


async def ready(database: Database) -> list[str]:
    """Nothing, when the database is in step with the migrations; else what is missing."""
    return await plan(database)


async def migrate(database: Database, progress: Progress | None = None) -> list[str]:
    """Apply what is missing and say what it was; `progress(app.name, number, of)` is called before each."""
    if not await plan(database):
        return []

    async def run() -> list[str]:
        async with _alone(database):
            return await _apply(database, progress)

    # On SQLite the other process may hold the file for longer than one wait.
    return await database.retrying(run, attempts=20)


async def make(database: Database, app_label: str, name: str | None = None) -> Path | None:
    """Write the migration that brings one app's migrations to its models; None when they agree."""
    with database.bound():
        detector = Detector(database, await load(database))
        writers = [writer for writer in await _changes(detector) if writer.app_label == app_label]
    if not writers:
        return None
    writer = writers[0]
    if name is not None:
        writer.name = format_migration_name(detector._next_number(app_label), name)
    return Path(writer.write())


async def check(database: Database) -> list[str]:
    """How models and migrations differ, as `app: what is missing`; empty when they agree."""
    with database.bound():
        detector = Detector(database, await load(database))
        found = [
            f"{writer.app_label}: {operation.describe()}"
            for writer in await _changes(detector)
            for operation in writer.operations
        ]
    # A constraint declared on a model would agree with the migrations and yet never be made.
    unmade = [model for model in database.model_classes() if model._meta.constraints]
    return found + [
        f"{model._meta.app}: {model.__name__}.Meta.constraints is never made: use AddCheck or AddIndexOn"
        for model in unmade
    ]


async def _changes(detector: Detector) -> list[MigrationWriter]:
    # Tortoise's changes() loads the files anew; ours are loaded and checked already.
    loader = detector.loader

    async def loaded() -> None:
        return None

    loader.build_graph = loaded  # type: ignore[method-assign]
    return await detector.changes()


async def _missing(database: Database) -> list[Migration]:
    applied = await _applied(database)
    loader = await load(database)
    return [each for each in in_order(loader, database.models) if _label(each) not in applied]


async def _apply(database: Database, progress: Progress | None) -> list[str]:
    missing = await _missing(database)
    labels = [_label(migration) for migration in missing]
    every = in_order(await load(database), database.models)
    state = await state_after(database, [each for each in every if _label(each) not in labels])
    recorder = MigrationRecorder(database.client)
    await recorder.ensure_schema(editor_for(database))
    for number, migration in enumerate(missing, start=1):
        if progress is not None:
            progress(_label(migration), number, len(missing))
        if not migration.atomic:
            raise PekenError(
                "migration_not_atomic",
                "The migration {name} cannot run inside a transaction.",
                status=500,
                name=_label(migration),
            )
        await migration.apply(state, schema_editor=editor_for(database))
        await recorder.record_applied(migration.app_label, migration.name)
    return labels


@asynccontextmanager
async def _alone(database: Database) -> AsyncIterator[None]:
    """One transaction that keeps every other migrating process out until it is over."""
    if database.dialect == "postgres":
        async with database.unit_of_work():
            for bound in ("lock_timeout", "statement_timeout"):
                await database.execute(f"SET LOCAL {bound} = 0")
            await database.fetch("SELECT pg_advisory_xact_lock($1)", _LOCK)
            yield
        return
    # Making a table anew drops the old one, which with keys enforced would delete what points at it.
    await database.execute("PRAGMA foreign_keys = OFF")
    try:
        async with database.unit_of_work():
            yield
            if broken := await database.fetch("PRAGMA foreign_key_check"):
                raise PekenError(
                    "broken_keys",
                    "The migration would leave rows of {table} without what they point at.",
                    status=500,
                    table=broken[0]["table"],
                )
    finally:
        await database.execute("PRAGMA foreign_keys = ON")


async def _applied(database: Database) -> set[str]:
    """What the database says was applied; asked of the catalogue first, so that a failure is never taken for none."""
    where = (
        "SELECT 1 AS found FROM pg_tables WHERE tablename = $1 AND schemaname = current_schema()"
        if database.dialect == "postgres"
        else "SELECT 1 AS found FROM sqlite_master WHERE type = 'table' AND name = $1"
    )
    if not await database.fetch(where, RECORD):
        return set()
    rows = await database.fetch(f"SELECT app, name FROM {RECORD}")
    return {f"{row['app']}.{row['name']}" for row in rows}


def _label(migration: Migration) -> str:
    return f"{migration.app_label}.{migration.name}"

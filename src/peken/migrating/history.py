"""The migrations of all apps together, from their files: their order, their heads, the models they add up to."""

import importlib
from collections.abc import Iterable
from datetime import datetime

from tortoise.migrations.autodetector import MigrationAutodetector, _NoopRecorder
from tortoise.migrations.graph import MigrationKey
from tortoise.migrations.loader import MigrationLoader
from tortoise.migrations.migration import Migration
from tortoise.migrations.schema_generator.state import State
from tortoise.migrations.schema_generator.state_apps import StateApps

from peken.database import Database
from peken.errors import PekenError


async def load(database: Database) -> MigrationLoader:
    """All migration files; two heads in one app, or a branch that ends blind, are refused."""
    # A file that was written a moment ago is a migration too.
    importlib.invalidate_caches()
    loader = MigrationLoader(database.apps_config(), _NoopRecorder())
    await loader.build_graph()
    for label in database.models:
        heads = heads_of(loader, label)
        if len(heads) > 1:
            names = ", ".join(key.name for key in heads)
            raise PekenError(
                "two_migration_heads",
                "The migrations of {app} have more than one end: {names}.",
                status=500,
                app=label,
                names=names,
            )
    return loader


def heads_of(loader: MigrationLoader, label: str) -> list[MigrationKey]:
    """The migrations of one app that no other of the same app follows (Tortoise asks: of any app)."""
    own = [key for key in loader.graph.nodes if key.app_label == label]
    return sorted(
        key for key in own if not any(child.key.app_label == label for child in loader.graph.node_map[key].children)
    )


def in_order(loader: MigrationLoader, labels: Iterable[str]) -> list[Migration]:
    """Every migration after all it stands on; the core's first, then the plugins' in their order."""
    ordered: dict[MigrationKey, Migration] = {}
    for label in labels:
        for head in heads_of(loader, label):
            for key in loader.graph.forwards_plan(head):
                migration = loader.graph.nodes[key]
                if migration is not None:
                    ordered.setdefault(key, migration)
    return list(ordered.values())


async def state_after(database: Database, migrations: Iterable[Migration]) -> State:
    """The models as these migrations leave them, without touching the database."""
    names = dict.fromkeys(database.models, database.name)
    state = State(models={}, apps=StateApps(default_connections=names))
    for migration in migrations:
        await migration.apply(state, dry_run=True, schema_editor=None)
    return state


class Detector(MigrationAutodetector):
    """Tortoise's comparison of models with migrations, with heads and order as above."""

    def __init__(self, database: Database, loader: MigrationLoader) -> None:
        assert database.context.apps is not None
        super().__init__(database.context.apps, database.apps_config(), now=datetime.now)
        self.database = database
        self.loader = loader

    async def _project_state(self) -> State:
        return await state_after(self.database, in_order(self.loader, self.database.models))

    def _leaf_nodes(self, app_label: str) -> list[MigrationKey]:
        return heads_of(self.loader, app_label)

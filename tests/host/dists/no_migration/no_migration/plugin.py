"""Has tables, but no migration that makes them."""

from peken.hookspecs import Tables, hookimpl


@hookimpl
def tables() -> Tables:
    return Tables(models=("no_migration.models", "no_migration.lost"), migrations="no_migration.migrations")

"""The database that the running task is bound to, for a plugin's statements by hand; opens none."""

from tortoise.context import _current_context

from peken.database import Database

__all__ = ["current"]


def current() -> Database:
    """Raises LookupError where no database is bound."""
    context = _current_context.get()
    database = getattr(context and context._connections, "database", None)
    if not isinstance(database, Database):
        raise LookupError("no database is bound to this task")
    return database

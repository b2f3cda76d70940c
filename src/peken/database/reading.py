"""Rows read by position, without the dict for each that `Database.fetch` makes; for statements worded by the ORM."""

from collections.abc import Sequence
from typing import Any

from peken.database import Database
from peken.database.statements import sqlite_value

__all__ = ["records"]


async def records(database: Database, sql: str, params: Sequence[Any]) -> Sequence[Any]:
    """The rows of a SELECT as the driver gives them; marks and trouble are the engine's own."""
    lent = database.client.acquire_connection()
    async with lent:
        lent.note(sql)
        if database.dialect == "postgres":
            found: Sequence[Any] = await lent.connection.fetch(sql, *params)
        else:
            found = list(await lent.connection.execute_fetchall(sql, [sqlite_value(param) for param in params]))
    return found

"""Reads values that came from raw SQL, where SQLite answers with text and PostgreSQL with the type itself."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import orjson


def uuid_of(value: str | UUID) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


def instant_of(value: str | datetime) -> datetime:
    """An aware instant in UTC."""
    instant = datetime.fromisoformat(value) if isinstance(value, str) else value
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def date_of(value: str | date) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


def json_of(value: str | bytes) -> Any:
    """The document of a JSON column: text on both engines."""
    return orjson.loads(value)

"""SQL text and values for the two engines; knows no connection, no table and no transaction.

Statements are written once, in PostgreSQL's style (`$1`, `$2`, a number may repeat). For SQLite the numbers become
question marks and a cast such as `$1::bigint` is dropped, since SQLite's columns carry no type that needs it.
"""

import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import orjson

MOST_VALUES = 32_000
"""As many of them go into one INSERT: a longer text than that makes the server hold too much at once."""


class Json(str):
    """A document that is written as JSON already: all rows of an INSERT have one in a column, or none has."""


class Insert(NamedTuple):
    """Rows for one table."""

    table: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[Any]]


_AS_IT_IS = frozenset({type(None), str, int, float, bytes})
_PLAIN = _AS_IT_IS | {bool, UUID, datetime, date}
_DOCUMENTS = (Mapping, list, tuple)

_TOKEN = re.compile(
    r"""(?P<quoted>'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*)"""
    r"""|\$(?P<number>[1-9][0-9]*)"""
    r"""|(?P<cast>::[a-z_]+[a-z0-9_]*(?:\([0-9, ]+\))?(?:\[\])?)""",
    re.IGNORECASE,
)


@lru_cache(maxsize=2048)
def for_sqlite(sql: str) -> tuple[str, tuple[int, ...] | None]:
    """The statement with question marks, and which parameter each takes (None: each once, in order)."""
    order: list[int] = []

    def replaced(match: re.Match[str]) -> str:
        if match["number"]:
            order.append(int(match["number"]) - 1)
            return "?"
        return match["quoted"] or ""

    text = _TOKEN.sub(replaced, sql)
    in_order = order == list(range(len(order)))
    return text, None if in_order else tuple(order)


def sqlite_value(value: Any) -> Any:
    """A value as SQLite keeps it, in the same form as the ORM writes it."""
    if type(value) in _AS_IT_IS:
        return value
    if isinstance(value, str | float | bytes):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, UUID | Decimal):
        return str(value)
    if isinstance(value, datetime):
        return sqlite_instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, _DOCUMENTS):
        return orjson.dumps(value).decode()
    return value


def sqlite_instant(value: datetime) -> str:
    """An instant as text that sorts like the instant: always UTC, so two zones never mix in one column."""
    if value.tzinfo is None:
        raise ValueError("an instant without a time zone")
    return value.astimezone(UTC).isoformat(" ")


def postgres_value(value: Any) -> Any:
    """A value as asyncpg takes it; lists and mappings are JSON, since no column here is an array."""
    # First what nearly all are: whether something is a mapping takes longer to find out than to send it.
    if type(value) in _PLAIN:
        return value
    # default: the driver has a UUID of its own.
    return orjson.dumps(value, default=str).decode() if isinstance(value, _DOCUMENTS) else value


def sqlite_parameters(params: Sequence[Any], order: tuple[int, ...] | None) -> list[Any]:
    values = [sqlite_value(value) for value in params]
    return values if order is None else [values[index] for index in order]


def longest(values: Sequence[Any]) -> int:
    """The characters of the longest text among them."""
    return max((len(value) for value in values if isinstance(value, str)), default=0)


def placeholders(count: int, start: int = 1) -> str:
    """`$1, $2, $3`: the numbers of an IN list or of one row."""
    return ", ".join(f"${number}" for number in range(start, start + count))


def insert_documents(
    dialect: str, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], tail: str
) -> Iterator[tuple[str, str]]:
    """INSERT statements whose rows are one parameter, a JSON text.

    So the text is the same for any number of rows, and stays prepared.
    """
    size = max(1, MOST_VALUES // len(columns))
    for first in range(0, len(rows), size):
        chunk = Insert(table, tuple(columns), rows[first : first + size])
        if dialect == "postgres":
            yield _insert_document_text(table, chunk.columns, _written(chunk), tail), _documents(chunk)
        else:
            yield _insert_text(table, chunk.columns, tail), _sqlite_documents(chunk.rows)


def insert_together(inserts: Sequence[Insert], then: str = "", *params: str) -> list[str]:
    """One statement for PostgreSQL that inserts into several tables, and its parameters.

    Keys between them are checked at its end. `then`, a SELECT whose own parameters come first, sees none of the rows.
    """
    text = _together_text(tuple((each.table, each.columns, _written(each)) for each in inserts), then, len(params))
    return [text, *params, *map(_documents, inserts)]


@lru_cache(maxsize=256)
def _together_text(tables: tuple[tuple[str, tuple[str, ...], tuple[int, ...]], ...], then: str, given: int) -> str:
    texts = [_insert_document_text(*each, number=number) for number, each in enumerate(tables, start=given + 1)]
    *others, last = [*texts, then] if then else texts
    named = ", ".join(f"part_{number} AS ({text})" for number, text in enumerate(others))
    return f"WITH {named} {last}" if named else last


def _written(insert: Insert) -> tuple[int, ...]:
    """The places of what is JSON already, as the first row has it."""
    kinds = [*map(type, insert.rows[0])]
    return tuple(place for place, kind in enumerate(kinds) if kind is Json) if Json in kinds else ()


def _documents(insert: Insert) -> str:
    return orjson.dumps([dict(zip(insert.columns, row, strict=True)) for row in insert.rows], default=str).decode()


@lru_cache(maxsize=256)
def _insert_document_text(
    table: str, columns: tuple[str, ...], written: tuple[int, ...] = (), tail: str = "", number: int = 1
) -> str:
    names = [f'"{column}"' for column in columns]
    # A text within a text is passed over when the rows are taken apart, and so read once instead of twice.
    values = [f"({name} #>> '{{}}')::jsonb" if place in written else name for place, name in enumerate(names)]
    rows = f'json_populate_recordset(NULL::"{table}", ${number})'
    return f'INSERT INTO "{table}" ({", ".join(names)}) SELECT {", ".join(values)} FROM {rows} {tail}'.rstrip()


def _sqlite_documents(rows: Sequence[Sequence[Any]]) -> str:
    # As `sqlite_value` would: orjson writes an instant in another form.
    return orjson.dumps(rows, default=_sqlite_text, option=orjson.OPT_PASSTHROUGH_DATETIME).decode()


def _sqlite_text(value: Any) -> str:
    plain = sqlite_value(value)
    return plain if isinstance(plain, str) else str(plain)


@lru_cache(maxsize=256)
def _insert_text(table: str, columns: tuple[str, ...], tail: str) -> str:
    names = ", ".join(f'"{column}"' for column in columns)
    values = ", ".join(f"json_extract(value, '$[{number}]')" for number in range(len(columns)))
    # WHERE: else the parser takes the ON of a conflict for that of a join.
    return f'INSERT INTO "{table}" ({names}) SELECT {values} FROM json_each($1) WHERE true {tail}'.rstrip()


def one_by_one(script: str) -> Iterator[str]:
    """The statements of a script for SQLite; a trigger's body stays in one piece."""
    statement = ""
    for piece in re.split(r"(?<=;)", script):
        statement += piece
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        yield statement


def rows_affected(status: str) -> int:
    """The count in PostgreSQL's answer: `UPDATE 3`, but `INSERT 0 3`, and none for `CREATE TABLE`."""
    last = status.rpartition(" ")[2]
    return int(last) if last.isdigit() else 0

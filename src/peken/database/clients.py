"""The two drivers behind Tortoise, plus bounded waiting, clear failures and counted statements.

Knows nothing of who asks or why: transactions are in `units`, the surface is `Database`.
"""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import wraps
from typing import TYPE_CHECKING, Any

import aiosqlite
import asyncpg  # type: ignore[import-untyped]
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import TransactionContext
from tortoise.backends.base_postgres.client import translate_exceptions as translate_postgres
from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionWrapper
from tortoise.backends.sqlite.client import translate_exceptions as translate_sqlite

from peken.database import statements, trouble
from peken.database.lent import Lent, OneAtATime, patiently
from peken.database.sparing import Spares
from peken.errors import PekenError

if TYPE_CHECKING:
    from peken.database import Database

AT_ONCE = 100_000
"""Statements with longer parameters than this are for the connection's own thread, even inside a transaction."""
SPARE = 4
"""As many connections of a pool are lent again without asking asyncpg: each time would cost a journey's half."""
Rows = list[dict[str, Any]]
Records = Sequence[Any]
"""Rows as the driver gives them, read by name or by position."""


def on_a_live_connection(method: Callable[..., Any]) -> Callable[..., Any]:
    """Outside of a transaction a statement whose connection was gone is run on the next one.

    One that writes only when it certainly did nothing, one that reads in any case.
    """

    @wraps(method)
    async def run(pool: "PostgresPool", *args: Any) -> Any:
        for _ in range(pool.most):
            try:
                return await method(pool, *args)
            except PekenError as error:
                reading = args[0].lstrip()[:6].upper() == "SELECT"
                harmless = trouble.connection_lost if reading else trouble.nothing_done
                if not harmless(error.__cause__):
                    raise
        return await method(pool, *args)

    return run


def _alive(connection: Any) -> bool:
    """Whether a spare connection is still ours; the driver takes back by itself what the server has closed."""
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:
        return False


class PostgresStatements:
    """Statements of the raw facade on PostgreSQL."""

    acquire_connection: Callable[[], Any]
    _translate_exceptions: Callable[..., Any]

    async def run(self, sql: str, params: Sequence[Any]) -> Rows:
        return [dict(row) for row in await self.records(sql, params)]

    @translate_postgres
    async def records(self, sql: str, params: Sequence[Any]) -> Records:
        values = [statements.postgres_value(value) for value in params]
        lent = self.acquire_connection()
        async with lent:
            lent.note(sql)
            found: Records = await lent.connection.fetch(sql, *values)
        return found

    @translate_postgres
    async def affect(self, sql: str, params: Sequence[Any]) -> int:
        values = [statements.postgres_value(value) for value in params]
        lent = self.acquire_connection()
        async with lent:
            lent.note(sql)
            return statements.rows_affected(await lent.connection.execute(sql, *values))


class PostgresPool(PostgresStatements, AsyncpgDBClient):
    """The pool of one database."""

    def __init__(self, owner: "Database", seconds: float, **credentials: Any) -> None:
        super().__init__(**credentials)
        self.owner = owner
        self.seconds = seconds
        self.most = self.pool_maxsize
        self.traffic = owner.traffic
        self.watchers: tuple[list[str], ...] = ()
        self.spares = Spares(SPARE, self._release)
        self._waiting = 0

    async def wrote(self, tables: frozenset[str]) -> None:
        await self.traffic.written(tables)

    async def open(self) -> None:
        await self.create_connection(with_db=True)

    async def close(self) -> None:
        # First, so that what is given back from now on goes to the pool, which waits for it.
        await self.spares.close()
        await super().close()

    async def out(self) -> Any:
        while (connection := self.spares.take()) is not None:
            if _alive(connection):
                return connection
            await self._release(connection)
        pool = self._pool
        if pool is None:
            raise RuntimeError("the database is not open")
        self._waiting += 1
        try:
            return await patiently(self.seconds, pool.acquire)
        except Exception as error:
            if (known := trouble.connecting(error)) is not None:
                raise known from error
            raise
        finally:
            self._waiting -= 1

    async def back(self, connection: Any, *, sound: bool = False) -> None:
        """Gives a connection back; a `sound` one, which did what it was asked to, waits here for who comes next."""
        if sound and not self._waiting and self.spares.keep(connection):
            return
        try:
            if not sound:
                await self._end_what_never_ran(connection)
        finally:
            await self._release(connection)

    async def _end_what_never_ran(self, connection: Any) -> None:
        """The driver has a statement prepared before it looks at its values: refused or cancelled there, it leaves the
        server within a transaction that the next BEGIN would go on with, until anything else is asked."""
        # What else is wrong with it is found by the pool, which closes it, or by who is lent it next.
        with suppress(Exception):
            if not connection.is_closed():
                # Not the empty statement: the driver has no word for its end.
                await connection.execute("SELECT 1", timeout=self.seconds)

    async def _release(self, connection: Any) -> None:
        if self._pool is not None:
            await self._pool.release(connection)

    def acquire_connection(self) -> Any:
        return Lent(self, self)

    def _in_transaction(self) -> TransactionContext:
        return self.owner.transaction_context()

    records = on_a_live_connection(PostgresStatements.records)
    affect = on_a_live_connection(PostgresStatements.affect)
    execute_query = on_a_live_connection(AsyncpgDBClient.execute_query)
    execute_query_dict = on_a_live_connection(AsyncpgDBClient.execute_query_dict)
    execute_insert = on_a_live_connection(AsyncpgDBClient.execute_insert)

    async def begin(self, connection: Any) -> "PostgresUnit":
        await connection.execute("BEGIN")
        return PostgresUnit(self, connection)

    async def commit(self, connection: Any) -> None:
        status: str = await connection.execute("COMMIT")
        # A COMMIT of a transaction that had failed is a quiet ROLLBACK.
        if status != "COMMIT":
            raise trouble.try_again()

    async def rollback(self, connection: Any) -> None:
        # Not asking whether it is in one: a BEGIN that was cancelled on its way may still succeed.
        if not connection.is_closed():
            await connection.execute("ROLLBACK")


class PostgresUnit(PostgresStatements, TransactionWrapper):
    """The one connection of a running transaction."""

    def __init__(self, pool: PostgresPool, connection: Any) -> None:
        super().__init__(pool)
        self._connection = connection
        self.pool, self.traffic = pool, pool.traffic
        self.written: frozenset[str] = frozenset()
        self._taking = OneAtATime(self._lock, connection, pool.seconds)

    async def wrote(self, tables: frozenset[str]) -> None:
        """Nobody is told before the commit."""
        self.written |= tables

    @property
    def watchers(self) -> tuple[list[str], ...]:
        return self.pool.watchers

    def acquire_connection(self) -> Any:
        return Lent(self, self._taking)

    def _in_transaction(self) -> TransactionContext:
        return self.pool.owner.savepoint_context()


class SqliteStatements:
    """Statements of the raw facade on SQLite: here and now where nobody is kept waiting, else in its own thread.

    A hop into that thread costs more than most statements do.
    """

    acquire_connection: Callable[[], Any]
    here: bool
    """Whether nobody is kept waiting: the write lock is held, or the process serves no one else."""

    async def run(self, sql: str, params: Sequence[Any]) -> Rows:
        return [dict(row) for row in await self.records(sql, params)]

    @translate_sqlite
    async def records(self, sql: str, params: Sequence[Any]) -> Records:
        text, order = statements.for_sqlite(sql)
        values = statements.sqlite_parameters(params, order)
        lent = self.acquire_connection()
        async with lent:
            lent.note(text)
            found: Records
            if not self.here or statements.longest(values) > AT_ONCE:
                found = list(await lent.connection.execute_fetchall(text, values))
            else:
                found = lent.connection._conn.execute(text, values).fetchall()
        return found

    @translate_sqlite
    async def affect(self, sql: str, params: Sequence[Any]) -> int:
        text, order = statements.for_sqlite(sql)
        values = statements.sqlite_parameters(params, order)
        lent = self.acquire_connection()
        async with lent:
            lent.note(text)
            if self.here and statements.longest(values) <= AT_ONCE:
                touched: int = lent.connection._conn.execute(text, values).rowcount
            else:
                async with lent.connection.execute(text, values) as cursor:
                    touched = cursor.rowcount
            return max(0, touched)


class SqlitePool(SqliteStatements, SqliteClient):
    """The one connection of one SQLite database; statements queue behind a transaction."""

    def __init__(self, owner: "Database", seconds: float, **credentials: Any) -> None:
        super().__init__(**credentials)
        self.owner = owner
        self.here = owner.alone
        self.seconds = seconds
        self.most = 1
        self.traffic = owner.traffic
        self.watchers: tuple[list[str], ...] = ()

    async def wrote(self, tables: frozenset[str]) -> None:
        await self.traffic.written(tables)

    async def open(self) -> None:
        # Found out here: of a file that cannot be opened, the driver's thread tells a loop that is closed by then.
        sqlite3.connect(self.filename).close()
        await self.create_connection(with_db=True)

    async def create_connection(self, with_db: bool) -> None:
        """As Tortoise's, for a connection that its own thread and the loop's take turns with."""
        self._connection = await aiosqlite.connect(
            self.filename, isolation_level=None, check_same_thread=False, cached_statements=512
        )
        self._connection._conn.row_factory = sqlite3.Row
        for pragma, value in self.pragmas.items():
            await self._connection.execute_fetchall(f"PRAGMA {pragma}={value}")
        await self._post_connect()

    async def out(self) -> Any:
        if self._connection is None:
            raise RuntimeError("the database is not open")
        return await OneAtATime(self._lock, self._connection, self.seconds).out()

    async def back(self, connection: Any, *, sound: bool = False) -> None:
        self._lock.release()

    def acquire_connection(self) -> Any:
        return Lent(self, self)

    def _in_transaction(self) -> TransactionContext:
        return self.owner.transaction_context()

    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        # Tortoise would leave the transaction open when cancelled half way.
        async with self.owner.unit_of_work():
            await self.owner.client.execute_many(query, values)

    async def begin(self, connection: aiosqlite.Connection) -> "SqliteUnit":
        # Taking the write lock at once: two readers that both want to write would be turned down at once.
        if self.here:
            connection._conn.execute("BEGIN IMMEDIATE")
        else:
            await connection.execute_fetchall("BEGIN IMMEDIATE")
        return SqliteUnit(self, connection)

    async def commit(self, connection: aiosqlite.Connection) -> None:
        if self.here:
            connection._conn.commit()
        else:
            await connection.commit()

    async def rollback(self, connection: aiosqlite.Connection) -> None:
        await connection.rollback()


class SqliteUnit(SqliteStatements, SqliteTransactionWrapper):
    """The one connection of a running transaction."""

    here = True

    def __init__(self, pool: SqlitePool, connection: aiosqlite.Connection) -> None:
        super().__init__(pool)
        self._connection = connection
        self.pool, self.traffic = pool, pool.traffic
        self.written: frozenset[str] = frozenset()
        self._taking = OneAtATime(self._lock, connection, pool.seconds)

    async def wrote(self, tables: frozenset[str]) -> None:
        """Nobody is told before the commit."""
        self.written |= tables

    @property
    def watchers(self) -> tuple[list[str], ...]:
        return self.pool.watchers

    def acquire_connection(self) -> Any:
        return Lent(self, self._taking)

    def _in_transaction(self) -> TransactionContext:
        return self.pool.owner.savepoint_context()

    @translate_sqlite
    async def execute_script(self, query: str) -> None:
        # sqlite3's executescript commits first: a script inside a transaction would end it.
        async with self.acquire_connection() as connection:
            for statement in statements.one_by_one(query):
                await connection.execute_fetchall(statement)


Pool = PostgresPool | SqlitePool
Unit = PostgresUnit | SqliteUnit

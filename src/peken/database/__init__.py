"""One market's database: models, raw SQL and transactions on SQLite or PostgreSQL; knows no table and no use case.

Several databases live in one process and share nothing: each has a Tortoise context of its own, which `bound()` makes
the current one. Every statement of the current task, from a model or from raw SQL, joins the task's transaction.
"""

import asyncio
import itertools
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, contextmanager
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Literal, Self, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

import orjson
from tortoise.backends.base.client import TransactionContext
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.backends.base.executor import EXECUTOR_CACHE
from tortoise.context import TortoiseContext, _current_context
from tortoise.models import Model

from peken.database import statements, trouble
from peken.database.clients import Pool, PostgresPool, Records, Rows, SqlitePool, Unit
from peken.database.dialects import EngineContext, make_room_for, remember
from peken.database.joining import Connections, JoinedTransaction
from peken.database.statements import Insert, placeholders
from peken.database.traffic import Traffic
from peken.database.units import Afterwards, UnitOfWork
from peken.database.values import date_of, instant_of, json_of, uuid_of
from peken.errors import PekenError

__all__ = ["Database", "Insert", "Records", "Rows", "date_of", "instant_of", "json_of", "placeholders", "uuid_of"]

_T = TypeVar("_T")
Dialect = Literal["sqlite", "postgres"]
_numbers = itertools.count(1)
_FEW = 2_000
"""Rows that one statement for several tables may hold."""


class _Bound(AbstractContextManager[None]):
    """A class, where a generator would cost three times as much: every request is bound."""

    __slots__ = ("_context", "_token")

    def __init__(self, context: TortoiseContext) -> None:
        self._context = context

    def __enter__(self) -> None:
        self._token = _current_context.set(self._context)

    def __exit__(self, *_: object) -> None:
        _current_context.reset(self._token)


class Database:
    """One market's database.

    `url` is `sqlite:///absolute/path`, `sqlite://relative/path`, `sqlite://:memory:` or `postgres://...`.
    `models` names the modules of each app label, `migrations` the package of each app's migrations.
    `busy_seconds` bounds the wait for a connection and, on SQLite, for the file; `lock_seconds` the wait for a row and
    `statement_seconds` one statement on PostgreSQL. Migrations wait as long as they must. `alone` says that the process
    serves nobody else meanwhile: SQLite's statements then hold it up, which costs less than handing them to a thread.
    """

    def __init__(
        self,
        url: str,
        models: Mapping[str, Sequence[str]],
        migrations: Mapping[str, str] | None = None,
        *,
        pool_min: int = 1,
        pool_max: int = 16,
        busy_seconds: float = 5.0,
        lock_seconds: float | None = None,
        statement_seconds: float | None = None,
        synchronous: str = "NORMAL",
        alone: bool = False,
    ) -> None:
        self.url = url
        self.alone = alone
        self.models = {label: list(modules) for label, modules in models.items()}
        self.migrations = dict(migrations or {})
        self.dialect: Dialect = _dialect(url)
        # A name of its own: Tortoise keeps prepared INSERT texts per connection name for the whole process.
        self.name = f"{self.dialect}-{next(_numbers)}"
        self.traffic = Traffic(self.name)
        self._busy_seconds = busy_seconds
        self._options: dict[str, Any] = (
            {"synchronous": synchronous, "busy_timeout": int(busy_seconds * 1000)}
            if self.dialect == "sqlite"
            else {"minsize": pool_min, "maxsize": pool_max}
        )
        self._bounds = {
            name: f"{int(seconds * 1000)}ms"
            for name, seconds in (("lock_timeout", lock_seconds), ("statement_timeout", statement_seconds))
            if seconds is not None
        }
        self._context: TortoiseContext = EngineContext(self.dialect)
        self._pool: Pool | None = None
        self._unit: ContextVar[UnitOfWork | None] = ContextVar(f"unit-{self.name}", default=None)

    # Opening and closing

    async def open(self) -> None:
        """Connect, and build the models for this engine."""
        expanded = expand_db_url(self.url)
        credentials = {**expanded["credentials"], **self._options, "connection_name": self.name}
        pool: Pool
        if self.dialect == "sqlite":
            pool = SqlitePool(self, self._busy_seconds, **credentials)
        else:
            pool = PostgresPool(self, self._busy_seconds, reset=_nothing_to_reset, **credentials)
            pool.server_settings |= self._bounds
        try:
            await pool.open()
        except Exception as error:
            # Also when it failed half way: else SQLite's thread would keep the process from ending.
            await pool.close()
            if (known := trouble.opening(error)) is not None:
                raise known from error
            raise
        self._pool = pool
        try:
            await self._build_models(expanded)
        except BaseException:
            await self.close()
            raise

    async def _build_models(self, expanded: dict[str, Any]) -> None:
        if not self.models:
            return
        make_room_for(self.dialect)
        self._context._connections = Connections(self)
        with self.bound():
            await self._context.init(
                config={"connections": {self.name: expanded}, "apps": self.apps_config()},
                use_tz=True,
                timezone="UTC",
            )
        remember(self.model_classes(), self.dialect)
        self.traffic.tables = frozenset(model._meta.db_table.lower() for model in self.model_classes())

    async def close(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            await pool.close()
        for key in [key for key in EXECUTOR_CACHE if key[0] == self.name]:
            del EXECUTOR_CACHE[key]

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def bound(self) -> AbstractContextManager[None]:
        """Models used by this task (and by tasks it starts) are read from and written to this database."""
        return _Bound(self._context)

    # What migrations and tests ask

    def apps_config(self) -> dict[str, dict[str, Any]]:
        """The apps in Tortoise's form, in the order given: the core first, then plugins in settings order."""
        return {
            label: {
                "models": modules,
                "default_connection": self.name,
                "migrations": self.migrations.get(label),
            }
            for label, modules in self.models.items()
        }

    def model_classes(self) -> list[type[Model]]:
        apps = self._context.apps
        return [] if apps is None else list(apps.get_models_iterable())

    @property
    def context(self) -> TortoiseContext:
        return self._context

    @property
    def client(self) -> Pool | Unit:
        """Tortoise's client of the current task: its transaction, or the pool."""
        unit = self._running_unit()
        return unit.client if unit is not None else self.pool

    @property
    def pool(self) -> Pool:
        if self._pool is None:
            raise RuntimeError("the database is not open")
        return self._pool

    @property
    def at_once(self) -> int:
        """How many transactions may run at the same time."""
        return self.pool.most

    @contextmanager
    def counting(self) -> Iterator[list[str]]:
        """The texts of all statements run meanwhile, by models and by raw SQL, without BEGIN and COMMIT."""
        seen: list[str] = []
        pool = self.pool
        pool.watchers = (*pool.watchers, seen)
        try:
            yield seen
        finally:
            pool.watchers = tuple(watcher for watcher in pool.watchers if watcher is not seen)

    # Raw SQL, in PostgreSQL's style

    @property
    def for_update(self) -> str:
        """Ends a SELECT whose rows will change, but not their keys; SQLite has locked the whole file already."""
        return " FOR NO KEY UPDATE" if self.dialect == "postgres" else ""

    def among(self, number: int) -> str:
        """`= ANY(...)` over the keys that parameter `number` lists, from `listed()`: one text for any number of keys,
        which stays prepared."""
        if self.dialect == "postgres":
            # Out of a SELECT: were the planner shown the keys, it would plan every time anew, for that many of them.
            return f"= ANY((SELECT (${number}::text)::uuid[])::uuid[])"
        return f"IN (SELECT value FROM json_each(${number}))"

    def listed(self, keys: Iterable[UUID]) -> str:
        """Keys as the parameter that `among()` reads."""
        if self.dialect == "postgres":
            return "{" + ",".join(map(str, keys)) + "}"
        return orjson.dumps([str(key) for key in keys]).decode()

    def pairs(self, amounts: Mapping[UUID, int]) -> tuple[str, tuple[str, ...]]:
        """A SELECT of keys and their amounts, and its parameters, the statement's first: again one text for any."""
        if self.dialect == "postgres":
            # Not from JSON: of arrays the planner expects few rows, so it goes by the index.
            text = "SELECT * FROM unnest((SELECT ($1::text)::uuid[]), (SELECT ($2::text)::bigint[]))"
            return text, (self.listed(amounts), "{" + ",".join(map(str, amounts.values())) + "}")
        named = {str(key): amount for key, amount in amounts.items()}
        return "SELECT key, value FROM json_each($1)", (orjson.dumps(named).decode(),)

    async def fetch(self, sql: str, *params: Any) -> Rows:
        """The rows of a SELECT or of RETURNING; see `uuid_of` and its siblings for values SQLite gives as text."""
        rows: Rows = await self.client.run(sql, params)
        return rows

    async def records(self, sql: str, *params: Any) -> Records:
        """The rows as `fetch` gives them, but as the driver has them: by position or by name, no dict for each."""
        found: Records = await self.client.records(sql, params)
        return found

    async def execute(self, sql: str, *params: Any) -> int:
        """How many rows an INSERT, UPDATE or DELETE touched."""
        affected: int = await self.client.affect(sql, params)
        return affected

    async def insert(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], tail: str = "") -> Rows:
        """Insert rows by as few statements as the engine allows; what `tail`'s RETURNING gives, else nothing."""
        chunks = list(statements.insert_documents(self.dialect, table, columns, rows, tail))
        if len(chunks) == 1:
            return await self.fetch(*chunks[0])
        returned: Rows = []
        if chunks:
            async with self.unit_of_work():
                for chunk in chunks:
                    returned += await self.fetch(*chunk)
        return returned

    async def insert_all(self, *inserts: Insert, then: tuple[str, str] | None = None) -> Records:
        """Inserts into several tables, all or nothing: on PostgreSQL by one statement, when the rows are few.

        `then` is a SELECT with its parameter, of what others may have changed and not of these rows: what it gives.
        """
        filled = [each for each in inserts if each.rows]
        few = sum(len(each.rows) for each in filled) <= _FEW
        if filled and few and self.dialect == "postgres":
            return await self.records(*statements.insert_together(filled, *then or ()))
        async with self.unit_of_work():
            for each in filled:
                await self.insert(*each)
            return await self.records(*then) if then else ()

    async def analyze(self, *tables: str) -> None:
        """Look at what these tables were filled with; not at empty ones, which would count as small for good."""
        for table in tables:
            await self.execute(f"ANALYZE {table}")

    # Transactions

    def unit_of_work(self, *, savepoint: bool = False) -> AbstractAsyncContextManager[None]:
        """One transaction; inside another one it joins that, so all or nothing holds for the outermost.

        An exception that leaves a joined unit spoils the whole, even when somebody catches it further out: with
        `savepoint=True` only the inner part is undone. Raises `database_busy`, `try_again` or `outcome_unknown`.
        """
        outer = self._running_unit()
        if outer is None:
            return self._outermost()
        return self._savepoint(outer) if savepoint else self._joined(outer)

    def after_commit(self, tell: Afterwards) -> None:
        """Call `tell` once the current transaction is written, and never if it is not."""
        unit = self._running_unit()
        if unit is None:
            raise RuntimeError("after_commit() outside of a unit of work")
        unit.afterwards.append(tell)

    async def retrying(self, work: Callable[[], Awaitable[_T]], attempts: int = 3) -> _T:
        """Await `work()`, which opens its own unit of work, again when it lost a race that another try can win."""
        for attempt in itertools.count(1):
            try:
                return await work()
            except PekenError as error:
                # Inside somebody's transaction only that somebody can start over.
                if error.code != trouble.TRY_AGAIN or attempt >= attempts or self._running_unit() is not None:
                    raise
            await asyncio.sleep(random.uniform(0, 0.02 * 2**attempt))
        raise AssertionError("unreachable")

    @asynccontextmanager
    async def _outermost(self) -> AsyncIterator[None]:
        unit = await UnitOfWork.begin(self.pool)
        token, bound = self._unit.set(unit), _current_context.set(self._context)
        try:
            yield
        except BaseException:
            _current_context.reset(bound)
            self._unit.reset(token)
            await unit.rollback()
            raise
        _current_context.reset(bound)
        self._unit.reset(token)
        if unit.spoiled:
            await unit.rollback()
            raise RuntimeError("a failure inside this unit of work was caught: use savepoint=True around it")
        await unit.commit()

    @asynccontextmanager
    async def _joined(self, unit: UnitOfWork) -> AsyncIterator[None]:
        try:
            yield
        except BaseException:
            unit.spoiled = True
            raise

    @asynccontextmanager
    async def _savepoint(self, unit: UnitOfWork) -> AsyncIterator[None]:
        unit.savepoints += 1
        name = f"part_{unit.savepoints}"
        told = len(unit.afterwards)
        await unit.client.affect(f"SAVEPOINT {name}", ())
        try:
            yield
        except BaseException:
            del unit.afterwards[told:]
            await unit.client.affect(f"ROLLBACK TO SAVEPOINT {name}", ())
            raise
        await unit.client.affect(f"RELEASE SAVEPOINT {name}", ())

    def _running_unit(self) -> UnitOfWork | None:
        """The task's transaction; one inherited from a task that has ended it meanwhile is none."""
        unit = self._unit.get()
        return unit if unit is not None and unit.running else None

    # What Tortoise's own in_transaction() gets

    def transaction_context(self) -> TransactionContext:
        return JoinedTransaction(self, savepoint=False)

    def savepoint_context(self) -> TransactionContext:
        return JoinedTransaction(self, savepoint=True)


def _dialect(url: str) -> Dialect:
    parts = urlsplit(url)
    try:
        if parts.scheme == "sqlite" and (parts.netloc or parts.path):
            return "sqlite"
        if parts.scheme in ("postgres", "postgresql") and parts.port != 0 and parts.path.strip("/"):
            return "postgres"
    except ValueError:  # a port that is no number
        pass
    # Without the address: it may hold a password.
    raise PekenError("bad_database_url", "A database is sqlite:///PATH, sqlite://:memory: or postgres://HOST/NAME.")


async def _nothing_to_reset(connection: Any) -> None:
    """Saves a round trip per statement: no session state is ever set on a pooled connection."""

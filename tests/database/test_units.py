"""One transaction: joined, undone, retried, given back."""

import asyncio
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from corner.models import Shelf
from tortoise.exceptions import IntegrityError, OperationalError
from tortoise.transactions import in_transaction
from two_apps import Opening

from peken.database import Database
from peken.database.units import Afterwards, to_the_end
from peken.errors import PekenError

pytestmark = pytest.mark.anyio


class Refused(Exception):
    pass


async def _refused(db: Database, *after: Afterwards) -> None:
    async with db.unit_of_work():
        for tell in after:
            db.after_commit(tell)
        raise Refused


async def names(db: Database) -> list[str]:
    return [row["name"] for row in await db.fetch("SELECT name FROM corner_shelf ORDER BY name")]


async def add(db: Database, name: str) -> None:
    await db.insert("corner_shelf", ("id", "name"), [(uuid4(), name)])


async def test_models_and_raw_sql_share_the_transaction(db: Database) -> None:
    seen: list[str] = []

    async def refusing() -> None:
        async with db.unit_of_work():
            await Shelf.create(name="by model")
            await add(db, "by sql")
            async with db.unit_of_work():
                seen.extend(await names(db))
            raise Refused

    with pytest.raises(Refused):
        await refusing()

    assert seen == ["by model", "by sql"]
    assert await names(db) == []


async def test_a_savepoint_undoes_its_part_only(db: Database) -> None:
    async def doubling() -> None:
        async with db.unit_of_work(savepoint=True):
            await add(db, "lost")
            await add(db, "kept")

    async with db.unit_of_work():
        await add(db, "kept")
        with pytest.raises(IntegrityError):
            await doubling()

    assert await names(db) == ["kept"]


async def test_a_caught_failure_of_a_joined_part_spoils_the_whole(db: Database) -> None:
    async def swallowing() -> None:
        async with db.unit_of_work():
            await add(db, "one")
            with pytest.raises(Refused):
                await _refused(db)

    with pytest.raises(RuntimeError, match="savepoint"):
        await swallowing()

    assert await names(db) == []


async def test_tortoises_own_transactions_are_units_of_work(db: Database) -> None:
    told: list[str] = []

    async with in_transaction():
        db.after_commit(lambda: told.append("written"))
        await Shelf.get_or_create(name="a", defaults={"id": uuid4()})
        await Shelf.bulk_create([Shelf(id=uuid4(), name=name) for name in "bc"])
    await Shelf.bulk_create([Shelf(id=uuid4(), name="d")])

    assert await names(db) == ["a", "b", "c", "d"]
    assert told == ["written"]


async def test_what_waits_for_the_commit_is_told_once_and_only_then(db: Database) -> None:
    told: list[str] = []

    async def tell() -> None:
        told.append(f"{len(await names(db))} rows")

    async with db.unit_of_work():
        async with db.unit_of_work():
            db.after_commit(tell)
            await add(db, "one")
        early = list(told)
    with pytest.raises(Refused):
        await _refused(db, tell)
    with pytest.raises(RuntimeError):
        db.after_commit(tell)

    assert early == []
    assert told == ["1 rows"]


async def test_a_failing_call_after_the_commit_changes_nothing(db: Database, caplog: pytest.LogCaptureFixture) -> None:
    async with db.unit_of_work():
        db.after_commit(lambda: int("3578016101900001x"))  # type: ignore[arg-type,return-value]
        await add(db, "one")

    assert await names(db) == ["one"]
    assert "after the commit failed: ValueError" in caplog.text
    assert "3578016101900001" not in caplog.text


async def test_waiting_for_a_connection_ends_with_a_clear_code(url: str, opening: Opening) -> None:
    async with opening(url, pool_max=1, busy_seconds=0.05) as db, db.unit_of_work():

        async def elsewhere() -> None:
            async with db.unit_of_work():
                raise AssertionError("there was a connection")

        # A task that was started outside of the transaction would wait for its own connection.
        with pytest.raises(PekenError) as refused:
            await _outside(db, elsewhere())

    assert (refused.value.code, refused.value.status) == ("database_busy", 503)


async def _outside(db: Database, work: object) -> None:
    token = db._unit.set(None)
    try:
        task = asyncio.ensure_future(work)  # type: ignore[call-overload]
    finally:
        db._unit.reset(token)
    await task


@pytest.mark.parametrize("turns", range(12))
async def test_a_cancelled_unit_gives_its_connection_back(url: str, opening: Opening, turns: int) -> None:
    async with opening(url, pool_max=1, busy_seconds=5) as db:
        before = await names(db)

        async def writing() -> None:
            async with db.unit_of_work():
                await add(db, "half")

        # Cancelled after so many turns of the loop: in BEGIN, in the statement, in COMMIT, or after it.
        task = asyncio.create_task(writing())
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        (outcome,) = await asyncio.gather(task, return_exceptions=True)
        async with db.unit_of_work():
            after = await names(db)

    assert before == []
    assert outcome is None or isinstance(outcome, asyncio.CancelledError)
    assert after in ([], ["half"])
    assert outcome is not None or after == ["half"]


async def test_a_commit_that_has_begun_is_finished_before_the_cancellation_shows(url: str, opening: Opening) -> None:
    async with opening(url) as db:
        told: list[str] = []
        committing = asyncio.Event()
        commit = db.pool.commit

        async def announced(connection: object) -> None:
            committing.set()
            await commit(connection)  # type: ignore[arg-type]

        db.pool.commit = announced  # type: ignore[method-assign]

        async def writing() -> None:
            async with db.unit_of_work():
                db.after_commit(lambda: told.append("written"))
                await add(db, "whole")

        task = asyncio.create_task(writing())
        await committing.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

        assert await names(db) == ["whole"]
        assert told == ["written"]


async def test_a_lost_race_is_run_again_from_the_start(postgres_url: str, opening: Opening) -> None:
    async with opening(postgres_url) as db:
        await add(db, "0")
        tries: list[int] = []
        both_have_read = asyncio.Barrier(2)

        async def counting_up() -> None:
            tries.append(1)
            async with db.unit_of_work():
                await db.execute("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
                (name,) = await names(db)
                if len(tries) <= 2:
                    await both_have_read.wait()
                await db.execute("UPDATE corner_shelf SET name = $1", str(int(name) + 1))

        await asyncio.gather(db.retrying(counting_up), db.retrying(counting_up))

        assert await names(db) == ["2"]
        assert len(tries) == 3


async def test_two_sqlite_connections_that_write_wait_instead_of_failing(sqlite_url: str, opening: Opening) -> None:
    async with opening(sqlite_url) as one, opening(sqlite_url) as other:

        async def writing(db: Database, name: str) -> None:
            async with db.unit_of_work():
                await names(db)
                await add(db, name)

        await asyncio.gather(*(writing(db, f"{number}{db.name}") for number in range(20) for db in (one, other)))

        assert len(await names(one)) == 40


async def test_a_locked_sqlite_file_is_a_reason_to_try_again(sqlite_url: str, opening: Opening) -> None:
    async with opening(sqlite_url, busy_seconds=0.05) as one, opening(sqlite_url, busy_seconds=0.05) as other:
        await one.execute("BEGIN IMMEDIATE")
        with pytest.raises(PekenError) as in_unit:
            await _begin(other)
        with pytest.raises(PekenError) as alone:
            await add(other, "alone")
        await one.execute("ROLLBACK")

    assert (in_unit.value.code, alone.value.code) == ("try_again", "try_again")


async def _begin(db: Database) -> None:
    async with db.unit_of_work():
        raise AssertionError("the file was not locked")


async def test_after_the_server_closed_its_connections_the_next_use_works(postgres_url: str, opening: Opening) -> None:
    async with opening(postgres_url, pool_max=3) as db, opening(postgres_url) as killer:
        await asyncio.gather(*(names(db) for _ in range(3)))

        async def interrupted() -> None:
            async with db.unit_of_work():
                await add(db, "never written")
                await killer.fetch(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
                await add(db, "not this either")

        with pytest.raises(PekenError) as lost:
            await interrupted()
        async with db.unit_of_work():
            await add(db, "afterwards")

        assert lost.value.code == "try_again"
        assert await names(db) == ["afterwards"]


async def test_a_server_that_is_not_there_is_said_to_be_unavailable(opening: Opening) -> None:
    db = opening("postgres://postgres@127.0.0.1:1/none")

    with pytest.raises(PekenError) as refused:
        await db.open()

    assert refused.value.code == "database_unavailable"
    assert "Connect call failed" in str(refused.value)


async def test_whoever_is_not_let_in_is_told_why(postgres_url: str, opening: Opening) -> None:
    parts = urlsplit(postgres_url)
    stranger = parts._replace(netloc=f"nobody_here@{parts.netloc.rpartition('@')[2]}")

    for url, name in ((stranger, "nobody_here"), (parts._replace(path="/nothing_here"), "nothing_here")):
        with pytest.raises(PekenError) as refused:
            await opening(url.geturl()).open()

        assert refused.value.code == "database_unavailable"
        assert name in str(refused.value)


async def test_a_statement_that_takes_too_long_is_stopped(postgres_url: str, opening: Opening) -> None:
    async with opening(postgres_url, statement_seconds=0.1) as db:
        with pytest.raises(PekenError) as slow:
            await db.fetch("SELECT pg_sleep(60)")

        assert slow.value.code == "database_timeout"
        assert await names(db) == []


async def test_a_value_that_no_column_holds_leaves_nothing_begun(postgres_url: str, opening: Opening) -> None:
    async with opening(postgres_url, pool_max=1) as db:
        with pytest.raises(OperationalError, match="int64"):
            await db.fetch("SELECT $1::bigint", 2**70)

        async with db.unit_of_work():
            # Refused wherever the transaction has seen anything before.
            await db.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            assert await names(db) == []


async def test_a_connection_lost_in_the_commit_leaves_the_outcome_open(postgres_url: str, opening: Opening) -> None:
    async with opening(postgres_url) as db, opening(postgres_url) as killer:

        async def cut_off() -> None:
            async with db.unit_of_work():
                await add(db, "perhaps")
                await killer.fetch(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )

        with pytest.raises(PekenError) as lost:
            await cut_off()

        assert lost.value.code == "outcome_unknown"
        assert await names(db) == []


async def test_a_row_that_another_holds_is_not_waited_for_for_ever(opening: Opening, postgres_url: str) -> None:
    async with opening(postgres_url) as holder, opening(postgres_url, lock_seconds=0.05) as db:
        async with holder.unit_of_work():
            await holder.execute("LOCK TABLE corner_shelf IN ACCESS EXCLUSIVE MODE")

            with pytest.raises(PekenError) as told:
                await db.fetch("SELECT * FROM corner_shelf")

        assert told.value.code == "try_again"


async def test_who_was_cancelled_hears_of_that_also_where_the_work_failed() -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        await go_on.wait()
        raise PekenError("try_again", "Again.")

    waiting = asyncio.create_task(to_the_end(work()))
    await begun.wait()
    waiting.cancel()
    await asyncio.sleep(0)
    go_on.set()

    with pytest.raises(asyncio.CancelledError) as cancelled:
        await waiting
    assert isinstance(cancelled.value.__cause__, PekenError)

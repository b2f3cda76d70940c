"""Connections that wait beside the pool: the last kept first, and none for long."""

import asyncio

import pytest

from peken.database.sparing import Spares

pytestmark = pytest.mark.anyio


async def test_what_was_kept_last_is_taken_first_and_there_is_no_room_for_more() -> None:
    spares = Spares(2, back := Back())

    kept = [spares.keep(name) for name in ("a", "b", "c")]
    taken = [spares.take() for _ in range(3)]

    assert kept == [True, True, False]
    assert taken == ["b", "a", None]
    await spares.close()
    assert back.given == []


async def test_what_nobody_takes_goes_back() -> None:
    spares = Spares(2, back := Back(), idle=0.001)

    spares.keep("a")
    async with asyncio.timeout(60):
        await back.again.wait()

    assert (back.given, len(spares)) == (["a"], 0)


async def test_nothing_waits_here_once_it_is_closed() -> None:
    spares = Spares(2, back := Back())
    spares.keep("a")

    await spares.close()

    assert back.given == ["a"]
    assert not spares.keep("b")


class Back:
    """Where connections go back to."""

    def __init__(self) -> None:
        self.given: list[str] = []
        self.again = asyncio.Event()

    async def __call__(self, connection: str) -> None:
        self.given.append(connection)
        self.again.set()

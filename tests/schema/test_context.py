"""What one request loads is shared by all of its fields."""

import asyncio
import gc
from collections.abc import Sequence
from typing import Any

import pytest
from tests.schema.small_world import TWO_CITIES

from peken.actors import PUBLIC
from peken.schema import Context
from peken.testing.world import World

pytestmark = pytest.mark.market(TWO_CITIES)


async def test_who_is_cancelled_takes_nothing_from_those_who_wait_for_the_same(market: World) -> None:
    begun, go_on, asked = asyncio.Event(), asyncio.Event(), list[Sequence[str]]()

    async def load(context: Context, keys: Sequence[str]) -> Sequence[str]:
        asked.append(keys)
        begun.set()
        await go_on.wait()
        return [key.upper() for key in keys]

    context = Context(market.market, PUBLIC, "en")
    one, other = (asyncio.create_task(context.load(load, "shop")) for _ in range(2))
    await begun.wait()

    one.cancel()
    go_on.set()

    assert await other == "SHOP"
    assert one.cancelled()
    assert asked == [["shop"]]


async def test_what_fails_after_all_who_waited_have_left_is_nobodys_fault(market: World) -> None:
    begun, go_on, failed = asyncio.Event(), asyncio.Event(), asyncio.Event()
    unheard: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, fault: unheard.append(fault))

    async def load(context: Context, keys: Sequence[str]) -> Sequence[str]:
        begun.set()
        await go_on.wait()
        failed.set()
        raise RuntimeError("closed meanwhile")

    context = Context(market.market, PUBLIC, "en")
    one = asyncio.create_task(context.load(load, "shop"))
    await begun.wait()

    one.cancel()
    await asyncio.wait({one})
    go_on.set()
    await failed.wait()
    await asyncio.sleep(0)
    del context, one
    gc.collect()

    assert unheard == []

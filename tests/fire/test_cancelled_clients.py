"""A client that goes away at any moment leaves nothing half-written, and gives its connection back."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator
from typing import Any, Final
from uuid import UUID

import pytest

from peken import models, orders
from peken.actors import Actor
from peken.orders import Basket, Item, Placed
from peken.testing.world import World, as_buyer, as_city_hall, opened_world
from tests.fire.books import assert_books_balance

SURABAYA = "35.78"
ENOUGH: Final = 400
FEWEST: Final = {"postgres": 8, "sqlite": 3}
"""Suspensions of any move, by engine. On SQLite what is between BEGIN and COMMIT runs without a pause."""
pytestmark = pytest.mark.market({SURABAYA: ["batik_suroboyo"]})


class LeavingAt:
    """Awaits work, and cancels the task at the work's suspension of that number, counted from 0."""

    def __init__(self, work: Coroutine[Any, Any, Any], suspension: int) -> None:
        self._work = work
        self._suspension = suspension

    def __await__(self) -> Generator[Any, Any, Any]:
        steps = self._work.__await__()
        for number in itertools.count():
            try:
                awaited = next(steps)
            except StopIteration as done:
                return done.value
            if number == self._suspension:
                task = asyncio.current_task()
                assert task is not None
                task.cancel()
            try:
                yield awaited
            except BaseException as error:
                return (yield from _thrown(steps, error))
        raise AssertionError("unreachable")


def _thrown(steps: Generator[Any, Any, Any], error: BaseException) -> Generator[Any, Any, Any]:
    """Lets the work see the cancellation, and go on for as long as it takes to clean up."""
    try:
        awaited = steps.throw(error)
    except StopIteration as done:
        return done.value
    while True:
        yield awaited
        try:
            awaited = next(steps)
        except StopIteration as done:
            return done.value


async def leave_at_each_suspension(work: Callable[[int], Coroutine[Any, Any, Any]]) -> int:
    """Begins `work(n)` for n = 0, 1, 2 ..., leaves at its n-th suspension, then does it again to the end.

    Returns how often it left before the work was done.
    """
    for number in range(ENOUGH):
        leaving = asyncio.ensure_future(_awaited(LeavingAt(work(number), number)))
        await asyncio.wait({leaving})
        if not leaving.cancelled():
            assert leaving.exception() is None
            return number
        await work(number)
    raise AssertionError("the work never came to its end")


async def _awaited(work: Awaitable[Any]) -> Any:
    return await work


@pytest.fixture
async def narrow(market: World) -> AsyncIterator[World]:
    """The same market with one connection: one that is not given back would be missed."""
    settings = market.market.settings.model_copy(update={"pool_size": 1})
    async with opened_world(settings, market.market.database.url) as world:
        yield world


async def placed(world: World, actor: Actor, variant: models.Variant, key: str) -> Placed:
    """Places an order of one piece."""
    assert actor.buyer is not None
    basket = Basket(buyer=actor.buyer, items=(Item(variant.id, 1),), key=key)
    answer = await orders.place(world.market, actor, basket)
    assert isinstance(answer, Placed)
    return answer


async def ordered(world: World, actor: Actor, variant: models.Variant, count: int) -> list[UUID]:
    """The keys of that many orders."""
    purchases = [await placed(world, actor, variant, f"key {number}") for number in range(count)]
    rows = await models.Order.filter(purchase_id__in=[each.purchase for each in purchases])
    return [UUID(str(row.id)) for row in rows]


async def test_leaving_while_placing_makes_one_purchase_of_each_key(narrow: World) -> None:
    rice = await narrow.product(await narrow.vendor(), price=1_000, stock=1_000)
    actor = as_buyer(await narrow.buyer(classes={}))

    left = await leave_at_each_suspension(lambda number: placed(narrow, actor, rice, f"key {number}"))

    assert left >= FEWEST[narrow.market.database.dialect]
    assert await models.Purchase.all().count() == left + 1
    assert (await models.Variant.get(id=rice.id)).stock == 1_000 - left - 1
    await assert_books_balance(narrow.market.database)


async def test_leaving_while_delivering_delivers_once(narrow: World) -> None:
    rice = await narrow.product(await narrow.vendor(), price=1_000, stock=1_000)
    actor, hall = as_buyer(await narrow.buyer(classes={})), as_city_hall(SURABAYA)
    keys = await ordered(narrow, actor, rice, 100)

    left = await leave_at_each_suspension(lambda number: orders.deliver(narrow.market, hall, keys[number]))

    assert left >= FEWEST[narrow.market.database.dialect]
    assert await models.Order.filter(status="delivered").count() == left + 1
    assert (await models.TallyBalance.get(rule="surabaya.mandate")).value == 1_000 * (left + 1)
    await assert_books_balance(narrow.market.database)


async def test_leaving_while_cancelling_gives_back_once(narrow: World) -> None:
    rice = await narrow.product(await narrow.vendor(), price=1_000, stock=1_000)
    actor = as_buyer(await narrow.buyer(classes={}))
    keys = await ordered(narrow, actor, rice, 100)

    left = await leave_at_each_suspension(lambda number: orders.cancel(narrow.market, actor, keys[number], "enough"))

    assert left >= FEWEST[narrow.market.database.dialect]
    assert await models.Order.filter(status="cancelled").count() == left + 1
    assert (await models.Variant.get(id=rice.id)).stock == 1_000 - 100 + left + 1
    await assert_books_balance(narrow.market.database)

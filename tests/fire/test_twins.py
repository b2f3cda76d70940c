"""A retry that overtakes the first request at any moment: both are answered with the one purchase."""

import asyncio
import itertools
from collections.abc import Callable, Coroutine, Generator
from typing import Any, Final

import pytest

from peken import models, orders
from peken.orders import Basket, Item, NotPlaced, Placed
from peken.testing.world import World, as_buyer
from tests.fire.books import assert_books_balance

SURABAYA = "35.78"
ENOUGH: Final = 100
# SQLite's one connection cannot be held by one request and used by the other.
pytestmark = [pytest.mark.market({SURABAYA: ["batik_suroboyo"]}), pytest.mark.engines("postgres")]


class HeldAt:
    """Awaits work, but at its suspension of that number lets something else run to its end first."""

    def __init__(
        self, work: Coroutine[Any, Any, Any], suspension: int, meanwhile: Callable[[], Coroutine[Any, Any, Any]]
    ) -> None:
        self._work = work
        self._suspension = suspension
        self._meanwhile = meanwhile

    def __await__(self) -> Generator[Any, Any, Any]:
        steps = self._work.__await__()
        for number in itertools.count():
            try:
                awaited = next(steps)
            except StopIteration as done:
                return done.value
            if number == self._suspension:
                yield from self._meanwhile().__await__()
            yield awaited
        raise AssertionError("unreachable")


async def awaited(work: HeldAt) -> Any:
    """The work's result, in a task of its own."""
    return await work


async def overtaken(market: World, vendor: models.Vendor, suspension: int) -> list[Placed | NotPlaced]:
    """The answers to one wish for a last piece, whose retry overtakes it there, if it still can."""
    actor = as_buyer(await market.buyer(classes={}))
    egg = await market.product(vendor, price=2_000, stock=1)
    assert actor.buyer is not None
    basket = Basket(buyer=actor.buyer, items=(Item(egg.id, 1),), key="k")
    answers = []
    with market.market.database.counting() as statements:

        async def retry() -> None:
            # Once the first request writes, a retry waits for it and cannot overtake.
            if not any(statement.startswith("INSERT") for statement in statements):
                answers.append(await orders.place(market.market, actor, basket))

        first = HeldAt(orders.place(market.market, actor, basket), suspension, retry)
        answers.append(await asyncio.ensure_future(awaited(first)))
    return answers


async def test_a_retry_that_took_the_last_piece_answers_the_first_request_too(market: World) -> None:
    vendor = await market.vendor()

    tries = []
    for suspension in range(ENOUGH):
        tries.append(await overtaken(market, vendor, suspension))
        if len(tries[-1]) == 1:
            break

    assert 5 < len(tries) < ENOUGH
    assert all(isinstance(answer, Placed) for answers in tries for answer in answers)
    assert all(len({answer.purchase for answer in answers if isinstance(answer, Placed)}) == 1 for answers in tries)
    assert await models.Purchase.all().count() == len(tries)
    assert await models.Attempt.all().count() == 0
    await assert_books_balance(market.market.database)

"""A request that is overtaken at any moment, by its own retry or by another buyer: the answer is still the truth."""

import asyncio
import itertools
from collections.abc import Callable, Coroutine, Generator
from functools import partial
from typing import Any, Final

import pytest

from peken import models, orders
from peken.actors import Actor
from peken.database.traffic import touched
from peken.errors import PekenError, Refused
from peken.orders import Basket, Item, NotPlaced, Placed
from peken.testing.world import World, as_buyer, as_city_hall
from tests.fire.books import assert_books_balance

SURABAYA = "35.78"
ENOUGH: Final = 100
Work = Coroutine[Any, Any, Any]
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


async def place(market: World, actor: Actor, variant: models.Variant, quantity: int = 1) -> Placed | NotPlaced:
    """Places one line under the actor's only key."""
    assert actor.buyer is not None
    return await orders.place(
        market.market, actor, Basket(buyer=actor.buyer, items=(Item(variant.id, quantity),), key="k")
    )


async def refusal_of(work: Callable[[], Work]) -> str:
    """The code of what hindered it; empty when it was done."""
    try:
        await work()
    except PekenError as error:
        return error.code
    except Refused as refused:
        return refused.objections[0].code
    return ""


async def overtaken(market: World, suspension: int, slow: Callable[[], Work], fast: Callable[[], Work]) -> list[Any]:
    """The answers of the fast request and of the slow one, which it overtakes there, if it still can."""
    answers = []
    with market.market.database.counting() as statements:

        async def overtake() -> None:
            # Once the slow request writes, the fast one waits for it and cannot overtake.
            if not any(touched(statement).written for statement in statements):
                answers.append(await fast())

        answers.append(await asyncio.ensure_future(awaited(HeldAt(slow(), suspension, overtake))))
    return answers


async def test_a_retry_that_took_the_last_piece_answers_the_first_request_too(market: World) -> None:
    vendor = await market.vendor()

    tries: list[list[Any]] = []
    for suspension in range(ENOUGH):
        actor = as_buyer(await market.buyer(classes={}))
        egg = await market.product(vendor, price=2_000, stock=1)
        work = partial(place, market, actor, egg)
        tries.append(await overtaken(market, suspension, work, work))
        if len(tries[-1]) == 1:
            break

    assert 3 < len(tries) < ENOUGH
    assert all(isinstance(answer, Placed) for answers in tries for answer in answers)
    assert all(len({answer.purchase for answer in answers}) == 1 for answers in tries)
    assert await models.Purchase.all().count() == len(tries)
    assert await models.Attempt.all().count() == 0
    await assert_books_balance(market.market.database)


async def test_who_is_overtaken_at_the_cap_is_refused_with_the_figures_of_that_moment(market: World) -> None:
    tries: list[list[Any]] = []
    for suspension in range(ENOUGH):
        slow, fast = as_buyer(await market.buyer()), as_buyer(await market.buyer())
        rice = await market.product(await market.vendor(), price=1_000_000)
        tries.append(
            await overtaken(
                market, suspension, partial(place, market, slow, rice), partial(place, market, fast, rice, 30)
            )
        )
        if len(tries[-1]) == 1:
            break

    *both, (alone,) = tries
    assert 3 < len(both) < ENOUGH
    assert isinstance(alone, Placed)
    for winner, loser in both:
        assert isinstance(winner, Placed)
        assert isinstance(loser, NotPlaced)
        (decision,) = (each for each in loser.decisions if each.window)
        assert (decision.code, decision.values["before"], decision.values["remaining"]) == (
            "cap_reached",
            30_000_000,
            0,
        )
    assert await models.Decision.filter(code="cap_reached").count() == len(both)
    await assert_books_balance(market.market.database)


async def test_who_is_overtaken_at_the_shelf_is_told_what_is_left(market: World) -> None:
    vendor = await market.vendor()

    tries: list[list[Any]] = []
    for suspension in range(ENOUGH):
        slow, fast = as_buyer(await market.buyer()), as_buyer(await market.buyer())
        egg = await market.product(vendor, price=2_000, stock=5)
        tries.append(
            await overtaken(
                market, suspension, partial(place, market, slow, egg, 3), partial(place, market, fast, egg, 4)
            )
        )
        if len(tries[-1]) == 1:
            break

    *both, (alone,) = tries
    assert 3 < len(both) < ENOUGH
    assert isinstance(alone, Placed)
    for winner, loser in both:
        assert isinstance(winner, Placed)
        assert isinstance(loser, NotPlaced)
        assert [(objection.code, objection.values["left"]) for objection in loser.objections] == [("out_of_stock", 1)]
    await assert_books_balance(market.market.database)


async def test_a_buyer_whom_the_delivery_overtakes_cancels_nothing(market: World) -> None:
    rice = await market.product(await market.vendor(), price=2_000)
    hall = as_city_hall(SURABAYA)

    tries: list[list[Any]] = []
    for suspension in range(ENOUGH):
        buyer = as_buyer(await market.buyer(classes={}))
        placed = await place(market, buyer, rice)
        assert isinstance(placed, Placed)
        order = await models.Order.get(purchase_id=placed.purchase)
        cancelling = partial(refusal_of, partial(orders.cancel, market.market, buyer, order.id, "too late"))
        delivering = partial(refusal_of, partial(orders.deliver, market.market, hall, order.id))
        tries.append(await overtaken(market, suspension, cancelling, delivering))
        if len(tries[-1]) == 1:
            break

    *both, alone = tries
    assert 1 < len(both) < ENOUGH
    assert alone == [""]
    assert {delivered for delivered, _ in both} == {""}
    assert {cancelled for _, cancelled in both} == {"forbidden", "cannot_move"}
    assert await models.Order.filter(status="delivered").count() == len(both)
    await assert_books_balance(market.market.database)

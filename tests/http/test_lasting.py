"""Work that is ended when it lasts too long, by the rules of asyncio.timeout."""

import asyncio

import pytest

from peken.http.lasting import Lasting

pytestmark = pytest.mark.anyio
LONG = 3_600


async def stuck(lasting: Lasting, begun: asyncio.Event | None = None) -> None:
    with lasting.bound():
        if begun:
            begun.set()
        await asyncio.Event().wait()


async def test_what_lasts_too_long_is_ended_whenever_it_began() -> None:
    lasting = Lasting(0.01)

    first = await asyncio.gather(stuck(lasting), stuck(lasting), return_exceptions=True)
    later = await asyncio.gather(stuck(lasting), return_exceptions=True)

    assert [type(each) for each in (*first, *later)] == [TimeoutError] * 3


async def test_what_ends_in_time_is_left_alone_and_leaves_nothing() -> None:
    lasting = Lasting(0.01)

    with lasting.bound() as bound:
        pass
    ended = await asyncio.gather(stuck(lasting), return_exceptions=True)

    assert not bound.expired
    assert isinstance(ended[0], TimeoutError)
    assert not lasting._running


async def test_one_who_began_later_has_their_own_time() -> None:
    lasting, begun = Lasting(LONG), asyncio.Event()
    task = asyncio.create_task(stuck(lasting, begun))
    await begun.wait()
    (elder,) = lasting._running

    with lasting.bound() as younger:
        elder.until = 0
        lasting._ring(asyncio.get_running_loop())
        ended = await asyncio.gather(task, return_exceptions=True)

    assert isinstance(ended[0], TimeoutError)
    assert (elder.expired, younger.expired) == (True, False)


async def test_anothers_cancellation_is_no_timeout() -> None:
    lasting, begun = Lasting(LONG), asyncio.Event()
    task = asyncio.create_task(stuck(lasting, begun))
    await begun.wait()

    task.cancel()
    ended = await asyncio.gather(task, return_exceptions=True)

    assert isinstance(ended[0], asyncio.CancelledError)


async def test_anothers_cancellation_beside_it_goes_on_as_one() -> None:
    lasting, begun = Lasting(LONG), asyncio.Event()
    task = asyncio.create_task(stuck(lasting, begun))
    await begun.wait()
    (bound,) = lasting._running

    bound.expire()
    task.cancel()
    ended = await asyncio.gather(task, return_exceptions=True)

    assert isinstance(ended[0], asyncio.CancelledError)


async def test_work_that_heeds_no_cancellation_ends_as_it_likes() -> None:
    lasting, task = Lasting(0.01), asyncio.current_task()
    assert task
    before = task.cancelling()

    with lasting.bound() as bound:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            answer = "done"

    assert (answer, bound.expired, task.cancelling()) == ("done", True, before)


def test_another_loop_begins_anew() -> None:
    lasting = Lasting(0.01)

    async def left() -> None:
        lasting.bound()

    asyncio.run(left())

    with pytest.raises(TimeoutError):
        asyncio.run(stuck(lasting))

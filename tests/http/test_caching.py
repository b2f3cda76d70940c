"""Answers that are kept: computed once, for all who ask together, and never shown after a change that is known."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field

import pytest

from peken.database.traffic import EVERY_TABLE, Traffic
from peken.errors import PekenError
from peken.http.caching import Answers, Kept, Key, Made

pytestmark = pytest.mark.anyio
SHOPS = frozenset({"shop"})
KEY = Key("{ shops }", None, b"", "en")


@dataclass
class Kitchen:
    """Makes answers out of one table, when it is told to, and counts them."""

    traffic: Traffic = field(default_factory=lambda: Traffic("test"))
    made: int = 0
    now: float = 0.0
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.traffic.tables = SHOPS
        self.go_on.set()

    def answers(self, *, size: int = 100_000, longest: float = 30.0) -> Answers:
        return Answers(
            self.traffic,
            alike=lambda *_: True,
            viewpoint=lambda _: (),
            seconds=1.0,
            size=size,
            longest=longest,
            clock=lambda: self.now,
        )

    async def cook(self) -> Made:
        self.made += 1
        number = self.made
        self.traffic.note("SELECT name FROM shop")
        self.begun.set()
        await self.go_on.wait()
        return Made(f"answer {number}".encode(), None)


@pytest.fixture
def kitchen() -> Kitchen:
    return Kitchen()


async def body(answer: Awaitable[Kept | Made]) -> str:
    found = await answer
    assert found.body is not None
    return found.body.decode()


async def test_those_who_ask_together_are_answered_by_one_computation(kitchen: Kitchen) -> None:
    answers = kitchen.answers()

    together = await asyncio.gather(*(body(answers.answer(KEY, kitchen.cook)) for _ in range(20)))
    later = await body(answers.answer(KEY, kitchen.cook))

    assert set(together) == {later} == {"answer 1"}
    assert kitchen.made == 1


async def test_the_first_who_leaves_takes_the_answer_from_nobody(kitchen: Kitchen) -> None:
    answers = kitchen.answers()
    kitchen.go_on.clear()
    first = asyncio.create_task(body(answers.answer(KEY, kitchen.cook)))
    await kitchen.begun.wait()
    second = asyncio.create_task(body(answers.answer(KEY, kitchen.cook)))

    first.cancel()
    await asyncio.wait([first])
    kitchen.go_on.set()

    assert first.cancelled()
    assert await second == "answer 1"
    assert kitchen.made == 1


async def test_a_failure_is_told_to_those_who_wait_and_to_nobody_else(kitchen: Kitchen) -> None:
    answers = kitchen.answers()

    async def burn() -> Made:
        await kitchen.cook()
        raise PekenError("burnt", "Burnt.")

    together = await asyncio.gather(*(answers.answer(KEY, burn) for _ in range(3)), return_exceptions=True)
    later = await body(answers.answer(KEY, kitchen.cook))

    assert [error.code for error in together if isinstance(error, PekenError)] == ["burnt"] * 3
    assert later == "answer 2"


async def test_an_answer_with_errors_is_not_kept(kitchen: Kitchen) -> None:
    answers = kitchen.answers()

    async def spoil() -> Made:
        await kitchen.cook()
        return Made(None, "errors")

    spoilt = await answers.answer(KEY, spoil)
    later = await body(answers.answer(KEY, kitchen.cook))

    assert spoilt == Made(None, "errors")
    assert later == "answer 2"


async def test_what_never_ends_is_given_up_and_made_anew(kitchen: Kitchen) -> None:
    answers = kitchen.answers(longest=0.01)
    kitchen.go_on.clear()

    with pytest.raises(PekenError, match="too long"):
        await answers.answer(KEY, kitchen.cook)
    kitchen.go_on.set()

    assert await body(answers.answer(KEY, kitchen.cook)) == "answer 2"


@pytest.mark.parametrize(("changed", "then"), [("shop", "answer 2"), (EVERY_TABLE, "answer 2"), ("street", "answer 1")])
async def test_an_answer_is_kept_until_one_of_its_tables_changes(kitchen: Kitchen, changed: str, then: str) -> None:
    answers = kitchen.answers()
    await answers.answer(KEY, kitchen.cook)

    await kitchen.traffic.written(frozenset({changed}))

    assert await body(answers.answer(KEY, kitchen.cook)) == then


async def test_who_asks_after_a_change_does_not_get_what_was_begun_before(kitchen: Kitchen) -> None:
    answers = kitchen.answers()
    kitchen.go_on.clear()
    before = asyncio.create_task(body(answers.answer(KEY, kitchen.cook)))
    await kitchen.begun.wait()
    await kitchen.traffic.written(SHOPS)
    after = asyncio.create_task(body(answers.answer(KEY, kitchen.cook)))

    kitchen.go_on.set()

    assert await before == "answer 1"
    assert await after == "answer 2"
    assert await body(answers.answer(KEY, kitchen.cook)) == "answer 2"


async def test_who_asks_after_a_change_elsewhere_shares_what_was_begun_before(kitchen: Kitchen) -> None:
    answers = kitchen.answers()
    kitchen.go_on.clear()
    before = asyncio.create_task(body(answers.answer(KEY, kitchen.cook)))
    await kitchen.begun.wait()
    await kitchen.traffic.written(frozenset({"street"}))
    after = asyncio.create_task(body(answers.answer(KEY, kitchen.cook)))

    kitchen.go_on.set()

    assert [await before, await after] == ["answer 1", "answer 1"]


async def test_no_answer_outlives_its_second_counted_from_before_its_rows(kitchen: Kitchen) -> None:
    answers = kitchen.answers()
    kitchen.go_on.clear()
    first = asyncio.create_task(body(answers.answer(KEY, kitchen.cook)))
    await kitchen.begun.wait()
    kitchen.now = 0.5
    kitchen.go_on.set()
    await first

    kitchen.now = 0.99
    still = await body(answers.answer(KEY, kitchen.cook))
    kitchen.now = 1.0
    then = await body(answers.answer(KEY, kitchen.cook))

    assert (still, then) == ("answer 1", "answer 2")


async def test_nobody_joins_what_was_begun_longer_ago_than_an_answer_is_good(kitchen: Kitchen) -> None:
    answers = kitchen.answers()
    kitchen.go_on.clear()
    slow = asyncio.create_task(body(answers.answer(KEY, kitchen.cook)))
    await kitchen.begun.wait()

    kitchen.now = 1.0
    kitchen.begun.clear()
    later = asyncio.create_task(body(answers.answer(KEY, kitchen.cook)))
    await kitchen.begun.wait()
    kitchen.go_on.set()

    assert [await slow, await later] == ["answer 1", "answer 2"]
    assert await body(answers.answer(KEY, kitchen.cook)) == "answer 2"


async def test_what_is_kept_is_bounded_and_the_last_used_stays(kitchen: Kitchen) -> None:
    answers = kitchen.answers(size=5_000)
    keys = [KEY._replace(variables=str(number).encode()) for number in range(10)]

    for key in keys:
        await answers.answer(key, kitchen.cook)
        await answers.answer(keys[0], kitchen.cook)

    assert [number for number, key in enumerate(keys) if answers.find(key)] == [0, 7, 8, 9]


async def test_what_alone_is_larger_than_the_bound_is_answered_and_not_kept(kitchen: Kitchen) -> None:
    answers = kitchen.answers(size=1_000)

    first = await body(answers.answer(KEY, kitchen.cook))
    second = await body(answers.answer(KEY, kitchen.cook))

    assert (first, second) == ("answer 1", "answer 2")


async def test_closing_ends_what_is_on_its_way(kitchen: Kitchen) -> None:
    answers = kitchen.answers()
    kitchen.go_on.clear()
    asked = asyncio.create_task(body(answers.answer(KEY, kitchen.cook)))
    await kitchen.begun.wait()

    await answers.close()
    await asyncio.wait([asked])

    assert asked.cancelled()

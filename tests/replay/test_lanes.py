"""Baskets bought at once: those that share a shop keep their order."""

import asyncio

import pytest

from peken.replay.lanes import drive, lanes_of

pytestmark = pytest.mark.anyio


def test_baskets_that_share_a_shop_share_a_lane_however_far_around() -> None:
    shops = {"a": ["1"], "b": ["2"], "c": ["3"], "d": ["1"], "e": ["2", "3"], "f": ["4"]}

    lanes = lanes_of(shops, 3)

    assert lanes == [["b", "c", "e"], ["a", "d"], ["f"]]


def test_shops_are_dealt_into_as_many_lanes_as_may_run_and_each_keeps_the_order_of_the_file() -> None:
    shops = {"a": ["1"], "b": ["2"], "c": ["3"], "d": ["1"], "e": ["2", "3"], "f": ["4"]}

    assert lanes_of(shops, 2) == [["b", "c", "e"], ["a", "d", "f"]]
    assert lanes_of(shops, 1) == [[*"abcdef"]]


async def test_a_lane_keeps_its_order_while_others_overtake_it() -> None:
    done: list[str] = []
    overtaken = asyncio.Event()

    async def work(basket: str) -> None:
        if basket == "a1":
            await overtaken.wait()
        done.append(basket)
        if basket == "b2":
            overtaken.set()

    await drive([["a1", "a2"], ["b1", "b2"]], work)

    assert done == ["b1", "b2", "a1", "a2"]


async def test_the_first_failure_stops_every_lane_and_is_raised() -> None:
    done: list[int] = []

    async def work(basket: int) -> None:
        if basket == 1:
            raise LookupError("no such shop")
        await asyncio.Event().wait()
        done.append(basket)

    with pytest.raises(LookupError, match="no such shop"):
        await drive([[2, 3], [1]], work)

    assert done == []

"""Which baskets may be bought at once, and buys them so; knows no market.

Baskets that share a shop stay in one lane, in the order of time: what a shop's cap lets through depends on it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")


def lanes_of(shops: Mapping[T, Collection[str]]) -> list[list[T]]:
    """The baskets, given with the shops that each buys from, dealt into lanes that share no shop; longest first."""
    roots: dict[str, str] = {}

    def root(shop: str) -> str:
        while (above := roots.setdefault(shop, shop)) != shop:
            roots[shop] = shop = roots.setdefault(above, above)
        return shop

    for bought_from in shops.values():
        first, *others = bought_from
        for other in others:
            roots[root(other)] = root(first)
    lanes: dict[str, list[T]] = {}
    for basket, bought_from in shops.items():
        lanes.setdefault(root(next(iter(bought_from))), []).append(basket)
    return sorted(lanes.values(), key=len, reverse=True)


async def drive(lanes: Iterable[Sequence[T]], at_once: int, work: Callable[[T], Awaitable[None]]) -> None:
    """Works each lane off in its order, `at_once` lanes at a time. The first failure stops all, and is raised."""
    waiting = iter(lanes)

    async def drive_on() -> None:
        for lane in waiting:
            for each in lane:
                await work(each)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(drive_on())
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None

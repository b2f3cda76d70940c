"""Which baskets may be bought at once, and buys them so; knows no market.

Baskets that share a shop stay in one lane, in the order of time: what a shop's cap lets through depends on it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from typing import TypeVar

T = TypeVar("T")


def lanes_of(shops: Mapping[T, Collection[str]], most: int) -> list[list[T]]:
    """The baskets, given in their order with the shops that each buys from, dealt into `most` lanes or fewer.

    No two lanes share a shop; they are about as long as each other.
    """
    roots: dict[str, str] = {}

    def root(shop: str) -> str:
        while (above := roots.setdefault(shop, shop)) != shop:
            roots[shop] = shop = roots.setdefault(above, above)
        return shop

    for bought_from in shops.values():
        first, *others = bought_from
        for other in others:
            roots[root(other)] = root(first)
    together: dict[str, list[int]] = {}
    for number, bought_from in enumerate(shops.values()):
        together.setdefault(root(next(iter(bought_from))), []).append(number)
    lanes: list[list[int]] = [[] for _ in range(min(most, len(together)))]
    for numbers in sorted(together.values(), key=len, reverse=True):
        min(lanes, key=len).extend(numbers)
    baskets = list(shops)
    return [[baskets[number] for number in sorted(lane)] for lane in lanes]


async def drive(lanes: Iterable[Iterable[T]], work: Callable[[T], Awaitable[None]]) -> None:
    """Works all lanes off at once, each in its order. The first failure stops all, and is raised."""

    async def drive_on(lane: Iterable[T]) -> None:
        for each in lane:
            await work(each)

    try:
        async with asyncio.TaskGroup() as group:
            for lane in lanes:
                group.create_task(drive_on(lane))
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None

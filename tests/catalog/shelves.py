"""What the tests of the catalogue share: a market of several shops, and asking for lists of it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from tests.schema.small_world import MALANG, SURABAYA, TWO_CITIES

from peken.actors import PUBLIC, Actor
from peken.testing.world import World

__all__ = ["MALANG", "PRODUCTS", "SURABAYA", "TWO_CITIES", "VENDORS", "names", "page", "stock_up", "walk"]

_LIST = """query ($filter: {noun}Filter, $sort: {noun}Sort{default}, $first: Int, $after: String, $last: Int,
                     $before: String) {{
  list: {field}(filter: $filter, sort: $sort, first: $first, after: $after, last: $last, before: $before) {{
    nodes {{ id name }} totalCount
    pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }}"""
PRODUCTS = _LIST.format(noun="Product", default="", field="products")
VENDORS = _LIST.format(noun="Vendor", default="! = NAME", field="vendors")


async def page(market: World, document: str, /, *, actor: Any = PUBLIC, **variables: Any) -> Mapping[str, Any]:
    """One page of a list."""
    return (await market.ask(document, variables, actor=actor)).data["list"]  # type: ignore[no-any-return]


async def names(market: World, document: str, wanted: Mapping[str, Any], actor: Actor = PUBLIC) -> list[str]:
    """The names of all that a filter lets through; its count must say the same."""
    found = await page(market, document, actor=actor, filter=wanted, first=100)
    assert found["totalCount"] == len(found["nodes"])
    return [node["name"] for node in found["nodes"]]


async def walk(market: World, document: str, sort: str, size: int, *, backward: bool = False) -> list[str]:
    """The ids of a whole list, page by page, in the order of the list."""
    ids: list[str] = []
    cursor = None
    while True:
        window = {"last": size, "before": cursor} if backward else {"first": size, "after": cursor}
        found = await page(market, document, sort=sort, **window)
        here = [node["id"] for node in found["nodes"]]
        assert len(here) <= size
        assert not set(here) & set(ids), "an item stands on two pages"
        ids = here + ids if backward else ids + here
        info = found["pageInfo"]
        if not info["hasPreviousPage" if backward else "hasNextPage"]:
            return ids
        cursor = info["startCursor" if backward else "endCursor"]


async def stock_up(market: World, count: int, price_of: Sequence[int] = (15_000, 15_000, 18_000)) -> None:
    """Products of one shop; names, prices and days of listing are shared by several."""
    vendor = await market.vendor()
    noon = market.clock.at
    for number in range(count):
        market.clock.at = noon + timedelta(minutes=number // 4)
        await market.product(vendor, name=f"Kopi {number // 3}", price=price_of[number % len(price_of)])
    market.clock.at = noon

"""Keyset pages: each item once, in any direction, whatever is written meanwhile."""

import base64
import json
from typing import Any

import pytest
from tests.catalog.shelves import PRODUCTS, TWO_CITIES, VENDORS, page, stock_up, walk
from tests.schema.small_world import case_of

from peken.ids import new_id
from peken.testing.world import World, as_buyer, as_city_hall, global_id

pytestmark = pytest.mark.market(TWO_CITIES)

SORTS = ("NAME", "CHEAPEST", "DEAREST", "NEWEST")


def forged(*content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


async def test_pages_of_products_hold_each_item_once_in_both_directions(market: World) -> None:
    await stock_up(market, 13)

    for sort in SORTS:
        whole = [node["id"] for node in (await page(market, PRODUCTS, sort=sort, first=100))["nodes"]]
        assert len(set(whole)) == 13
        for size in (1, 4, 13):
            assert await walk(market, PRODUCTS, sort, size) == whole, sort
            assert await walk(market, PRODUCTS, sort, size, backward=True) == whole, sort


async def test_pages_of_vendors_hold_each_item_once_in_both_directions(market: World) -> None:
    for number in range(7):
        await market.vendor(name=f"Toko {number // 3}")

    for sort in ("NAME", "NEWEST"):
        whole = [node["id"] for node in (await page(market, VENDORS, sort=sort, first=100))["nodes"]]
        assert len(set(whole)) == 7
        assert await walk(market, VENDORS, sort, 2) == whole, sort
        assert await walk(market, VENDORS, sort, 2, backward=True) == whole, sort


@pytest.mark.parametrize(("sort", "bound"), [("NAME", '"name">='), ("DEAREST", '"price"<=')])
async def test_a_deep_page_is_bounded_apart_from_any_or_so_that_its_index_begins_there(
    market: World, sort: str, bound: str
) -> None:
    await stock_up(market, 5)
    cursor = (await page(market, PRODUCTS, sort=sort, first=2))["pageInfo"]["endCursor"]

    with market.market.database.counting() as statements:
        await page(market, PRODUCTS, sort=sort, first=2, after=cursor)

    (listed,) = (text for text in statements if "LIMIT" in text)
    assert bound in listed.replace('"product".', "")


async def test_what_is_listed_between_two_pages_moves_no_item(market: World) -> None:
    await stock_up(market, 9)
    vendor = await market.vendor()

    for sort in SORTS:
        whole = [node["id"] for node in (await page(market, PRODUCTS, sort=sort, first=100))["nodes"]]
        first = await page(market, PRODUCTS, sort=sort, first=4)
        cursor = first["pageInfo"]["endCursor"]
        for price in (1, 15_000, 1_000_000):
            await market.product(vendor, name=f"Kopi {price}", price=price)
        rest = await page(market, PRODUCTS, sort=sort, first=100, after=cursor)
        before = await page(market, PRODUCTS, sort=sort, last=100, before=cursor)
        assert [node["id"] for node in rest["nodes"] if node["id"] in whole] == whole[4:], sort
        assert [node["id"] for node in before["nodes"] if node["id"] in whole] == whole[:3], sort


async def test_a_page_says_what_lies_around_it(market: World) -> None:
    await stock_up(market, 3)
    around = ("hasPreviousPage", "hasNextPage")

    first = (await page(market, PRODUCTS, first=1))["pageInfo"]
    middle = (await page(market, PRODUCTS, first=1, after=first["endCursor"]))["pageInfo"]
    last = (await page(market, PRODUCTS, last=1))["pageInfo"]
    between = await page(market, PRODUCTS, after=first["endCursor"], before=last["startCursor"])
    none = (await page(market, PRODUCTS, first=0))["pageInfo"]

    assert [[info[name] for name in around] for info in (first, middle, last)] == [
        [False, True],
        [True, True],
        [True, False],
    ]
    assert len(between["nodes"]) == 1
    assert none == {"hasPreviousPage": False, "hasNextPage": True, "startCursor": None, "endCursor": None}


@pytest.mark.engines("sqlite")
async def test_a_page_has_twenty_items_unless_told(market: World) -> None:
    await stock_up(market, 22)

    found = await page(market, PRODUCTS)

    assert (len(found["nodes"]), found["totalCount"]) == (20, 22)


async def test_a_cursor_of_another_list_is_refused(market: World) -> None:
    await stock_up(market, 3)
    at = "2026-03-16T05:00:00Z"
    cursor = (await page(market, PRODUCTS, sort="NAME", first=1))["pageInfo"]["endCursor"]
    own = str(new_id())
    foreign: list[tuple[str, dict[str, Any]]] = [
        (PRODUCTS, {"sort": "CHEAPEST", "after": cursor}),
        (VENDORS, {"after": cursor}),
        (PRODUCTS, {"before": "***"}),
        (PRODUCTS, {"after": ""}),
        (PRODUCTS, {"after": "ä"}),
        (PRODUCTS, {"after": cursor[:-9]}),
        (PRODUCTS, {"after": forged("products.name", 7, own)}),
        (PRODUCTS, {"after": forged("products.name", None, own)}),
        (PRODUCTS, {"after": forged("products.name", "Kopi", "no key")}),
        (PRODUCTS, {"after": forged("products.name", "Kopi")}),
        (PRODUCTS, {"sort": "CHEAPEST", "after": forged("products.cheapest", "1; DROP TABLE product", own)}),
        (PRODUCTS, {"sort": "CHEAPEST", "after": forged("products.cheapest", 2**63, own)}),
        (PRODUCTS, {"sort": "NEWEST", "after": forged("products.newest", "yesterday", own)}),
        (PRODUCTS, {"sort": "NEWEST", "after": forged("products.newest", at[:-1], own)}),
        (PRODUCTS, {"sort": "NEWEST", "after": forged("products.newest", "0001-01-01T00:00:00+23:59", own)}),
        (PRODUCTS, {"sort": "NEWEST", "before": forged("products.newest", "9999-12-31T23:59:59-23:59", own)}),
        (PRODUCTS, {"after": forged("products.name", "Kopi\0", own)}),
    ]

    answers = [await market.ask(document, variables) for document, variables in foreign]

    assert [answer.codes for answer in answers] == [["bad_cursor"]] * len(foreign)


async def test_a_cursor_of_an_item_that_is_gone_still_holds_its_place(market: World) -> None:
    await stock_up(market, 3)
    gone = forged("products.newest", "2026-03-16T04:00:00Z", str(new_id()))

    found = await page(market, PRODUCTS, sort="NEWEST", before=gone)

    assert len(found["nodes"]) == 3


@pytest.mark.engines("sqlite")
async def test_bad_sizes_of_a_page_are_refused(market: World) -> None:
    both = await market.ask(PRODUCTS, {"first": 1, "last": 1})
    negative = [await market.ask(PRODUCTS, {name: -1}) for name in ("first", "last")]
    large = [await market.ask(PRODUCTS, {name: 101}) for name in ("first", "last")]

    assert both.codes == ["bad_page"]
    assert [answer.codes for answer in negative] == [["bad_page"]] * 2
    assert [answer.codes for answer in large] == [["page_too_large"]] * 2


async def test_the_queries_of_a_page_do_not_grow_with_it(market: World) -> None:
    ask = """query ($first: Int) { products(first: $first) { totalCount nodes {
        name category { name } origin { name } variants { price stock }
        vendor { name kelurahan { name parent { name } } kecamatan { name } } } } }"""
    for number in range(6):
        vendor = await market.vendor(region=await market.region(number=number))
        await market.product(vendor, origin="35.73", category=f"staples.{'rice' if number % 2 else 'sugar'}")

    async def queries(first: int) -> int:
        with market.market.database.counting() as seen:
            found = (await market.ask(ask, {"first": first})).data["products"]["nodes"]
        assert len(found) == first
        return len(seen)

    assert await queries(6) == await queries(2)
    assert await queries(6) <= 8


async def test_the_queries_of_orders_do_not_grow_with_the_page(market: World) -> None:
    ask = """query ($first: Int) { orders(first: $first) { nodes { status vendor { name } delivery { address }
        lines { name product { name variants { id } } } buyer { name classes { code } obligations { due } }
        purchase { amount orders { id } } decisions { code } } } }"""
    for number in range(5):
        buyer = await market.buyer(name=f"Warga {number}")
        await case_of(market, market.city, buyer, as_buyer(buyer))

    async def queries(first: int) -> int:
        with market.market.database.counting() as seen:
            found = (await market.ask(ask, {"first": first}, actor=as_city_hall(market.city))).data["orders"]
        assert len(found["nodes"]) == first
        return len(seen)

    assert await queries(5) == await queries(2)


@pytest.mark.engines("sqlite")
async def test_an_id_of_another_kind_filters_nothing(market: World) -> None:
    variant = await market.product(await market.vendor())

    answer = await market.ask(PRODUCTS, {"filter": {"vendor": global_id(variant)}})

    assert answer.codes == ["bad_id"]

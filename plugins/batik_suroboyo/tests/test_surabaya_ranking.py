"""Who comes first among Surabaya's shops, and why, in a whole market over HTTP."""

from datetime import timedelta
from typing import Any

import pytest

from peken import models, ranking
from peken.actors import Actor
from peken.testing.world import World, as_buyer, as_vendor, global_id

SURABAYA, MALANG = "35.78", "35.73"
PLACE = """
mutation ($items: [ItemInput!]!, $key: String!) {
  placeOrder(basket: {items: $items}, idempotencyKey: $key) { ... on Purchase { orders { id } } }
}
"""
CANCEL = 'mutation ($id: ID!) { cancelOrder(id: $id, reason: "sent back") { ... on Order { status } } }'
RECOMMENDED = """query ($first: Int, $after: String, $last: Int, $before: String) {
  vendors(sort: RECOMMENDED, first: $first, after: $after, last: $last, before: $before) {
    nodes { name whyHere { code rule citation english: message(lang: EN) indonesian: message(lang: ID) } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""

pytestmark = pytest.mark.market({SURABAYA: ["batik_suroboyo"]})


async def place(market: World, actor: Actor, basket: dict[models.Variant, int], key: str) -> Any:
    """The answer to an order."""
    items = [{"variant": global_id(variant), "quantity": quantity} for variant, quantity in basket.items()]
    return (await market.ask(PLACE, {"items": items, "key": key}, actor=actor)).data["placeOrder"]


async def recommended(market: World) -> list[Any]:
    """All vendors as the ranking puts them."""
    found: list[Any] = (await market.ask(RECOMMENDED, {"first": 100})).data["vendors"]["nodes"]
    return found


async def order_of(market: World) -> list[str]:
    """Their names."""
    return [vendor["name"] for vendor in await recommended(market)]


async def deal_out(market: World) -> int:
    """What the turn of a day does."""
    return await ranking.deal_out(market.market, market.market.city(SURABAYA), market.clock.at)


async def test_the_unsold_come_first_and_every_place_says_why(market: World) -> None:
    joined = market.clock.at - timedelta(days=90)
    shops = {name: await market.vendor(name=name, created_at=joined) for name in ("Lama", "Baru", "Laku", "Diam")}
    await models.Vendor.filter(id=shops["Baru"].id).update(created_at=market.clock.at - timedelta(days=2))
    actor = as_buyer(await market.buyer())
    now = market.clock.at
    market.clock.at = now - timedelta(days=40)
    await place(market, actor, {await market.product(shops["Diam"]): 1}, "long ago")
    market.clock.at = now
    await deal_out(market)
    await place(market, actor, {await market.product(shops["Laku"]): 1}, "today")

    nodes = await recommended(market)

    assert [(node["name"], node["whyHere"]["code"]) for node in nodes] == [
        ("Lama", "never_sold"),
        ("Baru", "never_sold"),
        ("Diam", "days_since_last_order"),
        ("Laku", "sold_today"),
    ]
    why = nodes[2]["whyHere"]
    assert why["rule"] == "surabaya.equalisation"
    assert "Kota Surabaya" in why["citation"]
    assert why["english"] == "The last order here was 40 days ago."
    assert why["indonesian"] == "Pesanan terakhir di sini 40 hari yang lalu."


async def test_an_order_moves_its_shops_at_once_and_its_cancellation_moves_them_back(market: World) -> None:
    one, other = await market.vendor(name="Satu"), await market.vendor(name="Dua")
    rice, actor = await market.product(one), as_buyer(await market.buyer())
    await deal_out(market)

    before = await order_of(market)
    answer = await place(market, actor, {rice: 1}, "k")
    after = await order_of(market)
    await market.ask(CANCEL, {"id": answer["orders"][0]["id"]}, actor=as_vendor(one))
    again = await order_of(market)

    assert (before, after, again) == (["Satu", "Dua"], ["Dua", "Satu"], ["Satu", "Dua"])
    assert other.place == 0


async def test_a_refused_order_moves_nobody(market: World) -> None:
    one, _ = await market.vendor(name="Satu"), await market.vendor(name="Dua")
    rice = await market.product(one, price=31_000_000)
    await deal_out(market)

    await place(market, as_buyer(await market.buyer()), {rice: 1}, "k")

    assert await order_of(market) == ["Satu", "Dua"]


async def test_what_departments_bought_counts_from_the_next_day_on(market: World) -> None:
    shops = [await market.vendor(name=name) for name in ("Dinas", "Warga")]
    office = await market.department()
    department = as_buyer(await market.buyer(kind="department", department_id=office.id))
    citizen = as_buyer(await market.buyer())
    await place(market, department, {await market.product(shops[0]): 1}, "a")
    await place(market, citizen, {await market.product(shops[1]): 9}, "b")

    market.clock.at += timedelta(days=1)
    await deal_out(market)

    assert await order_of(market) == ["Warga", "Dinas"], "both waited a day; departments bought least of the first"


async def test_dealing_out_again_changes_nothing_and_takes_one_statement(market: World) -> None:
    for _ in range(5):
        await market.vendor()
    first = await deal_out(market)

    with market.market.database.counting() as seen:
        again = await deal_out(market)

    assert (first, again, len(seen)) == (5, 0, 1)


async def test_statements_of_dealing_out_do_not_grow_with_shops(market: World) -> None:
    counts = []
    for number in (2, 9):
        for _ in range(number):
            await market.vendor()
        with market.market.database.counting() as seen:
            await deal_out(market)
        counts.append(len(seen))

    assert counts == [2, 2]


async def test_pages_as_recommended_hold_each_shop_once_in_both_directions(market: World) -> None:
    actor = as_buyer(await market.buyer())
    for number in range(11):
        vendor = await market.vendor(name=f"Toko {number}")
        if number % 3 == 0:
            await place(market, actor, {await market.product(vendor): 1}, str(number))
    await deal_out(market)
    whole = await order_of(market)

    async def walk(size: str, cursor: str, edge: str, more: str) -> list[list[str]]:
        pages, at, wanted = [], None, True
        while wanted:
            page = (await market.ask(RECOMMENDED, {size: 3, cursor: at})).data["vendors"]
            pages.append([node["name"] for node in page["nodes"]])
            at, wanted = page["pageInfo"][edge], page["pageInfo"][more]
        return pages

    onward = await walk("first", "after", "endCursor", "hasNextPage")
    backward = await walk("last", "before", "startCursor", "hasPreviousPage")

    assert len(set(whole)) == 11
    assert [name for page in onward for name in page] == whole
    assert [name for page in backward[::-1] for name in page] == whole


async def test_a_list_with_reasons_takes_as_many_queries_for_many_shops_as_for_few(market: World) -> None:
    for _ in range(6):
        await market.vendor()
    await deal_out(market)
    document = """query ($first: Int) {
      vendors(sort: RECOMMENDED, first: $first) { nodes { whyHere { message } closed { message } } } }"""

    counts = []
    for first in (2, 6):
        with market.market.database.counting() as seen:
            await market.ask(document, {"first": first})
        counts.append(len(seen))

    assert counts == [2, 2]


@pytest.mark.market({MALANG: ["malang_quota"]})
async def test_where_nothing_ranks_who_joined_first_comes_first_and_no_reason_is_given(market: World) -> None:
    for name in ("Satu", "Dua"):
        await market.vendor(name=name)

    moved = await ranking.deal_out(market.market, market.market.city(MALANG), market.clock.at)

    assert moved == 0
    assert [(node["name"], node["whyHere"]) for node in await recommended(market)] == [("Satu", None), ("Dua", None)]

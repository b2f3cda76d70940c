"""Many clients of one process, on either database: nothing is sold twice and no limit is passed."""

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Sequence

import pytest

from peken import models
from peken.ids import new_id
from peken.testing.world import World, as_buyer, as_vendor
from tests.fire.asking import CANCEL, DELIVER, Ask, Reply, moving, placing, reply_to
from tests.fire.books import assert_books_balance

SURABAYA = "35.78"
pytestmark = pytest.mark.market({SURABAYA: ["batik_suroboyo"]})


async def at_once(market: World, asks: Sequence[Ask]) -> list[Reply]:
    """All replies to requests that are sent together."""
    return await asyncio.gather(*(reply_to(market, ask) for ask in asks))


async def test_fifty_clients_share_the_last_million_below_the_cap_exactly(market: World) -> None:
    rice = await market.product(await market.vendor(), price=40_000, stock=10_000)
    first = await reply_to(market, placing(as_buyer(await market.buyer()), {rice: 725}, "most of it"))
    asks = [placing(as_buyer(await market.buyer()), {rice: 1}, "k") for _ in range(50)]

    replies = await at_once(market, asks)

    assert first.kind == "Purchase"
    assert Counter(reply.kind for reply in replies) == {"Purchase": 25, "PurchaseRefused": 25}
    assert (await models.TallyBalance.get(rule="surabaya.vendor-cap")).value == 30_000_000
    assert await models.Decision.filter(code="cap_reached").count() == 25
    await assert_books_balance(market.market.database)


@pytest.mark.parametrize(("units", "seed"), [(1, 1), (15, 2)])
async def test_the_last_items_are_sold_exactly_to_buyers_who_all_ask_three_times(
    market: World, units: int, seed: int
) -> None:
    egg = await market.product(await market.vendor(), price=2_000, stock=units)
    asks = [placing(as_buyer(await market.buyer()), {egg: 1}, f"key {number}") for number in range(20)] * 3
    random.Random(seed).shuffle(asks)

    replies = await at_once(market, asks)

    bought = Counter(reply.about for reply in replies if reply.kind == "Purchase")
    assert {reply.kind for reply in replies} == {"Purchase", "PurchaseRefused"}
    assert list(bought.values()) == [3] * units
    assert (await models.Variant.get(id=egg.id)).stock == 0
    await assert_books_balance(market.market.database)


async def test_a_key_sent_many_times_at_once_makes_one_purchase(market: World) -> None:
    egg = await market.product(await market.vendor(), price=2_000)
    actor = as_buyer(await market.buyer())
    asks = [placing(actor, {egg: 1 + number}, f"key {number}") for number in range(5) for _ in range(10)]

    replies = await at_once(market, asks)

    answers = defaultdict(list)
    for reply in replies:
        answers[reply.about].append(reply.answer)
    assert all(answer == same[0] for same in answers.values() for answer in same)
    assert await models.Purchase.all().count() == 5
    await assert_books_balance(market.market.database)


async def test_another_basket_under_a_key_in_flight_is_refused(market: World) -> None:
    egg = await market.product(await market.vendor(), price=2_000)
    actor = as_buyer(await market.buyer())

    replies = await at_once(market, [placing(actor, {egg: 1 + number}, "one key") for number in range(10)])

    assert Counter(reply.kind for reply in replies) == {"Purchase": 1, "key_reused": 9}
    await assert_books_balance(market.market.database)


async def test_one_key_of_two_buyers_is_two_keys(market: World) -> None:
    egg = await market.product(await market.vendor(), price=2_000)
    asks = [placing(as_buyer(await market.buyer()), {egg: 1}, "one key") for _ in range(2)]

    replies = await at_once(market, asks)

    assert len({reply.answer["id"] for reply in replies}) == 2


async def test_cancelling_while_others_place_gives_the_pieces_to_them(market: World) -> None:
    egg = await market.product(await market.vendor(), price=2_000, stock=10)
    first = as_buyer(await market.buyer())
    orders = [
        (await reply_to(market, placing(first, {egg: 1}, f"k{number}"))).answer["orders"][0]["id"]
        for number in range(10)
    ]
    others = [placing(as_buyer(await market.buyer()), {egg: 1}, "k") for _ in range(20)]
    cancelling = [moving(CANCEL, first, order) for order in orders for _ in range(2)]

    replies = await at_once(market, [ask for pair in zip(others, cancelling, strict=True) for ask in pair])

    kinds = Counter(reply.kind for reply in replies)
    assert kinds["Order"] == 20
    assert (await models.Variant.get(id=egg.id)).stock == 10 - kinds["Purchase"]
    await assert_books_balance(market.market.database)


async def test_delivering_and_cancelling_at_once_leaves_one_truth(market: World) -> None:
    vendor = await market.vendor()
    rice = await market.product(vendor, price=50_000)
    buyer = as_buyer(await market.buyer(classes={}))
    orders = [
        (await reply_to(market, placing(buyer, {rice: 1}, f"k{number}"))).answer["orders"][0]["id"]
        for number in range(8)
    ]
    asks = [
        moving(document, actor, order)
        for order in orders
        for document, actor in ((DELIVER, as_vendor(vendor)), (CANCEL, buyer), (DELIVER, as_vendor(vendor)))
    ]

    replies = await at_once(market, asks)

    assert {reply.kind for reply in replies} <= {"Order", "Refused", "forbidden"}
    delivered = await models.Order.filter(status="delivered").count()
    assert (await models.Variant.get(id=rice.id)).stock == 100 - delivered
    assert sum(b.value for b in await models.TallyBalance.filter(rule="surabaya.mandate")) == 50_000 * delivered
    await assert_books_balance(market.market.database)


async def test_two_buyers_who_empty_two_sizes_leave_a_product_out_of_stock(market: World) -> None:
    vendor = await market.vendor()
    small = await market.product(vendor, price=10_000, stock=1)
    large = await models.Variant.create(id=new_id(), product_id=small.product_id, price=20_000, stock=1, position=1)
    await models.StockEntry.create(id=new_id(), variant_id=large.id, delta=1, cause="listed", at=market.clock.at)
    asks = [placing(as_buyer(await market.buyer()), {variant: 1}, "k") for variant in (small, large)]

    replies = await at_once(market, asks)

    assert [reply.kind for reply in replies] == ["Purchase", "Purchase"]
    assert (await models.Product.get(id=small.product_id)).in_stock is False
    await assert_books_balance(market.market.database)

"""Two processes and many clients on one PostgreSQL: nothing is sold twice, no limit is passed, nobody is stuck."""

import random
from collections import Counter, defaultdict

import pytest

from peken import models
from peken.testing.world import World, as_buyer, as_vendor
from tests.fire.asking import CANCEL, DELIVER, moving, placing, reply_to
from tests.fire.books import assert_books_balance
from tests.fire.processes import Pair

SURABAYA = "35.78"
pytestmark = [pytest.mark.market({SURABAYA: ["batik_suroboyo"]}), pytest.mark.engines("postgres")]


async def test_fifty_clients_share_the_last_million_below_the_cap_exactly(market: World, pair: Pair) -> None:
    rice = await market.product(await market.vendor(), price=40_000, stock=10_000)
    first = await reply_to(market, placing(as_buyer(await market.buyer()), {rice: 725}, "most of it"))
    clients = [[placing(as_buyer(await market.buyer()), {rice: 1}, "k")] for _ in range(50)]

    replies = await pair.play(market, clients)

    assert first.kind == "Purchase"
    assert Counter(reply.kind for reply in replies) == {"Purchase": 25, "PurchaseRefused": 25}
    balance = await models.TallyBalance.get(rule="surabaya.vendor-cap")
    assert (balance.value, balance.ceiling) == (30_000_000, 30_000_000)
    assert (await models.Variant.get(id=rice.id)).stock == 10_000 - 725 - 25
    await assert_books_balance(market.market.database)


async def test_who_finds_the_shop_closed_is_told_why_and_it_is_kept(market: World, pair: Pair) -> None:
    rice = await market.product(await market.vendor(), price=700_000, stock=1_000)
    await reply_to(market, placing(as_buyer(await market.buyer()), {rice: 41}, "most of it"))
    clients = [[placing(as_buyer(await market.buyer()), {rice: 1}, "k")] for _ in range(20)]

    replies = await pair.play(market, clients)

    refused = [reply.answer for reply in replies if reply.kind == "PurchaseRefused"]
    assert len(refused) == 19
    for answer in refused:
        (objection,) = answer["objections"]
        assert objection["code"] == "cap_reached"
        assert "Rp30.000.000" in objection["indonesian"]
        assert "Kota Surabaya" in objection["citation"]
        assert [decision["code"] for decision in answer["decisions"]] == ["allowed", "cap_reached"]
    assert await models.Attempt.all().count() == 19
    assert await models.Decision.filter(code="cap_reached").count() == 19


@pytest.mark.parametrize(("units", "seed"), [(1, 1), (1, 2), (50, 3)])
async def test_the_last_items_are_sold_exactly_to_buyers_who_all_ask_three_times(
    market: World, pair: Pair, units: int, seed: int
) -> None:
    egg = await market.product(await market.vendor(), price=2_000, stock=units)
    asks = [placing(as_buyer(await market.buyer()), {egg: 1}, f"key {number}") for number in range(75)] * 3
    random.Random(seed).shuffle(asks)

    replies = await pair.play(market, [asks[number::50] for number in range(50)])

    bought = Counter(reply.about for reply in replies if reply.kind == "Purchase")
    assert {reply.kind for reply in replies} == {"Purchase", "PurchaseRefused"}
    assert list(bought.values()) == [3] * units
    assert await models.Purchase.all().count() == units
    assert (await models.Variant.get(id=egg.id)).stock == 0
    await assert_books_balance(market.market.database)


async def test_twenty_keys_sent_twenty_times_each_make_twenty_purchases(market: World, pair: Pair) -> None:
    egg = await market.product(await market.vendor(), price=2_000, stock=1_000)
    actor = as_buyer(await market.buyer())
    asks = [placing(actor, {egg: 1 + number}, f"key {number}") for number in range(20) for _ in range(20)]

    replies = await pair.play(market, [asks[number::40] for number in range(40)])

    answers = defaultdict(list)
    for reply in replies:
        answers[reply.about].append(reply.answer)
    assert len(answers) == 20
    assert all(all(answer == same[0] for answer in same) and len(same) == 20 for same in answers.values())
    assert await models.Purchase.all().count() == 20
    await assert_books_balance(market.market.database)


async def test_two_baskets_that_race_for_one_key_make_one_purchase(market: World, pair: Pair) -> None:
    egg = await market.product(await market.vendor(), price=2_000)
    actor = as_buyer(await market.buyer())
    clients = [[placing(actor, {egg: 1 + number % 2}, f"key {turn}") for turn in range(10)] for number in range(8)]

    replies = await pair.play(market, clients)

    kinds: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for reply in replies:
        kinds[reply.about][reply.kind] += 1
    assert all(each == {"Purchase": 4, "key_reused": 4} for each in kinds.values()), kinds
    assert await models.Purchase.all().count() == 10
    await assert_books_balance(market.market.database)


async def test_orders_cancelled_many_times_at_once_give_back_once(market: World, pair: Pair) -> None:
    vendor = await market.vendor()
    rice = await market.product(vendor, price=50_000, stock=12)
    buyer = as_buyer(await market.buyer(classes={}))
    orders = [(await reply_to(market, placing(buyer, {rice: 1}, f"k{n}"))).answer["orders"][0]["id"] for n in range(12)]
    for order in orders[:6]:
        await reply_to(market, moving(DELIVER, as_vendor(vendor), order))
    asks = [moving(CANCEL, as_vendor(vendor), order) for order in orders for _ in range(6)]

    replies = await pair.play(market, [asks[number::24] for number in range(24)])

    assert {reply.answer["status"] for reply in replies} == {"CANCELLED"}
    assert (await models.Variant.get(id=rice.id)).stock == 12
    assert {balance.value for balance in await models.TallyBalance.all()} == {0}
    await assert_books_balance(market.market.database)


async def test_an_order_delivered_and_cancelled_at_once_ends_in_one_of_the_two_ways(market: World, pair: Pair) -> None:
    vendor = await market.vendor()
    rice = await market.product(vendor, price=50_000, stock=20)
    buyer = as_buyer(await market.buyer(classes={}))
    orders = [(await reply_to(market, placing(buyer, {rice: 1}, f"k{n}"))).answer["orders"][0]["id"] for n in range(20)]
    delivering = [[moving(DELIVER, as_vendor(vendor), order)] for order in orders]
    cancelling = [[moving(CANCEL, buyer, order)] for order in orders]

    replies = await pair.play(market, [client for both in zip(delivering, cancelling, strict=True) for client in both])

    kinds = Counter(reply.kind for reply in replies)
    assert set(kinds) <= {"Order", "Refused", "forbidden"}
    delivered = await models.Order.filter(status="delivered").count()
    assert delivered + await models.Order.filter(status="cancelled").count() == 20
    assert kinds["Order"] == 20
    mandate = await models.TallyBalance.filter(rule="surabaya.mandate")
    assert sum(balance.value for balance in mandate) == 50_000 * delivered
    await assert_books_balance(market.market.database)

"""Two processes that place, deliver and cancel over a few hot shops: no deadlock, no failure, books that balance."""

import random
from collections import Counter

import pytest

from peken import models
from peken.actors import Actor
from peken.testing.world import World, as_buyer, as_vendor, global_id
from tests.fire.asking import CANCEL, DELIVER, OWN, Ask, moving, placing, reply_to
from tests.fire.books import assert_books_balance
from tests.fire.processes import Pair

SURABAYA = "35.78"
pytestmark = [pytest.mark.market({SURABAYA: ["batik_suroboyo"]}), pytest.mark.engines("postgres")]

EXPECTED = {"Purchase", "PurchaseRefused", "Order", "Refused", "forbidden"}
"""Every answer that a shop in a storm may give: no `try_again`, no `database_busy`, no internal error."""


async def deadlocks(market: World) -> int:
    """How many deadlocks PostgreSQL had to break in this database."""
    rows = await market.market.database.fetch(
        "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    )
    return int(rows[0]["deadlocks"])


def stormy(dice: random.Random, actor: Actor, wares: list[str], moves: list[Ask], name: str) -> list[Ask]:
    """What one client does: baskets over several shops, cancelling some, and moving orders of others."""
    asks: list[Ask] = []
    for turn in range(4):
        basket = [(ware, dice.randint(1, 3)) for ware in dice.sample(wares, dice.randint(1, 4))]
        asks += [placing(actor, basket, f"{name} {turn}"), dice.choice(moves)]
        if dice.random() < 0.5:
            asks.append(moving(CANCEL, actor, OWN))
    return asks


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_storm_leaves_the_books_in_balance(market: World, pair: Pair, seed: int) -> None:
    dice = random.Random(seed)
    vendors = [await market.vendor(name=f"Toko {number}") for number in range(3)]
    stocks = [(vendor, stock) for vendor in vendors for stock in (4, 40)]
    variants = [await market.product(vendor, price=90_000 + stock, stock=stock) for vendor, stock in stocks]
    buyers = [as_buyer(await market.buyer(classes={})) for _ in range(24)]
    moves = []
    for number, actor in enumerate(buyers[:12]):
        first = await reply_to(market, placing(actor, {variants[1 + 2 * (number % 3)]: 1}, "first"))
        (order,) = first.answer["orders"]
        shop = as_vendor(vendors[number % 3])
        moves += [
            moving(DELIVER, shop, order["id"]),
            moving(CANCEL, shop, order["id"]),
            moving(CANCEL, actor, order["id"]),
        ]
    wares = [global_id(variant) for variant in variants]
    clients = [stormy(dice, actor, wares, moves, "storm") for actor in buyers]

    replies = await pair.play(market, clients)

    kinds = Counter(reply.kind for reply in replies)
    assert set(kinds) <= EXPECTED, kinds
    assert min(kinds["Purchase"], kinds["PurchaseRefused"], kinds["Order"]) > 0, kinds
    assert {reply.status for reply in replies} <= {200, 403}
    assert await models.Purchase.all().count() == 12 + kinds["Purchase"]
    assert await deadlocks(market) == 0
    await assert_books_balance(market.market.database)

"""Baskets carried out at once leave the rows that placing and delivering them one by one does."""

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

import orjson
import pytest
from tests.fire.books import assert_books_balance

from peken import models
from peken.actors import Actor, Role
from peken.database import json_of
from peken.orders import Basket, Bought, Item, NotPlaced, Placed, carry_out, deliver, place
from peken.testing.templates import Templates
from peken.testing.world import World, as_buyer, opened_world, settings_for

SURABAYA: Final = {"35.78": ["batik_suroboyo"]}
MILLION: Final = 1_000_000
LIMIT: Final = (12, 7, 15, 6, 9, 1, 2, 20)
"""Millions bought: of thirty that one shop may sell, and as many of the other, each takes what there is room for."""
pytestmark = pytest.mark.market(SURABAYA)

TABLES: Final = {
    "purchase": "amount, idempotency_key, payload_hash IS NOT NULL AS hashed, note, placed_at",
    "orders": "amount, status, reason, placed_at, delivered_at, cancelled_at",
    "order_line": "name, unit, quantity, unit_price, amount",
    "stock_entry": "delta, cause, at",
    "tally_entry": "rule, win, amount, cause, at",
    "tally_balance": "rule, win, value, floor, ceiling, classes",
    "attempt": "amount, objections, at",
    "decision": "rule, plugin, parameters, mode, outcome, code, subject_kind, win, items, subject_name, message,"
    " figures, instead, citation, source, mark, at",
    "audit": "role, action, reason, changes, at",
    "outbox": "topic, payload, created_at",
}


@pytest.fixture
async def second(engine: str, market_templates: Templates, tmp_path: Path) -> AsyncIterator[World]:
    """Another market like the first, in which baskets are bought one by one."""
    settings = settings_for(SURABAYA)
    async with market_templates.copied(engine, settings, tmp_path) as url, opened_world(settings, url) as world:
        yield world


def seller(city: str, vendor: Any) -> Actor:
    return Actor("shop", frozenset({Role.VENDOR}), city, vendor=vendor)


async def bought(market: World) -> list[Bought]:
    """A day of two shops and two buyers; every third basket is bought from both shops."""
    shops = [await market.vendor(name=name) for name in ("Toko Satu", "Toko Dua")]
    wares = [await market.product(shop, price=MILLION) for shop in shops]
    people = [await market.buyer(classes={"golongan": code}) for code in ("II/a", "IV/c")]
    baskets = []
    for number, millions in enumerate(LIMIT):
        buyer, at = people[number % 2], market.clock.at + timedelta(minutes=number)
        items = [Item(wares[number % 2].id, millions)]
        if number % 3 == 0:
            items.append(Item(wares[(number + 1) % 2].id, 1, 999))
        basket = Basket(buyer=as_buyer(buyer).buyer, items=tuple(items), key=f"k{number}")  # type: ignore[arg-type]
        baskets.append(Bought(as_buyer(buyer), basket, at, partial(seller, market.city), at + timedelta(minutes=1)))
    return baskets


async def one_by_one(market: World, baskets: Sequence[Bought]) -> list[Placed | NotPlaced]:
    answers = []
    for each in baskets:
        answer = await place(market.market, each.actor, each.basket, each.at)
        for order in answer.orders if isinstance(answer, Placed) else ():
            await deliver(market.market, each.seller(order.vendor), order.id, each.delivered_at)
        answers.append(answer)
    return answers


async def books(market: World) -> dict[str, list[str]]:
    """What was written, without keys, in the order of the case it was written for."""
    database = market.market.database
    written = {}
    for table, columns in TABLES.items():
        rows = await database.fetch(f"SELECT {columns} FROM {table}")
        written[table] = sorted(_plain(dict(row)) for row in rows)
    dockets = await database.fetch("SELECT content FROM docket")
    # Facts stand in the order of their keys, which are no two times the same.
    written["docket"] = sorted("".join(sorted(_plain(json_of(row["content"])))) for row in dockets)
    return written


def _plain(found: object) -> str:
    text = orjson.dumps(found, default=str).decode()
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "KEY", text)


async def test_what_is_written_is_what_placing_and_delivering_one_by_one_writes(market: World, second: World) -> None:
    with second.market.database.bound():
        alone = await one_by_one(second, await bought(second))

    with market.market.database.bound():
        together = await carry_out(market.market, market.city, await bought(market))

    assert together is not None
    assert [type(answer) for answer in together] == [type(answer) for answer in alone]
    assert {type(answer) for answer in together} == {Placed, NotPlaced}
    assert await books(market) == await books(second)
    await assert_books_balance(market.market.database)


async def test_out_of_stock_nothing_is_written(market: World) -> None:
    baskets = await bought(market)
    await models.Variant.all().update(stock=20)

    answers = await carry_out(market.market, market.city, baskets)

    assert answers is None
    assert await models.Purchase.all().count() == await models.TallyEntry.all().count() == 0
    assert {variant.stock for variant in await models.Variant.all()} == {20}


async def test_a_key_that_was_used_leaves_the_whole_to_placing(market: World) -> None:
    baskets = await bought(market)
    [first] = await one_by_one(market, baskets[:1])

    answers = await carry_out(market.market, market.city, baskets)

    assert answers is None
    assert [str(purchase.id) for purchase in await models.Purchase.all()] == [str(getattr(first, "purchase", None))]


async def test_who_may_not_buy_or_sell_gets_nothing_carried_out(market: World) -> None:
    baskets = await bought(market)
    stranger = replace(baskets[0], actor=baskets[1].actor)
    no_shop = replace(baskets[0], seller=lambda _: baskets[0].actor)

    assert await carry_out(market.market, market.city, [stranger]) is None
    assert await carry_out(market.market, market.city, [no_shop]) is None
    assert await models.Purchase.all().count() == 0

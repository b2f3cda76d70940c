"""Rules of a kind that no city here has: facts of a plugin's own, a ceiling on delivery, rules that fail."""

import asyncio
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from tests.fire.asking import DELIVER, moving, placing, reply_to
from tests.fire.books import assert_books_balance

from peken import models
from peken.testing.world import World, as_buyer, as_city_hall

SURABAYA = "35.78"
OWED = "{ me { buyer { obligations { rule title due done until } } } }"
pytestmark = pytest.mark.market({SURABAYA: ["prudence"]})
FAILING = pytest.mark.market({SURABAYA: ["prudence"]}, strict=False)


@pytest.fixture(autouse=True)
def _prudence_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parent / "dists" / "prudence"))


async def test_a_fact_of_the_plugins_own_says_what_is_owed(market: World) -> None:
    buyer = as_buyer(await market.buyer())

    answer = await market.ask(OWED, actor=buyer)

    assert answer.data["me"]["buyer"]["obligations"] == [
        {"rule": "prudence.least", "title": "prudence.least", "due": 50_000, "done": 0, "until": "2026-03-31"}
    ]


async def test_a_delivery_beyond_a_ceiling_is_refused_and_leaves_no_trace(market: World) -> None:
    rice = await market.product(await market.vendor(), price=60_000)
    buyer, hall = as_buyer(await market.buyer()), as_city_hall(SURABAYA)
    orders = [
        (await reply_to(market, placing(buyer, {rice: 1}, f"k{number}"))).answer["orders"][0]["id"]
        for number in range(3)
    ]

    replies = await asyncio.gather(*(reply_to(market, moving(DELIVER, hall, order)) for order in orders))

    refused = [reply.answer["objections"] for reply in replies if reply.kind == "Refused"]
    assert refused == [[{"code": "cap_reached"}]] * 2
    assert await models.Order.filter(status="delivered").count() == 1
    assert {(row.rule, row.value) for row in await models.TallyBalance.all()} == {
        ("prudence.most", 60_000),
        ("prudence.least", 60_000),
    }
    await assert_books_balance(market.market.database)


@FAILING
async def test_a_rule_that_fails_refuses_the_purchase_and_the_log_names_it(market: World) -> None:
    rice = await market.product(await market.vendor(), price=1_000)
    buyer = as_buyer(await market.buyer())

    with capture_logs() as logs:
        reply = await reply_to(market, placing(buyer, {rice: 7}, "k1"))

    assert reply.kind == "PurchaseRefused"
    assert [objection["code"] for objection in reply.answer["objections"]] == ["rule_failed"]
    assert {entry["rule"] for entry in logs if entry["event"] == "rule_failed"} == {"prudence.closed"}


@FAILING
async def test_a_rule_that_fails_open_carries_on(market: World) -> None:
    rice = await market.product(await market.vendor(), price=1_000)
    buyer = as_buyer(await market.buyer())

    reply = await reply_to(market, placing(buyer, {rice: 8}, "k1"))

    assert reply.kind == "Purchase"

"""A plugin that fails when told of an order: nothing of the step is kept, and the log names the plugin."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from peken import models
from peken.testing.world import World, as_buyer, as_vendor
from tests.fire.asking import CANCEL, DELIVER, moving, placing, reply_to
from tests.fire.books import assert_books_balance

SURABAYA = "35.78"
pytestmark = pytest.mark.market({SURABAYA: ["batik_suroboyo", "stumble"]})


@pytest.fixture(autouse=True)
def _stumble_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parent / "dists" / "stumble"))


async def test_failing_on_one_order_undoes_the_whole_purchase(market: World) -> None:
    fine, bad = await market.vendor(), await market.vendor()
    rice, salt = await market.product(fine, price=70_000), await market.product(bad, price=13_000, stock=1)
    actor = as_buyer(await market.buyer(classes={}))

    with capture_logs() as logs:
        reply = await reply_to(market, placing(actor, {rice: 2, salt: 1}, "k1"))
    again = await reply_to(market, placing(actor, {rice: 2}, "k1"))

    assert reply.kind == "internal_error"
    assert "stumbled" not in str(reply.body)
    (failure,) = [entry for entry in logs if entry["event"] == "internal_error"]
    assert (failure["plugin"], failure["hook"], failure["cause"]) == ("stumble", "order_placed", "RuntimeError")
    assert again.kind == "Purchase"
    assert await models.Order.all().count() == 1
    assert (await models.Variant.get(id=salt.id)).stock == 1
    await assert_books_balance(market.market.database)


async def test_failing_on_delivery_leaves_the_order_as_it_was(market: World) -> None:
    vendor = await market.vendor()
    salt = await market.product(vendor, price=14_000)
    actor = as_buyer(await market.buyer(classes={}))
    (order,) = (await reply_to(market, placing(actor, {salt: 1}, "k1"))).answer["orders"]

    reply = await reply_to(market, moving(DELIVER, as_vendor(vendor), order["id"]))

    assert reply.kind == "internal_error"
    assert await models.Order.filter(status="placed").count() == 1
    assert await models.TallyEntry.filter(rule="surabaya.mandate").count() == 0
    await assert_books_balance(market.market.database)


async def test_failing_on_cancelling_gives_nothing_back(market: World) -> None:
    salt = await market.product(await market.vendor(), price=15_000)
    actor = as_buyer(await market.buyer(classes={}))
    (order,) = (await reply_to(market, placing(actor, {salt: 1}, "k1"))).answer["orders"]

    reply = await reply_to(market, moving(CANCEL, actor, order["id"]))

    assert reply.kind == "internal_error"
    assert await models.Order.filter(status="placed").count() == 1
    assert (await models.Variant.get(id=salt.id)).stock == 99
    await assert_books_balance(market.market.database)

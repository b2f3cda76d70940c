"""A process that dies while it sells: what was acknowledged is there, what is in doubt settles, books balance."""

import pytest

from peken import models
from peken.ids import key_of
from peken.testing.world import World, as_buyer
from tests.fire.asking import placing, reply_to
from tests.fire.books import assert_books_balance
from tests.fire.processes import started

SURABAYA = "35.78"
pytestmark = [pytest.mark.market({SURABAYA: ["batik_suroboyo"]}), pytest.mark.engines("postgres")]


@pytest.mark.parametrize("acknowledged", [1, 25, 60])
async def test_what_a_killed_process_has_acknowledged_is_there(market: World, acknowledged: int) -> None:
    shops = [await market.vendor(name=f"Toko {number}") for number in range(3)]
    wares = [await market.product(shop, price=1_000, stock=10_000) for shop in shops]
    actors = [as_buyer(await market.buyer(classes={})) for _ in range(10)]
    clients = [[placing(actor, {wares[number % 3]: 1}, f"client {number}")] for number, actor in enumerate(actors)]

    async with started() as process:
        await process.prepare(market, clients, endless=True)
        await process.begin()
        lines = [await process.line() for _ in range(acknowledged)]
        lines += await process.kill()
    known = dict(line.rsplit(" ", 1) for line in lines)
    settled = [
        await reply_to(market, placing(actor, {wares[number % 3]: 1}, f"client {number}-{turn}"))
        for number, actor in enumerate(actors)
        for turn in range(len([key for key in known if key.startswith(f"client {number}-")]) + 1)
    ]

    stored = {row.idempotency_key: row.id for row in await models.Purchase.all()}
    assert {key: stored[key] for key in known} == {key: key_of(id, "Purchase") for key, id in known.items()}
    assert {reply.kind for reply in settled} == {"Purchase"}
    assert len(stored) == len(settled)
    await assert_books_balance(market.market.database)

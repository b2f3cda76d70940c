"""Standing and opening of obligations for many buyers at once: who bought nothing is on the list too."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from peken import models, obligations
from peken.testing.world import World

SURABAYA, MALANG = "35.78", "35.73"
pytestmark = pytest.mark.market({SURABAYA: ["batik_suroboyo"], MALANG: ["malang_quota"]})


async def test_a_window_is_opened_for_everyone_who_owes_and_nobody_else(market: World) -> None:
    asn = await market.buyer(classes={})
    newcomer = await market.buyer(classes={}, joined_on=date(2026, 3, 17))
    await market.buyer()
    await market.buyer(classes={}, left_on=date(2026, 3, 1))
    await market.buyer(MALANG, classes={})
    at = datetime(2026, 3, 17, 1, 0, tzinfo=UTC)

    opened = await obligations.open_windows(market.market, market.market.city(SURABAYA), at)
    again = await obligations.open_windows(market.market, market.market.city(SURABAYA), at)

    rows = await models.TallyBalance.all().values_list("city_id", "subject", "win", "value", "floor")
    assert (opened, again) == (2, 2)
    assert sorted(tuple(row) for row in rows) == sorted(
        [
            (SURABAYA, str(asn.id), "2026-03", 0, 500_000),
            (SURABAYA, str(newcomer.id), "2026-03", 0, 500_000 * 15 // 31),
        ]
    )


async def test_nothing_is_opened_where_nobody_owes(market: World) -> None:
    await market.buyer()

    opened = await obligations.open_windows(market.market, market.market.city(SURABAYA), market.clock.at)

    assert opened == 0


async def test_many_buyers_of_two_cities_take_as_many_statements_as_one(market: World) -> None:
    buyers = [await market.buyer(city, classes={}) for city in (SURABAYA, MALANG) for _ in range(10)]
    keys = [UUID(str(buyer.id)) for buyer in buyers]

    with market.market.database.counting() as for_one:
        await obligations.standings(market.market, keys[:1], market.clock.at)
    with market.market.database.counting() as for_all:
        standings = await obligations.standings(market.market, keys, market.clock.at)

    assert len(for_one) == len(for_all) == 2
    assert [len(standings[key]) for key in keys] == [1] * 20

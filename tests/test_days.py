"""When a day turns, everyone who owes is on the list."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from peken import days, models
from peken.testing.world import World


@pytest.mark.market({"35.73": ["malang_quota"]})
async def test_who_bought_nothing_is_on_the_list(market: World) -> None:
    idle = await market.buyer(classes={"golongan": "III/a"})
    await market.buyer()

    await days.open_all(market.market)
    await days.open_all(market.market)

    rows = await models.TallyBalance.all().values_list("rule", "subject", "win", "value", "floor")
    assert rows == [("malang.quota", str(idle.id), "2026-03", 0, 500_000)]


@pytest.mark.engines("sqlite")
@pytest.mark.market({"35.73": ["malang_quota"]})
async def test_the_windows_open_now_and_again_at_the_city_s_midnight(market: World) -> None:
    await market.buyer(classes={"golongan": "III/a"})
    market.clock.at = datetime(2026, 3, 31, 15, 0, tzinfo=UTC)
    naps: list[float] = []

    async def nap(seconds: float) -> None:
        naps.append(seconds)
        market.clock.at += timedelta(seconds=seconds)
        if len(naps) == 2:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await days.follow(market.market, nap)

    assert naps == [2 * 3600, 24 * 3600], "22:00 in WIB, then midnight"
    assert [row.win for row in await models.TallyBalance.all().order_by("win")] == ["2026-03", "2026-04"]


@pytest.mark.engines("sqlite")
@pytest.mark.market({"35.73": ["malang_quota"]})
async def test_a_failure_is_tried_again_soon(market: World) -> None:
    naps: list[float] = []

    async def nap(seconds: float) -> None:
        naps.append(seconds)
        raise asyncio.CancelledError

    await market.market.database.close()
    with pytest.raises(asyncio.CancelledError):
        await days.follow(market.market, nap)

    assert naps == [days.AGAIN]

"""A replay that is killed and begun again: nothing is doubled, and it comes out as if nothing had happened."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.replay.files import panel
from tests.replay.test_replay import START

from peken.cli.verifying import differences
from peken.replay import Report, replay
from peken.testing.templates import Templates
from peken.testing.world import World, opened_world, settings_for

SURABAYA = {"35.78": ["batik_suroboyo"]}
SHOPS, BASKETS = 6, 240
ROOT = Path(__file__).parents[2]


def busy(tmp_path: Path) -> Path:
    """Six shops whose customers bring two of them to their limit, and one line that is no purchase."""
    lines = [
        {
            "household_id": str(number % 40),
            "store_id": str(number % SHOPS),
            "basket_id": str(number),
            "product_id": str(number % 7),
            # 450,000 or 1,500,000 Rupiah: forty baskets a shop, so that the even ones would sell 60,000,000.
            "sales_value": "100.0" if number % SHOPS in (0, 2) else "30.0",
            "transaction_timestamp": f"2017-01-{1 + number // 12:02d}T{8 + number % 12:02d}:00:00",
        }
        for number in range(BASKETS)
    ]
    return panel(tmp_path, *lines, {**lines[0], "quantity": "0", "sales_value": "0"})


@pytest.fixture
async def second(engine: str, market_templates: Templates, tmp_path: Path) -> AsyncIterator[World]:
    """Another market like the first, in which nobody is killed."""
    folder, settings = tmp_path / "second", settings_for(SURABAYA)
    folder.mkdir()
    async with market_templates.copied(engine, settings, folder) as url, opened_world(settings, url) as world:
        yield world


async def replayed(market: World, file: Path) -> Report:
    with market.market.database.bound():
        return await replay(market.market, file, city=market.city, start=START, rupiah_per_unit=15_000)


async def count(market: World, table: str) -> int:
    [row] = await market.market.database.fetch(f"SELECT COUNT(*) AS n FROM {table}")
    return int(row["n"])


async def killed(market: World, file: Path, after: int) -> None:
    """Replays in a process of its own, which is killed when so many purchases are there."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "peken.cli", "replay", str(file), "--city", market.city, "--start", START.isoformat()),
        *("--rupiah-per-unit", "15000", "--database", market.market.database.url),
        cwd=ROOT,
        env={**os.environ, "PEKEN_SETTINGS": "", "PEKEN_CITIES": "", "PEKEN_DATABASE_URL": ""},
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        while await count(market, "purchase") < after:
            assert process.returncode is None, "it was over before it could be killed"
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def outcome(report: Report) -> Any:
    """What a report says of the market, without how long it took."""
    unplaced = sorted((line.line, line.fate, line.reason) for line in report.unplaced)
    sums = (report.placed, report.refused, report.rejected, report.reasons, report.undelivered, report.purchases)
    return sums, unplaced, report.obligations, report.caps


@pytest.mark.market(SURABAYA)
async def test_a_replay_that_is_killed_twice_comes_out_as_if_nothing_had_happened(
    market: World, tmp_path: Path, second: World
) -> None:
    file = busy(tmp_path)
    whole = await replayed(second, file)

    await killed(market, file, 30)
    await killed(market, file, 110)
    report = await replayed(market, file)

    assert outcome(report) == outcome(whole)
    assert report.balanced
    assert report.refused.lines > 0
    for table in ("purchase", "orders", "order_line", "attempt", "decision", "tally_entry", "stock_entry", "audit"):
        assert await count(market, table) == await count(second, table), table
    assert await differences(market.market.database) == []


@pytest.fixture
async def narrow(engine: str, market_templates: Templates, tmp_path: Path) -> AsyncIterator[World]:
    """Another market like the first, whose database lets one transaction run at a time."""
    folder, settings = tmp_path / "narrow", settings_for(SURABAYA, pool_size=1)
    folder.mkdir()
    async with market_templates.copied(engine, settings, folder) as url, opened_world(settings, url) as world:
        yield world


@pytest.mark.market(SURABAYA)
@pytest.mark.engines("postgres")
async def test_a_replay_in_one_lane_comes_out_as_one_in_several(market: World, tmp_path: Path, narrow: World) -> None:
    file = busy(tmp_path)

    report = await replayed(market, file)

    assert market.market.database.at_once > narrow.market.database.at_once == 1
    assert outcome(report) == outcome(await replayed(narrow, file))
    assert report.refused.lines > 0

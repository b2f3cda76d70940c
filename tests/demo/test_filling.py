"""The demo is the same for the same seed and day, on both engines, and never done twice."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.demo.conftest import CITIES, TODAY, settings_at

from peken import migrating
from peken.app import opened
from peken.demo import fill, personas
from peken.errors import PekenError
from peken.market import Market
from peken.testing.world import World, settings_for

DRAWN = ("vendor", "product", "variant", "stock_entry", "department", "buyer", "buyer_class")
"""The tables whose keys are drawn as well; orders get theirs where they are placed."""


async def rows(market: Market, table: str) -> list[Any]:
    where = " WHERE cause = 'listed'" if table == "stock_entry" else ""
    return await market.database.fetch(f"SELECT * FROM {table}{where} ORDER BY id")


@pytest.fixture
def second(demo_file: Path, tmp_path: Path) -> str:
    """The address of another, empty database."""
    return f"sqlite:///{tmp_path / 'second.sqlite3'}"


async def test_the_same_seed_and_day_draw_the_same_rows(demo: Market, second: str) -> None:
    first = {table: await rows(demo, table) for table in DRAWN}
    bought = await demo.database.fetch("SELECT amount, status, placed_at FROM orders ORDER BY placed_at, amount")

    async with opened(settings_at(second)) as other:
        await migrating.migrate(other.database)
        await fill(other, "small", TODAY)
        again = {table: await rows(other, table) for table in DRAWN}
        bought_again = await other.database.fetch(
            "SELECT amount, status, placed_at FROM orders ORDER BY placed_at, amount"
        )

    assert again == first
    assert bought_again == bought


async def test_another_seed_draws_other_rows(demo: Market, second: str) -> None:
    async with opened(settings_at(second)) as other:
        await migrating.migrate(other.database)
        await fill(other, "small", TODAY, seed=7)
        theirs = await rows(other, "vendor")

    assert theirs != await rows(demo, "vendor")


async def test_a_market_is_filled_once_only(demo: Market) -> None:
    with pytest.raises(PekenError) as failure:
        await fill(demo, "small", TODAY)

    assert failure.value.code == "demo_there"


@pytest.mark.market(CITIES)
async def test_on_the_first_of_a_month_its_trade_is_of_that_morning(market: World) -> None:
    shown: list[tuple[str, int, int]] = []

    people = await fill(market.market, "small", date(2026, 3, 1), progress=lambda *step: shown.append(step))

    database = market.market.database
    latest = await database.fetch("SELECT MAX(delivered_at) AS at, COUNT(*) AS orders FROM orders")
    assert str(latest[0]["at"]) < "2026-02-28 17:30"
    assert latest[0]["orders"] > 100
    assert all(done <= total for _, done, total in shown)
    assert await personas(market.market) == people


@pytest.mark.market({"35.77": []})
@pytest.mark.engines("sqlite")
async def test_a_city_that_the_demo_has_never_heard_of_is_filled_as_well(market: World) -> None:
    people = await fill(market.market, "small", TODAY)

    vendors = await market.market.database.fetch("SELECT COUNT(*) AS n FROM vendor WHERE region LIKE '35.77.%'")
    assert vendors[0]["n"] > 80
    assert people == {}


async def test_a_market_without_a_demo_has_no_personas(tmp_path: Path) -> None:
    settings = settings_for({"35.77": []}).model_copy(update={"database_url": f"sqlite:///{tmp_path / 'm.sqlite3'}"})

    async with opened(settings) as market:
        await migrating.migrate(market.database)
        found = await personas(market)

    assert found == {}


async def test_an_unknown_scale_is_refused_before_anything_is_written(demo: Market) -> None:
    with pytest.raises(PekenError) as failure:
        await fill(demo, "huge", TODAY)  # type: ignore[arg-type]

    assert failure.value.code == "unknown_scale"

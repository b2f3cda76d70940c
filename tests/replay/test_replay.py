"""A replay buys through the market's own placing: what is refused is said, and all adds up to the file."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.replay.files import panel, written

from peken.actors import Actor, Role
from peken.errors import PekenError
from peken.models.vendors import VendorKind
from peken.orders import Basket, Item, place
from peken.replay import Report, Sum, replay
from peken.testing.world import World

FOREIGN = Path(__file__).parent.parent / "orders" / "dists" / "prudence"
START = date(2026, 1, 5)
SURABAYA = pytest.mark.market({"35.78": ["batik_suroboyo"]})
MALANG = pytest.mark.market({"35.73": ["malang_quota"]})
DEAR = {"sales_value": "1000.0"}
"""15,000,000 Rupiah at the rate of these tests."""


async def run(market: World, file: Path, **others: Any) -> Report:
    asked = {"city": market.city, "start": START, "rupiah_per_unit": 15_000, **others}
    return await replay(market.market, file, **asked)


async def count(market: World, table: str) -> int:
    [row] = await market.market.database.fetch(f"SELECT COUNT(*) AS n FROM {table}")
    return int(row["n"])


def basket(number: int, day: int = 2, **others: str) -> Mapping[str, str]:
    return {"basket_id": str(number), "transaction_timestamp": f"2017-01-{day:02d}T10:00:00", **others}


@MALANG
async def test_a_basket_becomes_a_purchase_that_is_delivered_the_same_day(market: World, tmp_path: Path) -> None:
    file = panel(tmp_path, {"quantity": "3"}, {"product_id": "2", "sales_value": "0.01"})

    report = await run(market, file)

    [order] = await market.market.database.fetch("SELECT status, amount, placed_at, delivered_at FROM orders")
    assert (order["status"], order["amount"]) == ("delivered", 150_150)
    assert str(order["placed_at"])[:19] == "2026-01-05 03:00:00"
    assert str(order["delivered_at"])[:19] == "2026-01-05 04:00:00"
    assert (report.purchases, report.placed) == (1, Sum(2, 150_150))
    assert report.balanced


@MALANG
@pytest.mark.engines("sqlite")
async def test_late_in_the_evening_it_is_delivered_before_midnight(market: World, tmp_path: Path) -> None:
    file = panel(tmp_path, {"transaction_timestamp": "2017-01-31T23:30:00"})

    await run(market, file)

    [order] = await market.market.database.fetch("SELECT delivered_at FROM orders")
    assert str(order["delivered_at"])[:19] == "2026-01-06 16:59:59"


@SURABAYA
async def test_what_a_cap_refuses_is_counted_with_the_shop_and_the_time(market: World, tmp_path: Path) -> None:
    baskets = [basket(n, day=1 + n, household_id=str(n), **DEAR) for n in (1, 2, 3, 4)]
    elsewhere = basket(5, day=9, household_id="1", store_id="406", **DEAR)
    file = panel(tmp_path, *baskets, elsewhere)

    report = await run(market, file)

    [cap] = report.caps
    [closing] = cap.closings
    assert (report.placed, report.refused) == (Sum(3, 45_000_000), Sum(2, 30_000_000))
    assert report.reasons == {"surabaya.vendor-cap/cap_reached": Sum(2, 30_000_000)}
    assert (closing.subject, closing.window, closing.refused, closing.amount) == ("shop 330", "2026-01", 2, 30_000_000)
    assert closing.first.isoformat() == "2026-01-07T03:00:00+00:00"
    assert [(line.line, line.fate) for line in report.unplaced] == [(4, "refused"), (5, "refused")]
    assert report.balanced


@MALANG
async def test_lines_that_buy_nothing_are_rejected_with_their_amounts(market: World, tmp_path: Path) -> None:
    file = panel(
        tmp_path,
        {},
        {"quantity": "0", "sales_value": "0.5"},
        {"quantity": "-1", "sales_value": "-2.0"},
        {"quantity": "2000000"},
        {"product_id": "2", "sales_value": "0.0"},
        basket(2, quantity="0"),
    )

    report = await run(market, file)

    assert report.placed == Sum(2, 150_000)
    assert report.reasons == {
        "nothing_bought": Sum(2, 157_500),
        "given_back": Sum(1, -30_000),
        "too_many_pieces": Sum(1, 150_000),
    }
    assert (report.rejected, report.baskets, report.purchases) == (Sum(4, 277_500), 1, 1)
    assert report.balanced


@MALANG
async def test_obligations_are_shown_for_each_window_also_of_those_who_bought_little(
    market: World, tmp_path: Path
) -> None:
    file = panel(
        tmp_path,
        basket(1, household_id="1", sales_value="34.0"),
        basket(2, household_id="2", sales_value="1.0"),
        {"basket_id": "3", "household_id": "1", "transaction_timestamp": "2017-02-01T10:00:00"},
    )

    report = await run(market, file)

    [obligation] = report.obligations
    january, february = obligation.windows
    assert (january.window, january.owed, january.met_by, january.counted) == (
        "2026-01",
        2,
        ("buyer 1",),
        525_000,
    )
    assert (february.window, february.owed, february.met) == ("2026-02", 2, 0)


@MALANG
async def test_a_file_without_any_purchase_adds_up_as_well(market: World, tmp_path: Path) -> None:
    report = await run(market, panel(tmp_path, {"quantity": "0"}, {"quantity": "-1", "sales_value": "-2.0"}))

    assert (report.rejected, report.placed, report.baskets) == (Sum(2, 120_000), Sum(), 0)
    assert report.balanced


@MALANG
@pytest.mark.engines("sqlite")
async def test_shops_may_be_of_the_other_kind(market: World, tmp_path: Path) -> None:
    report = await run(market, panel(tmp_path, {}), kind=VendorKind.KELONTONG)

    [obligation] = report.obligations
    assert [(window.owed, window.counted) for window in obligation.windows] == [(1, 0)]


@SURABAYA
@pytest.mark.engines("sqlite")
async def test_departments_of_the_panel_are_categories_of_the_market(market: World, tmp_path: Path) -> None:
    columns = ("product_id", "department", "product_type", "package_size")
    rows = [("1", "GROCERY", "PASTA", "1 LB"), ("2", "FUEL", "GASOLINE", "")]
    products = written(tmp_path / "goods.csv", [dict(zip(columns, row, strict=True)) for row in rows], columns)
    file = panel(tmp_path, *({"product_id": str(n)} for n in (1, 2, 3)))

    report = await run(market, file, products=products)

    listed = await market.market.database.fetch("SELECT name, category_id FROM product ORDER BY name")
    assert [(row["name"], row["category_id"]) for row in listed] == [
        ("Barang 3", "grocery.snacks"),
        ("Gasoline", "household.fuel"),
        ("Pasta 1 LB", "staples.noodles"),
    ]
    [obligation] = report.obligations
    assert [window.counted for window in obligation.windows] == [150_000]


@MALANG
@pytest.mark.engines("sqlite")
async def test_a_basket_may_be_larger_than_any_request(market: World, tmp_path: Path) -> None:
    file = panel(tmp_path, *({"product_id": str(n)} for n in range(150)))

    report = await run(market, file)

    assert report.placed.lines == 150


@SURABAYA
async def test_begun_again_it_finds_what_it_has_done(market: World, tmp_path: Path) -> None:
    baskets = [basket(n, day=1 + n, **DEAR) for n in (1, 2, 3)]
    file = panel(tmp_path, *baskets)
    first = await run(market, file)

    again = await run(market, file)

    assert again.placed == first.placed == Sum(2, 30_000_000)
    assert again.balanced
    assert await count(market, "purchase") == 2
    assert await count(market, "stock_entry") == 3


@MALANG
async def test_another_replay_of_the_same_city_is_refused(market: World, tmp_path: Path) -> None:
    file = panel(tmp_path, {})
    await run(market, file)

    with pytest.raises(PekenError) as failure:
        await run(market, file, rupiah_per_unit=2_500)

    assert failure.value.code == "replayed_already"


@MALANG
@pytest.mark.engines("sqlite")
async def test_nothing_is_written_of_a_file_that_is_wrong_in_its_last_line(market: World, tmp_path: Path) -> None:
    file = panel(tmp_path, {}, {}, {"quantity": "x"})

    with pytest.raises(PekenError) as failure:
        await run(market, file)

    assert failure.value.code == "bad_file"
    assert [await count(market, table) for table in ("vendor", "buyer", "product", "purchase", "note")] == [0] * 5


@MALANG
@pytest.mark.engines("sqlite")
async def test_what_placing_turns_away_is_rejected_and_a_strange_purchase_shows_in_the_sums(
    market: World, tmp_path: Path
) -> None:
    rice = await market.product(await market.vendor())
    buyer = await market.buyer()
    stranger = Actor("replay:900", frozenset({Role.BUYER}), market.city, buyer=buyer.id)
    await place(market.market, stranger, Basket(buyer=buyer.id, items=(Item(rice.id, 1),), key="1"))

    report = await run(market, panel(tmp_path, {}))

    assert report.reasons == {"key_reused": Sum(1, 150_000)}
    assert not report.balanced


@MALANG
@pytest.mark.engines("sqlite")
async def test_progress_is_told_part_by_part_up_to_the_last_basket(market: World, tmp_path: Path) -> None:
    shown: list[tuple[str, int, int]] = []

    await run(market, panel(tmp_path, {}, basket(2, day=3)), progress=lambda *step: shown.append(step))

    assert [step for step in shown if step[0] == "baskets"] == [("baskets", 1, 2), ("baskets", 2, 2)]


@pytest.fixture
def _prudence_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(FOREIGN))


@pytest.mark.usefixtures("_prudence_is_installed")
@pytest.mark.market({"35.78": ["prudence"]})
async def test_a_delivery_that_a_rule_refuses_is_said_and_the_replay_goes_on(market: World, tmp_path: Path) -> None:
    file = panel(tmp_path, basket(1, sales_value="5.0"), basket(2, sales_value="5.0"), basket(3, sales_value="1.0"))

    report = await run(market, file)

    assert (report.placed, report.undelivered) == (
        Sum(3, 165_000),
        {"prudence.most/cap_reached": Sum(1, 75_000)},
    )
    assert report.balanced


@MALANG
@pytest.mark.engines("postgres")
async def test_the_planner_knows_how_much_was_stocked(market: World, tmp_path: Path) -> None:
    file = panel(tmp_path, *({"product_id": str(product)} for product in range(300)))

    await run(market, file)

    [row] = await market.market.database.fetch("SELECT reltuples AS n FROM pg_class WHERE relname = 'variant'")
    assert row["n"] == 300


@MALANG
@pytest.mark.engines("sqlite")
async def test_shops_and_goods_of_any_name_have_shelves_of_their_own(market: World, tmp_path: Path) -> None:
    one = {"store_id": "a/b", "product_id": "c", "basket_id": "1"}
    other = {"store_id": "a", "product_id": "b/c", "basket_id": "2"}

    report = await run(market, panel(tmp_path, one, other))

    assert (report.purchases, await count(market, "product")) == (2, 2)

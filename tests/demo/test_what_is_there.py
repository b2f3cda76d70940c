"""What the small demo holds: shops with everything to buy, people with classes, ledgers that add up."""

from datetime import date
from typing import Any

import pytest

from peken.demo.sources import goods, script
from peken.demo.trade import months_until
from peken.market import Market

CITIES = ("35.78", "35.73")


async def one(market: Market, sql: str, *params: object) -> Any:
    [row] = await market.database.fetch(sql, *params)
    return next(iter(row.values()))


@pytest.mark.parametrize("city", CITIES)
async def test_every_good_is_offered_by_two_shops_at_least(demo: Market, city: str) -> None:
    listed = await demo.database.fetch(
        "SELECT name, COUNT(DISTINCT vendor_id) AS shops FROM product WHERE city_id = $1 GROUP BY name", city
    )

    assert {row["name"] for row in listed if row["shops"] >= 2} == {good.name for good in goods()}


@pytest.mark.parametrize("city", CITIES)
async def test_there_are_shops_of_both_kinds_in_several_kelurahan(demo: Market, city: str) -> None:
    shops = await demo.database.fetch("SELECT kind, region, verified_at FROM vendor WHERE city_id = $1", city)

    assert min(sum(shop["kind"] == kind for shop in shops) for kind in ("kelontong", "umkm")) >= 40
    assert len({shop["region"] for shop in shops}) >= 8
    assert {shop["verified_at"] is None for shop in shops} == {True, False}
    assert await one(
        demo,
        "SELECT COUNT(*) FROM vendor v JOIN region r ON r.code = v.region AND r.level = 4 WHERE v.city_id = $1",
        city,
    ) == len(shops)


async def test_prices_are_whole_hundreds_within_a_tenth_of_what_a_good_costs(demo: Market) -> None:
    listed = await demo.database.fetch("SELECT name, price FROM product")
    usual = {good.name: good.price for good in goods()}

    strange = [
        row
        for row in listed
        if row["price"] % 100 or abs(row["price"] - usual[row["name"]]) > 50 + usual[row["name"]] / 10
    ]

    assert strange == []


async def test_a_product_costs_what_its_cheapest_variant_does(demo: Market) -> None:
    wrong = await one(
        demo,
        """SELECT COUNT(*) FROM product p
            WHERE p.price <> (SELECT MIN(v.price) FROM variant v WHERE v.product_id = p.id)
               OR p.in_stock <> EXISTS (SELECT 1 FROM variant v WHERE v.product_id = p.id AND v.stock > 0)""",
    )

    assert wrong == 0


async def test_some_goods_come_in_several_variants_and_some_are_sold_out(demo: Market) -> None:
    several = await one(
        demo, "SELECT COUNT(*) FROM (SELECT product_id FROM variant GROUP BY product_id HAVING COUNT(*) > 1) AS v"
    )
    sold_out = await one(demo, "SELECT COUNT(*) FROM product WHERE NOT in_stock")

    assert several > 100
    assert sold_out > 50


@pytest.mark.parametrize("city", CITIES)
async def test_employees_have_dated_classes_and_some_have_risen(demo: Market, city: str) -> None:
    asn = await one(demo, "SELECT COUNT(*) FROM buyer WHERE city_id = $1 AND asn", city)
    risen = await one(
        demo,
        """SELECT COUNT(*) FROM buyer_class c JOIN buyer b ON b.id = c.buyer_id
            WHERE b.city_id = $1 AND c.valid_to IS NOT NULL""",
        city,
    )
    departments = await one(demo, "SELECT COUNT(*) FROM department WHERE city_id = $1", city)
    buying = await one(demo, "SELECT COUNT(*) FROM buyer WHERE city_id = $1 AND kind = 'department'", city)

    assert asn >= 60
    assert risen > 0
    assert departments == buying >= 20


async def test_stock_and_balances_are_what_their_ledgers_say(demo: Market) -> None:
    stock = await one(
        demo,
        """SELECT COUNT(*) FROM (SELECT v.id FROM variant v LEFT JOIN stock_entry e ON e.variant_id = v.id
            GROUP BY v.id, v.stock HAVING COALESCE(SUM(e.delta), 0) <> v.stock) AS off""",
    )
    balances = await one(
        demo,
        """SELECT COUNT(*) FROM (SELECT b.id FROM tally_balance b LEFT JOIN tally_entry e
                ON e.rule = b.rule AND e.subject = b.subject AND e.win = b.win
            GROUP BY b.id, b.value HAVING COALESCE(SUM(e.amount), 0) <> b.value) AS off""",
    )

    assert (stock, balances) == (0, 0)


async def test_there_are_orders_of_this_month_and_the_last_in_every_state(demo: Market) -> None:
    states = await demo.database.fetch("SELECT DISTINCT status FROM orders")
    before = await one(demo, "SELECT COUNT(*) FROM orders WHERE placed_at < '2026-02-28 17:00'")
    since = await one(demo, "SELECT COUNT(*) FROM orders WHERE placed_at >= '2026-02-28 17:00'")
    after = await one(demo, "SELECT COUNT(*) FROM orders WHERE placed_at >= '2026-03-16 17:30'")

    assert {row["status"] for row in states} == {"placed", "delivered", "cancelled"}
    assert min(before, since) > 40
    assert after == 0


async def test_some_have_met_what_they_owe_this_month_and_some_have_not(demo: Market) -> None:
    rules = await demo.database.fetch(
        """SELECT rule, COUNT(*) AS owed, SUM(CASE WHEN value >= floor THEN 1 ELSE 0 END) AS met
             FROM tally_balance WHERE win = '2026-03' AND floor > 0 GROUP BY rule"""
    )

    assert len(rules) == 2
    assert all(0 < row["met"] < row["owed"] for row in rules)


def test_the_large_scale_has_the_figures_that_are_known_of_both_cities() -> None:
    surabaya, malang = (script("surabaya", city).size for city in CITIES)

    assert (surabaya.kelontong + surabaya.umkm, surabaya.asn, surabaya.public) == (2_306, 12_770, 4_412)
    assert (malang.kelontong + malang.umkm, malang.asn) == (165, 7_000)
    assert (surabaya.months, malang.months) == (3, 3)
    # Some are refused at a limit, and some make two orders.
    assert surabaya.purchases + malang.purchases >= 12_000


async def test_trade_is_uneven(demo: Market) -> None:
    sold = await demo.database.fetch(
        """SELECT v.id, COUNT(o.id) AS orders FROM vendor v LEFT JOIN orders o ON o.vendor_id = v.id
            WHERE v.verified_at IS NOT NULL GROUP BY v.id ORDER BY orders DESC"""
    )

    orders = [row["orders"] for row in sold]
    assert orders.count(0) > len(orders) // 10
    assert sum(orders[: len(orders) // 10]) > sum(orders) // 3


def test_the_months_of_trade_are_over() -> None:
    assert months_until(date(2026, 3, 17), 3) == [
        (date(2026, 3, 1), date(2026, 3, 16)),
        (date(2026, 2, 1), date(2026, 2, 28)),
        (date(2026, 1, 1), date(2026, 1, 31)),
    ]
    assert months_until(date(2026, 1, 1), 2) == [
        (date(2026, 1, 1), date(2026, 1, 1)),
        (date(2025, 12, 1), date(2025, 12, 31)),
    ]

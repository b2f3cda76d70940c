"""Drafts on a real panel: every figure of the report, counted once more in SQL."""

import pytest
from tests.whatif.past import PANEL, bought
from tests.whatif.sums import placed_and_refused, rows_of, spread, staples_owed

from peken.rules import read_draft
from peken.servers import required
from peken.testing.world import World
from peken.whatif import Refusal, simulate

SURABAYA, MALANG = "35.78", "35.73"
LINES = 4_000
RATE = 60_000
NOW, DRAFT = 30_000_000, 12_000_000
LOWER = f"[[batik_suroboyo.limit]]\namount = {DRAFT}\n"


@pytest.fixture(autouse=True)
def panel() -> None:
    if not PANEL.exists():
        if required("shared"):
            pytest.fail("the shared data is required, and not there")
        pytest.skip("the shared data is not there")


@pytest.mark.market({SURABAYA: ["batik_suroboyo"]})
async def test_a_lower_cap_refuses_and_spreads_what_sql_says(market: World) -> None:
    await bought(market.market, SURABAYA, rate=RATE, limit=LINES)
    database, city = market.market.database, market.market.city(SURABAYA)
    before = await rows_of(database)
    told: list[Refusal] = []

    report = await simulate(market.market, city, read_draft(LOWER), tell=told.append)

    now, drafted = await placed_and_refused(database, NOW), await placed_and_refused(database, DRAFT)
    for outcome, wanted in ((report.before, now), (report.after, drafted)):
        assert (outcome.placed.count, outcome.placed.amount) == wanted[1]
        assert (outcome.refused.count, outcome.refused.amount) == wanted.get(0, (0, 0))
    assert drafted[0][0] > now.get(0, (0, 0))[0] > 0
    for found, cap in ((report.spread_before, NOW), (report.spread_after, DRAFT)):
        wanted_spread = await spread(database, cap)
        assert found.gini == pytest.approx(wanted_spread["gini"], abs=1e-12)
        assert found.top_tenth == pytest.approx(wanted_spread["top_tenth"], abs=1e-12)
        assert found.never_sold == wanted_spread["never_sold"]
    assert report.lost.count - report.won.count == drafted[0][0] - now[0][0]
    assert report.lost.amount - report.won.amount == drafted[0][1] - now[0][1]
    assert len(told) == report.lost.count + report.won.count
    assert await rows_of(database) == before


@pytest.mark.market({SURABAYA: ["batik_suroboyo"]})
async def test_what_is_owed_moves_with_what_is_refused(market: World) -> None:
    await bought(market.market, SURABAYA, rate=RATE, limit=LINES)
    database, city = market.market.database, market.market.city(SURABAYA)
    draft = LOWER + "[[batik_suroboyo.minimum]]\namount = 750_000\n"

    report = await simulate(market.market, city, read_draft(draft))

    for outcome, cap, floor in ((report.before, NOW, 500_000), (report.after, DRAFT, 750_000)):
        found = [(gap.window, gap.met_by, gap.done, gap.missing) for gap in outcome.gaps]
        assert found == await staples_owed(database, cap, floor)
    assert {gap.department for gap in report.after.gaps} == {"Kantor Panel"}


@pytest.mark.market({MALANG: ["malang_quota"]})
@pytest.mark.engines("sqlite")
async def test_a_minimum_by_class_is_missed_by_class(market: World) -> None:
    await bought(market.market, MALANG, rate=15_000, limit=LINES)
    database, city = market.market.database, market.market.city(MALANG)

    draft = '[[malang_quota.minimum]]\nscheme = "golongan"\ncode = "III"\namount = 900_000\n'

    report = await simulate(market.market, city, read_draft(draft))

    rows = await database.fetch(_BY_CLASS)
    found = [(gap.code, gap.owed_by, gap.met_by, gap.missing) for gap in report.after.gaps]
    assert found == [(row["code"], row["owed"], row["met"], row["missing"]) for row in rows]
    assert len(found) == 2
    assert [(gap.code, gap.owed_by) for gap in report.before.gaps] == [("", sum(row["owed"] for row in rows))]
    assert (report.before.refused.count, report.lost.count) == (0, 0)


_BY_CLASS = """
WITH spent AS (
    SELECT b.id, COALESCE(SUM(l.amount), 0) AS amount
      FROM buyer b LEFT JOIN orders o ON o.buyer_id = b.id LEFT JOIN order_line l ON l.order_id = o.id GROUP BY b.id),
owing AS (
    SELECT s.id, s.amount, CASE WHEN c.code LIKE 'III/%' THEN 'III' ELSE '' END AS code,
           CASE WHEN c.code LIKE 'III/%' THEN 900000 ELSE 500000 END AS due
      FROM spent s JOIN buyer_class c ON c.buyer_id = s.id AND c.scheme = 'golongan')
SELECT code, COUNT(*) AS owed, SUM(amount >= due) AS met,
       SUM(CASE WHEN amount < due THEN due - amount ELSE 0 END) AS missing
  FROM owing GROUP BY code ORDER BY code
"""

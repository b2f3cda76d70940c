"""Drafts on a little trade: what happens to deliveries, cancellations, windows; what is refused; that nothing is
written."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.rejudging.trade import CITIES, MALANG, SURABAYA, bought, delivered, given_back
from tests.whatif.sums import rows_of

from peken import models
from peken.errors import PekenError
from peken.orders import Basket, Item, deliver, place
from peken.rules import Draft, Mode, read_draft
from peken.schema import simulation
from peken.testing.world import World, as_auditor, as_buyer, as_city_hall, as_vendor
from peken.whatif import Refusal, Report, simulate, spread_of
from peken.whatif.history import History
from peken.whatif.running import _read_only

pytestmark = pytest.mark.market(CITIES)
HALF = "[[batik_suroboyo.limit]]\namount = 500_000\n"
FOLLOWED = "step done total simulation { first last purchases"
SIMULATE = """
query ($draft: String!, $first: Date, $last: Date) {
  simulateRules(draft: $draft, first: $first, last: $last) {
    first last purchases lines
    before { placed { count amount } refused { count } spread { vendors gini neverSold turnover topTenth } }
    after {
      placed { count } refused { count amount } keptBack { count } buyersRefused reasons { rule code refused { count } }
      gaps { rule window complete scheme classCode department owedBy metBy due done missing }
    }
    lost { count amount } won { count }
    refusals { at amount byDraft rules purchase { amount } buyer { name } }
    moved { before after vendor { name } }
  }
}
"""


async def tried(market: World, draft: str | Draft = "", city: str = SURABAYA, **more: Any) -> Report:
    read = read_draft(draft) if isinstance(draft, str) else draft
    return await simulate(market.market, market.market.city(city), read, **more)


async def shop_of(market: World, city: str = SURABAYA, **more: Any) -> tuple[models.Vendor, models.Variant]:
    shop = await market.vendor(city, kind="umkm" if city == MALANG else "kelontong", **more)
    return shop, await market.product(shop, price=100_000, stock=1_000)


async def test_without_a_draft_the_past_stays_as_it_was(market: World) -> None:
    shop, goods = await shop_of(market)
    asn = await market.buyer(classes={})
    await delivered(market, shop, asn, goods, 3)
    await bought(market, asn, goods, 2)

    report = await tried(market)

    assert (report.purchases, report.lines) == (2, 2)
    assert report.before.placed == report.after.placed
    assert (report.before.placed.amount, report.before.refused.count) == (500_000, 0)
    assert report.before.gaps == report.after.gaps
    assert [(gap.owed_by, gap.done, gap.missing) for gap in report.after.gaps] == [(1, 300_000, 200_000)]
    assert (report.lost.count, report.won.count, report.moved(5)) == (0, 0, [])


async def test_what_is_refused_is_not_delivered_and_counts_nowhere(market: World) -> None:
    shop, goods = await shop_of(market)
    first, second = await market.buyer(classes={}), await market.buyer(classes={})
    await delivered(market, shop, first, goods, 4)
    market.clock.at += timedelta(hours=1)
    await delivered(market, shop, second, goods, 5)
    told: list[Refusal] = []

    report = await tried(market, HALF, tell=told.append)

    assert (report.after.refused.count, report.after.refused.amount) == (1, 500_000)
    assert report.lost == report.after.refused
    assert [(each.buyer, each.by_draft, each.reasons, each.subjects) for each in told] == [
        (second.id, True, (("surabaya.vendor-cap", "cap_reached"),), (str(shop.id),))
    ]
    [before], [after] = report.before.gaps, report.after.gaps
    assert (before.met_by, before.done, before.missing) == (1, 900_000, 100_000)
    assert (after.met_by, after.done, after.missing) == (0, 400_000, 600_000)
    assert report.after.buyers.keys() == {str(second.id)}
    assert report.moved(1) == [(str(shop.id), 900_000, 400_000)]


async def test_a_looser_draft_lets_nobody_back_who_was_refused_then(market: World) -> None:
    _, goods = await shop_of(market)
    asn = await market.buyer(classes={})
    await bought(market, asn, goods, 3)
    attempts = await models.Attempt.all().count()

    report = await tried(market, Draft(modes={"surabaya.vendor-cap": Mode.OFF}))

    assert (report.purchases, report.won.count, attempts) == (1, 0, 0)


async def test_an_order_that_was_cancelled_is_left_out(market: World) -> None:
    shop, goods = await shop_of(market)
    asn = await market.buyer(classes={})
    await given_back(market, shop, await delivered(market, shop, asn, goods, 5))
    await delivered(market, shop, asn, goods, 5)

    report = await tried(market, HALF)

    assert (report.purchases, report.after.refused.count) == (1, 0)
    assert [gap.done for gap in report.after.gaps] == [500_000]


async def test_a_purchase_of_two_shops_is_refused_as_a_whole(market: World) -> None:
    (_, one), (_, two) = await shop_of(market), await shop_of(market)
    asn = await market.buyer(classes={})
    items = (Item(one.id, 6), Item(two.id, 1))
    await place(market.market, as_buyer(asn), Basket(buyer=UUID(str(asn.id)), items=items, key="both"))

    report = await tried(market, HALF)

    assert (report.purchases, report.lines, report.after.refused.amount) == (1, 2, 700_000)
    assert report.after.turnover == {}
    assert report.spread_after.never_sold == 2


async def test_a_delivery_counts_on_its_own_day_in_its_own_window(market: World) -> None:
    shop, goods = await shop_of(market)
    asn = await market.buyer(classes={})
    order = await bought(market, asn, goods, 3, datetime(2026, 3, 31, 16, 0, tzinfo=UTC))
    await deliver(market.market, as_vendor(shop), order, datetime(2026, 3, 31, 18, 0, tzinfo=UTC))
    await bought(market, asn, goods, 1, datetime(2026, 4, 2, 1, 0, tzinfo=UTC))

    report = await tried(market)
    april = await tried(market, first=date(2026, 4, 1))

    assert [(gap.window, gap.done, gap.complete) for gap in report.after.gaps] == [
        ("2026-03", 0, True),
        ("2026-04", 300_000, False),
    ]
    assert [(gap.window, gap.done) for gap in april.after.gaps] == [("2026-04", 300_000)]
    assert (april.purchases, april.first) == (1, date(2026, 4, 1))


async def test_a_window_is_tried_from_its_start(market: World) -> None:
    _, goods = await shop_of(market)
    asn = await market.buyer(classes={})
    await bought(market, asn, goods, 4, datetime(2026, 3, 2, 1, 0, tzinfo=UTC))
    await bought(market, asn, goods, 4, datetime(2026, 3, 20, 1, 0, tzinfo=UTC))

    report = await tried(market, HALF, first=date(2026, 3, 10), last=date(2026, 3, 25))

    assert report.first <= date(2026, 3, 2)
    assert (report.purchases, report.after.refused.count) == (2, 1)


async def test_who_bought_nothing_and_who_came_and_went_is_on_the_list_of_what_is_owed(market: World) -> None:
    _, goods = await shop_of(market)
    office = await market.department()
    asn = await market.buyer(classes={}, department_id=office.id)
    await market.buyer(classes={"post": "camat"})
    await market.buyer(classes={}, left_on=date(2026, 3, 1))
    await bought(market, asn, goods, 1)

    report = await tried(market, last=date(2026, 3, 31))

    assert [(gap.scheme, gap.code, gap.department, gap.owed_by, gap.due) for gap in report.after.gaps] == [
        ("", "", "Dinas dinas", 1, 500_000),
        ("post", "camat", "", 1, 2_000_000),
    ]


async def test_a_rule_of_another_plugin_of_the_market_may_be_tried(market: World) -> None:
    shop, goods = await shop_of(market)
    asn = await market.buyer(classes={})
    await delivered(market, shop, asn, goods, 1)

    report = await tried(market, '[malang_quota.chosen]\nminimum = "flat"')

    assert {gap.rule for gap in report.before.gaps} == {"surabaya.mandate"}
    assert {gap.rule for gap in report.after.gaps} == {"surabaya.mandate", "malang.quota"}


async def test_nothing_is_written_and_nothing_could_be(market: World) -> None:
    shop, goods = await shop_of(market)
    asn = await market.buyer(classes={})
    await delivered(market, shop, asn, goods, 6)
    before = await rows_of(market.market.database)

    with market.market.database.counting() as statements:
        await tried(market, HALF)

    assert await rows_of(market.market.database) == before
    verbs = {statement.split()[0] for statement in statements}
    assert verbs <= {"SELECT", "WITH", "SET"}
    if market.market.database.dialect == "postgres":
        with pytest.raises(Exception, match="read-only transaction"):
            async with _read_only(market.market.database):
                await market.market.database.execute("DELETE FROM note")


async def test_statements_grow_with_days_and_not_with_lines(market: World) -> None:
    shop, goods = await shop_of(market)
    buyers = [await market.buyer(classes={}) for _ in range(5)]
    await delivered(market, shop, buyers[0], goods, 1)
    with market.market.database.counting() as for_one:
        await tried(market)
    for buyer in buyers[1:]:
        await delivered(market, shop, buyer, goods, 1)

    with market.market.database.counting() as for_many:
        report = await tried(market)

    assert report.purchases == 5
    assert len(for_many) == len(for_one)


async def test_progress_is_told(market: World) -> None:
    shop, goods = await shop_of(market)
    await delivered(market, shop, await market.buyer(classes={}), goods, 1)
    told: list[tuple[str, int, int]] = []

    await tried(market, progress=lambda *step: told.append(step))

    assert told[0] == ("lines", 0, 1)
    assert ("lines", 1, 1) in told
    assert {step for step, _, _ in told} == {"lines", "owed", "owed under the draft"}


@pytest.mark.parametrize(
    ("draft", "more", "code"),
    [
        ("[[batik_suroboyo.limit]]\namount = 1.5", {}, "bad_draft"),
        ("[[utopia.limit]]\namount = 1", {}, "bad_draft"),
        ("", {"first": date(2026, 4, 1), "last": date(2026, 3, 1)}, "bad_range"),
        ("", {"most": 0}, "too_many_lines"),
    ],
)
async def test_what_cannot_be_tried_is_told(market: World, draft: str, more: dict[str, Any], code: str) -> None:
    _, goods = await shop_of(market)
    await bought(market, await market.buyer(classes={}), goods, 1)

    with pytest.raises(PekenError, match=code):
        await tried(market, draft, **more)


async def test_a_city_without_orders_has_no_past(market: World) -> None:
    with pytest.raises(PekenError, match="no_orders"):
        await tried(market)


@pytest.mark.parametrize(
    "days",
    [
        {"last": date(2026, 3, 15)},
        {"first": date(2026, 3, 17)},
        {"first": date(2025, 1, 1), "last": date(2025, 12, 31)},
        {"first": date(2027, 1, 1), "last": date(2027, 12, 31)},
    ],
)
async def test_days_on_which_nobody_could_have_bought_are_told_with_those_of_trade(
    market: World, days: dict[str, Any]
) -> None:
    _, goods = await shop_of(market)
    await bought(market, await market.buyer(classes={}), goods, 1)

    with pytest.raises(PekenError, match="the first are of 2026-03-16, the last of 2026-03-16") as told:
        await tried(market, **days)

    assert told.value.code == "no_orders_then"


async def test_days_far_from_any_order_make_no_work(market: World) -> None:
    _, goods = await shop_of(market)
    await bought(market, await market.buyer(classes={}), goods, 1)

    report = await tried(market, first=date(1, 1, 1), last=date(9999, 12, 31))

    assert (report.first, report.last) == (date(2026, 3, 1), date(2026, 3, 16))


async def test_city_hall_asks_in_the_graph(market: World) -> None:
    shop, goods = await shop_of(market)
    asn = await market.buyer(classes={}, name="Ani")
    await delivered(market, shop, asn, goods, 6)

    answer = await market.ask(SIMULATE, {"draft": HALF}, actor=as_city_hall(SURABAYA))

    found = answer.data["simulateRules"]
    assert (found["purchases"], found["lines"], found["last"]) == (1, 1, "2026-03-16")
    assert found["before"]["placed"] == {"count": 1, "amount": 600_000}
    assert found["after"]["reasons"] == [
        {"rule": "surabaya.vendor-cap", "code": "cap_reached", "refused": {"count": 1}}
    ]
    assert found["after"]["buyersRefused"] == 1
    assert found["after"]["gaps"][0]["missing"] == 500_000
    assert found["refusals"][0]["buyer"] == {"name": "Ani"}
    assert found["refusals"][0]["purchase"] == {"amount": 600_000}
    assert found["moved"] == [{"before": 600_000, "after": 0, "vendor": {"name": "Toko Berkah"}}]


async def test_city_hall_follows_it_and_reads_at_the_end_what_the_query_tells(market: World) -> None:
    shop, goods = await shop_of(market)
    asn = await market.buyer(classes={}, name="Ani")
    await delivered(market, shop, asn, goods, 6)
    followed = SIMULATE.replace("query (", "subscription (", 1).replace("first last purchases", FOLLOWED, 1) + "}"

    answers = await market.follow(followed, {"draft": HALF}, actor=as_city_hall(SURABAYA))
    asked = await market.ask(SIMULATE, {"draft": HALF}, actor=as_city_hall(SURABAYA))

    *steps, last = [answer.data["simulateRules"] for answer in answers]
    assert [(each["step"], each["done"], each["total"]) for each in steps if each["step"] == "LINES"] == [
        ("LINES", 0, 1),
        ("LINES", 1, 1),
    ]
    assert [*dict.fromkeys(each["step"] for each in steps)] == ["LINES", "OWED", "OWED_UNDER_DRAFT"]
    assert {each["simulation"] for each in steps} == {None}
    assert last == {"step": "DONE", "done": 1, "total": 1, "simulation": asked.data["simulateRules"]}


async def test_a_simulation_that_is_followed_has_no_most_and_tells_what_is_wrong(
    market: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, goods = await shop_of(market)
    await delivered(market, shop, await market.buyer(classes={}), goods, 6)
    monkeypatch.setattr(simulation, "MOST_LINES", 0)
    follow = "subscription ($draft: String!) { simulateRules(draft: $draft) { step } }"

    asked = await market.ask(SIMULATE, {"draft": ""}, actor=as_city_hall(SURABAYA))
    whole = await market.follow(follow, {"draft": ""}, actor=as_city_hall(SURABAYA))
    bad = await market.follow(follow, {"draft": "[["}, actor=as_city_hall(SURABAYA))
    other = await market.follow(follow, {"draft": ""}, actor=as_auditor(SURABAYA))

    assert asked.codes == ["too_many_lines"]
    assert whole[-1].data == {"simulateRules": {"step": "DONE"}}
    assert [each.codes for each in (*bad, *other)] == [["bad_draft"], ["forbidden"]]


async def test_one_simulation_at_a_time_and_those_who_left_are_out_of_the_way(market: World) -> None:
    shop, goods = await shop_of(market)
    await delivered(market, shop, await market.buyer(classes={}), goods, 6)
    begun, go_on = asyncio.Event(), asyncio.Event()
    history = History.bounds

    async def waiting(self: History) -> tuple[date, date] | None:
        begun.set()
        await go_on.wait()
        return await history(self)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(History, "bounds", waiting)
        first = asyncio.create_task(tried(market))
        await begun.wait()
    second = await market.ask(SIMULATE, {"draft": ""}, actor=as_city_hall(SURABAYA))
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    third = await market.ask(SIMULATE, {"draft": ""}, actor=as_city_hall(SURABAYA))

    assert (second.codes, third.codes) == (["simulation_running"], [])


async def test_a_bad_draft_is_told_in_the_graph_and_others_may_not_ask(market: World) -> None:
    shop, _ = await shop_of(market)
    hall = as_city_hall(SURABAYA)

    bad = [await market.ask(SIMULATE, {"draft": draft}, actor=hall) for draft in ("[[", "rules = 1", "")]
    others = [
        await market.ask(SIMULATE, {"draft": ""}, actor=actor) for actor in (as_auditor(SURABAYA), as_vendor(shop))
    ]

    assert [answer.codes for answer in bad] == [["bad_draft"], ["bad_draft"], ["no_orders"]]
    assert [answer.codes for answer in others] == [["forbidden"], ["forbidden"]]


def test_spreads_of_nothing_and_of_one_and_of_two() -> None:
    none, idle, one, two = spread_of([]), spread_of([0, 0]), spread_of([7]), spread_of([0, 8])

    assert (none.gini, none.vendors) == (0.0, 0)
    assert (idle.gini, idle.never_sold) == (0.0, 2)
    assert (one.gini, one.top_tenth) == (0.0, 1.0)
    assert (two.gini, two.top_tenth, two.never_sold) == (0.5, 1.0, 1)
    assert replace(two, gini=0.0).turnover == 8

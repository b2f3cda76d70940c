"""A version takes effect at its midnight: orders, what is owed, balances, and every process of a market."""

import asyncio
from typing import Any

import pytest
from tests.parameters.versions import MALANG, RULE, bought, day, noon, second, wish

from peken import days, models, orders, parameters
from peken.errors import PekenError, Refused
from peken.market import Market
from peken.rules import Mode
from peken.testing.world import World, as_buyer, as_city_hall, as_vendor

pytestmark = pytest.mark.market({MALANG: ["malang_quota"]})
HALL = as_city_hall(MALANG)


async def floors(market: World) -> dict[str, int | None]:
    """The floor of each open balance, by window."""
    return {row.win: row.floor for row in await models.TallyBalance.filter(rule=RULE)}


async def mode(market: World, mode: Mode, begins: str) -> None:
    wanted = parameters.mode_version(
        market.market, HALL, RULE, mode, valid_from=day(begins), source="Surat 2", mark="A", reason="Gangguan"
    )
    await parameters.set_version(market.market, HALL, wanted)


async def test_an_order_is_judged_by_what_was_in_force_at_its_time(market: World) -> None:
    vendor = await market.vendor(kind="umkm")
    variant, buyer = await market.product(vendor, price=100_000), await market.buyer(classes={})
    actor = as_buyer(buyer)

    async def delivered(key: str) -> models.Decision:
        order = await bought(market, actor, variant, 1, key)
        await orders.deliver(market.market, as_vendor(vendor), order.id)
        return await models.Decision.get(case_id=order.id, rule=RULE)

    first = await delivered("before the version is set")
    await parameters.set_version(market.market, HALL, wish(begins="03-20"))
    known = await delivered("set, but not in force")
    market.clock.at = noon("03-20")
    after = await delivered("in force")

    assert [decision.figures["floor"] for decision in (first, known, after)] == [500_000, 500_000, 600_000]
    assert first.parameters == known.parameters != after.parameters
    assert (after.source, after.mark) == ("Surat edaran 1/2026", "A")
    assert after.figures["remaining"] == 300_000, "all three orders of the month count toward the new floor"


async def test_balances_open_in_the_window_get_the_new_floor_on_its_first_day(market: World) -> None:
    await market.buyer(classes={})
    await days.open_all(market.market)
    await parameters.set_version(market.market, HALL, wish(begins="03-20"))

    market.clock.at = noon("03-19")
    await days.open_all(market.market)
    before = await floors(market)
    market.clock.at = noon("03-20")
    await days.open_all(market.market)

    assert (before, await floors(market)) == ({"2026-03": 500_000}, {"2026-03": 600_000})


async def test_a_window_that_is_over_keeps_its_floor(market: World) -> None:
    await market.buyer(classes={})
    await days.open_all(market.market)
    await parameters.set_version(market.market, HALL, wish(begins="04-01"))

    market.clock.at = noon("04-01")
    await days.open_all(market.market)

    assert await floors(market) == {"2026-03": 500_000, "2026-04": 600_000}


async def test_a_rule_switched_off_within_its_window_leaves_nothing_owed(market: World) -> None:
    await market.buyer(classes={})
    await days.open_all(market.market)
    await mode(market, Mode.OFF, "03-20")

    market.clock.at = noon("03-20")
    await days.open_all(market.market)
    off = await floors(market)
    await mode(market, Mode.ON, "03-25")
    market.clock.at = noon("03-25")
    await days.open_all(market.market)

    assert (off, await floors(market)) == ({"2026-03": None}, {"2026-03": 500_000})


async def test_what_a_rule_in_shadow_says_is_recorded_and_binds_nobody(market: World) -> None:
    vendor = await market.vendor(kind="umkm")
    variant, actor = await market.product(vendor), as_buyer(await market.buyer(classes={}))
    found = []

    for name, begins in ((Mode.SHADOW, "03-20"), (Mode.OFF, "03-25"), (Mode.ON, "03-28")):
        await mode(market, name, begins)
        market.clock.at = noon(begins)
        order = await bought(market, actor, variant, 1, begins)
        await orders.deliver(market.market, as_vendor(vendor), order.id)
        found.append([decision.mode for decision in await models.Decision.filter(case_id=order.id)])

    assert found == [["shadow"], [], ["on"]]


def amount_of(market: Market, on: str) -> int:
    chosen = market.city(MALANG).rulebook.chosen["malang_quota"]
    [table] = [each for each in chosen.rows if each.__name__ == "Minimum"]
    return chosen.table(table, day(on)).one().amount  # type: ignore[union-attr, no-any-return]


async def test_another_process_hears_of_it_when_it_looks_again(market: World) -> None:
    other = second(market)
    await parameters.keep_up(other)
    await parameters.set_version(market.market, HALL, wish())
    naps: list[float] = []

    async def nap(seconds: float) -> None:
        naps.append(seconds)
        if len(naps) == 2:
            raise asyncio.CancelledError

    before = amount_of(other, "04-01")
    with pytest.raises(asyncio.CancelledError):
        await parameters.follow(other, nap)

    assert (before, amount_of(other, "04-01")) == (500_000, 600_000)
    assert naps == [10.0, 10.0]


async def test_a_process_that_never_looked_reads_before_it_judges(market: World) -> None:
    vendor = await market.vendor(kind="umkm")
    variant, actor = await market.product(vendor), as_buyer(await market.buyer(classes={}))
    other = second(market)
    await parameters.keep_up(other)
    await parameters.set_version(market.market, HALL, wish(begins="03-17"))
    order = await bought(market, actor, variant, 1, "k")

    market.clock.at = noon("03-17")
    await orders.deliver(other, as_vendor(vendor), order.id)

    decision = await models.Decision.get(case_id=order.id, rule=RULE)
    assert decision.figures["floor"] == 600_000


async def test_what_was_read_just_now_is_not_read_again(market: World) -> None:
    with market.market.database.counting() as statements:
        await parameters.keep_up(market.market)
        await parameters.take_in(market.market)

    assert len(statements) == 1


async def test_two_who_set_at_once_do_not_take_each_other_s_days(market: World) -> None:
    other = second(market)

    async def attempt(where: Market, amount: str) -> str:
        try:
            await parameters.set_version(where, HALL, wish(amount))
        except Refused as refused:
            return refused.objections[0].code
        return "set"

    answers = await asyncio.gather(attempt(market.market, "600000"), attempt(other, "700000"))

    assert sorted(answers) == ["overlapping", "set"]
    assert await models.ParameterVersion.all().count() == 1


async def test_what_does_not_fit_the_rules_any_more_stops_the_judging_and_not_silently(market: World) -> None:
    done = await parameters.set_version(market.market, HALL, wish())
    unfit: dict[str, Any] = {"table_name": "gone"}
    await models.ParameterVersion.filter(id=done.version.id).update(**unfit)

    with pytest.raises(PekenError, match="versions_unfit"):
        await parameters.served(second(market), MALANG)


@pytest.mark.market({MALANG: ["malang_quota"], "35.78": ["batik_suroboyo"]})
async def test_one_city_whose_versions_do_not_fit_stops_no_other(market: World) -> None:
    done = await parameters.set_version(market.market, HALL, wish())
    unfit: dict[str, Any] = {"table_name": "gone"}
    await models.ParameterVersion.filter(id=done.version.id).update(**unfit)
    other = second(market)

    served = await parameters.served(other, "35.78")

    assert served.code == "35.78"
    with pytest.raises(PekenError, match="versions_unfit"):
        await parameters.served(other, MALANG)


@pytest.mark.engines("sqlite")
async def test_a_failure_to_look_is_tried_again(market: World) -> None:
    naps: list[float] = []

    async def nap(seconds: float) -> None:
        naps.append(seconds)
        if len(naps) == 2:
            raise asyncio.CancelledError

    await market.market.database.close()
    with pytest.raises(asyncio.CancelledError):
        await parameters.follow(market.market, nap)

    assert len(naps) == 2

"""Ledger and balances derived once more: a sound market is left alone, a spoilt one put right, also while it sells."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from tests.rejudging.trade import CITIES, MALANG, SURABAYA, bought, delivered, given_back, trade

from peken import models
from peken.actors import Actor, Role
from peken.cli.verifying import differences
from peken.ids import new_id
from peken.orders import deliver
from peken.rebuilding import Rebuilt, rebuild
from peken.testing.world import World, as_vendor

pytestmark = pytest.mark.market(CITIES)


async def derive(market: World, city: str = SURABAYA, **more: Any) -> Rebuilt:
    actor = Actor("clerk", frozenset({Role.CITY_HALL}), city)
    return await rebuild(market.market, market.market.city(city), actor, **more)


async def books(market: World) -> tuple[list[Any], list[Any]]:
    """Ledger and balances, without the keys of their rows."""
    entries = (
        await models.TallyEntry.all()
        .order_by("rule", "line_id", "cause")
        .values_list("rule", "subject", "win", "line_id", "amount", "cause", "at")
    )
    balances = (
        await models.TallyBalance.all()
        .order_by("rule", "subject", "win")
        .values_list("city_id", "rule", "subject", "win", "value", "floor", "ceiling")
    )
    return [tuple(row) for row in entries], [tuple(row) for row in balances]


@pytest.mark.parametrize("write", [False, True])
async def test_a_sound_market_is_left_alone(market: World, write: bool) -> None:
    await trade(market)
    before = await books(market)

    found = await derive(market, write=write)
    other = await derive(market, MALANG, write=write)

    assert found.agrees
    assert other.agrees
    assert (found.purchases, other.purchases) == (3, 3)
    assert await books(market) == before
    assert await models.Audit.filter(action="tally.rebuilt").count() == 0


SPOILT: dict[str, Callable[[], Any]] = {
    "an entry is missing": lambda: models.TallyEntry.filter(cause="delivered", rule="surabaya.mandate").delete(),
    "a cancellation was not taken back": lambda: models.TallyEntry.filter(cause="cancelled").delete(),
    "an entry has another amount": lambda: models.TallyEntry.filter(cause="placed").update(amount=1),
    "an entry has another subject": lambda: models.TallyEntry.filter(cause="placed").update(subject="somebody"),
    "an entry is in another window": lambda: models.TallyEntry.filter(cause="delivered").update(win="2020-01"),
    "a balance has another value": lambda: models.TallyBalance.all().update(value=7),
    "a balance is missing": lambda: models.TallyBalance.filter(rule="surabaya.vendor-cap").delete(),
}


@pytest.mark.parametrize("what", SPOILT)
async def test_what_was_spoilt_is_shown_first_and_put_right_when_asked(market: World, what: str) -> None:
    await trade(market)
    sound = await books(market)
    await SPOILT[what]()
    spoilt = await books(market)

    dry = await derive(market)
    shown = await books(market)
    written = await derive(market, write=True)
    await derive(market, MALANG, write=True)
    again = await derive(market)

    assert not dry.agrees
    assert shown == spoilt
    assert not written.agrees
    assert again.agrees
    assert {balance.key for balance in dry.balances} == {balance.key for balance in written.balances}
    assert await books(market) == sound
    assert await differences(market.market.database) == []


async def test_what_a_dry_run_shows_is_what_comes_of_it(market: World) -> None:
    await trade(market)
    await models.TallyEntry.filter(cause="delivered", rule="surabaya.mandate").delete()
    await models.TallyBalance.filter(rule="surabaya.mandate").update(value=1)

    dry = await derive(market)
    await derive(market, write=True)

    values = {row.subject: row.value for row in await models.TallyBalance.filter(rule="surabaya.mandate")}
    assert {(balance.key[1], balance.kept, balance.derived) for balance in dry.balances} == {
        (subject, 1, value) for subject, value in values.items()
    }
    assert len(dry.entries) == await models.TallyEntry.filter(cause="delivered", rule="surabaya.mandate").count()


async def test_every_balance_that_changes_is_in_the_audit(market: World) -> None:
    await trade(market)
    balance = await models.TallyBalance.get(rule="surabaya.vendor-cap")
    await models.TallyBalance.filter(id=balance.id).update(value=5)

    await derive(market, write=True)

    audit = await models.Audit.get(action="tally.rebuilt")
    assert (audit.actor, audit.subject) == ("clerk", balance.subject)
    assert audit.changes == {"rule": balance.rule, "window": balance.win, "before": 5, "after": balance.value}


async def test_entries_of_other_causes_and_of_rules_that_are_gone_stay(market: World) -> None:
    await trade(market)
    line = (await models.TallyEntry.filter(rule="surabaya.vendor-cap").first().values())["line_id"]
    for rule, cause in (("surabaya.vendor-cap", "evidence"), ("surabaya.old", "placed")):
        row: dict[str, Any] = {"rule": rule, "subject": "somebody", "win": "2026-03"}
        await models.TallyEntry.create(id=new_id(), line_id=line, amount=3, cause=cause, at=market.clock.at, **row)
        await models.TallyBalance.create(id=new_id(), city_id=SURABAYA, value=3, **row)

    found = await derive(market, write=True)

    assert found.agrees


async def test_what_has_lost_its_facts_is_taken_as_it_is(market: World) -> None:
    await trade(market)
    cases = {row.case_id for row in await models.Decision.filter(city_id=SURABAYA, outcome="allow")}
    await models.Docket.filter(case_id__in=sorted(cases)).delete()
    before = await books(market)

    found = await derive(market, write=True)

    assert found.agrees
    # Three purchases and two deliveries; what was decided of a refusal counted nowhere.
    assert found.underived == 5
    assert await books(market) == before


@pytest.mark.parametrize("spoil", [lambda facts: facts.pop("core:Line"), lambda facts: facts["core:Vendor"].clear()])
async def test_what_has_lost_some_fact_is_taken_as_it_is(market: World, spoil: Callable[[Any], Any]) -> None:
    await trade(market)
    for docket in await models.Docket.all():
        spoil(docket.content["facts"])
        await models.Docket.filter(case_id=docket.case_id).update(content=docket.content)
    before = await books(market)

    found = await derive(market, write=True)

    assert found.agrees
    assert found.underived > 0
    assert await books(market) == before


async def test_a_docket_in_another_shape_is_taken_as_it_is(market: World) -> None:
    await trade(market)
    for docket in await models.Docket.all():
        docket.content["facts"]["core:Vendor"] = {key: {} for key in docket.content["facts"]["core:Vendor"]}  # type: ignore[index]
        await models.Docket.filter(case_id=docket.case_id).update(content=docket.content)

    found = await derive(market)

    assert found.agrees
    assert found.underived == 5


async def test_statements_do_not_grow_with_orders(market: World) -> None:
    await trade(market)
    await models.TallyBalance.all().update(value=7)
    with market.market.database.counting() as for_few:
        await derive(market, write=True)
    await trade(market)
    await trade(market)
    await models.TallyBalance.all().update(value=7)

    with market.market.database.counting() as for_many:
        await derive(market, write=True)

    assert len(for_many) == len(for_few)


async def test_a_market_may_sell_meanwhile(market: World) -> None:
    shop = await market.vendor()
    goods = await market.product(shop, price=1_000, stock=1_000)
    asn = await market.buyer(classes={})
    for _ in range(4):
        await delivered(market, shop, asn, goods, 1)
    await models.TallyEntry.all().update(amount=1)
    await models.TallyBalance.all().update(value=4)

    async def sell() -> None:
        for number in range(6):
            order = await bought(market, asn, goods, 1)
            await deliver(market.market, as_vendor(shop), order)
            if number % 2:
                await given_back(market, shop, order)

    await asyncio.gather(sell(), sell(), derive(market, write=True), sell())
    rest = await derive(market, write=True)
    again = await derive(market)

    assert rest.agrees
    assert again.agrees
    assert await differences(market.market.database) == []
    [cap] = await models.TallyBalance.filter(rule="surabaya.vendor-cap")
    assert cap.value == (4 + 18 - 9) * 1_000

"""Stored decisions, judged again from their rows: all the same, or told which is not and why."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.rejudging.trade import CITIES, MALANG, SURABAYA, trade

from peken import hookspecs, models
from peken.errors import PekenError
from peken.market import Market
from peken.rejudging import Difference, Tally, rejudge
from peken.rules import Amount, Chapter, Line, Obligation, Replayed, Rulebook, Vendor
from peken.testing.world import World

pytestmark = pytest.mark.market(CITIES)


async def replayed(market: Market, city: str | None = None) -> tuple[Tally, list[Difference]]:
    tally = Tally()
    return tally, [difference async for difference in rejudge(market, tally, city)]


def twice(line: Line, vendor: Vendor) -> int:
    return 2 * line.amount


def nothing_owed(vendor: Vendor) -> Amount | None:
    return None


def amended(market: Market, amend: Callable[[Any], Any]) -> Market:
    """Malang's obligation after somebody has changed its code."""
    [(plugin, regulations)] = market.hooks.for_city(MALANG).give(hookspecs.regulations)
    rules = tuple(amend(rule) for rule in regulations.rules)
    chapter = Chapter(plugin.name, plugin.version, replace(regulations, rules=rules), chosen=regulations.chosen)
    city = replace(market.city(MALANG), rulebook=Rulebook([chapter]))
    return replace(market, cities={**market.cities, MALANG: city})


async def test_every_decision_comes_out_as_it_was(market: World) -> None:
    await trade(market)

    tally, differences = await replayed(market.market)

    assert differences == []
    assert tally.agrees
    assert tally.decisions == await models.Decision.all().count() > 0
    assert dict(tally.outcomes) == {Replayed.SAME: tally.decisions}
    assert (dict(tally.versions), dict(tally.assumed)) == ({}, {})


async def test_a_changed_rule_is_told_by_its_version_and_by_what_differs(market: World) -> None:
    await trade(market)
    changed = amended(market.market, lambda rule: replace(rule, counts=twice))

    tally, differences = await replayed(changed)

    assert not tally.agrees
    assert {difference.again.rule for difference in differences} == {"malang.quota"}
    assert all(difference.again.other_version for difference in differences)
    figures = sorted(
        (d.again.stored.values["amount"], d.again.now.values["amount"])
        for d in differences
        if d.again.stored and d.again.now
    )
    assert figures == [(100_000, 200_000), (300_000, 600_000)]
    assert {(version[0], version[3]) for version in tally.versions} == {("malang.quota", "different")}


async def test_a_change_that_changes_nothing_is_another_version_and_no_difference(market: World) -> None:
    await trade(market)

    def same(line: Line, vendor: Vendor) -> int:
        rule = market.market.city(MALANG).rulebook.rules["malang.quota"]
        assert isinstance(rule, Obligation)
        return rule.counts(line, vendor)

    tally, differences = await replayed(amended(market.market, lambda rule: replace(rule, counts=same)), MALANG)

    assert differences == []
    assert tally.agrees
    assert [(version[0], version[3], count) for version, count in tally.versions.items()] == [
        ("malang.quota", "same", tally.decisions)
    ]


async def test_decisions_of_a_rule_that_is_gone_are_counted_apart(market: World) -> None:
    await trade(market)
    changed = amended(market.market, lambda rule: replace(rule, code="malang.other"))

    tally, differences = await replayed(changed, MALANG)

    assert tally.agrees
    assert {difference.again.outcome for difference in differences} == {Replayed.GONE}
    assert tally.outcomes[Replayed.GONE] == tally.decisions


async def test_a_docket_that_is_gone_is_a_fault_of_every_decision_in_it(market: World) -> None:
    await trade(market)
    case = (await models.Decision.filter(rule="malang.quota").order_by("id").first().values())["case_id"]
    await models.Docket.filter(case_id=case).delete()

    tally, differences = await replayed(market.market)

    assert not tally.agrees
    assert [(d.case, d.again.outcome) for d in differences] == [(case, Replayed.UNRECORDED)]
    assert "no docket" in differences[0].again.fault


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda facts: facts["core:Vendor"].clear(), "core:Vendor/"),
        (lambda facts: next(iter(facts["core:Line"].values())).update(amount="much"), "in another shape"),
    ],
)
async def test_a_fact_that_is_missing_from_a_docket_is_named(
    market: World, spoil: Callable[[Any], object], fault: str
) -> None:
    await trade(market)
    decision = await models.Decision.filter(rule="surabaya.mandate").order_by("id").first()
    assert decision is not None
    docket = await models.Docket.get(case_id=decision.case_id)
    spoil(docket.content["facts"])
    await models.Docket.filter(case_id=decision.case_id).update(content=docket.content)

    tally, differences = await replayed(market.market, SURABAYA)

    assert not tally.agrees
    assert {d.again.outcome for d in differences} == {Replayed.UNRECORDED}
    assert all(fault in d.again.fault for d in differences)


async def test_a_figure_that_was_changed_in_the_rows_is_found(market: World) -> None:
    await trade(market)
    decision = await models.Decision.filter(rule="surabaya.vendor-cap", outcome="refuse").first()
    assert decision is not None
    await models.Decision.filter(id=decision.id).update(outcome="allow")

    _, differences = await replayed(market.market)

    assert [(d.case, d.again.outcome, d.again.other_version) for d in differences] == [
        (decision.case_id, Replayed.DIFFERENT, False)
    ]


async def test_statements_do_not_grow_with_decisions(market: World) -> None:
    await trade(market)
    with market.market.database.counting() as for_few:
        few, _ = await replayed(market.market)
    await trade(market)

    with market.market.database.counting() as for_many:
        many, _ = await replayed(market.market)

    assert many.decisions == 2 * few.decisions
    assert len(for_few) == len(for_many)


async def test_a_city_that_is_not_served_is_told(market: World) -> None:
    with pytest.raises(PekenError, match="unknown_city"):
        await replayed(market.market, "11.11")

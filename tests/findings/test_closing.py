"""Closing windows: a finding for everyone who owed, once, as of the window's last day; nobody is punished."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from tests.rejudging.trade import CITIES, MALANG, SURABAYA, delivered, given_back

from peken import days, hookspecs, models, obligations
from peken.errors import PekenError
from peken.findings import Closed, close_windows
from peken.ids import new_id
from peken.market import Market, ServedCity
from peken.rules import ORDER, YEAR, Buyer, Chapter, Department, Line, Obligation, Regulations, Rulebook, season
from peken.testing.world import World

pytestmark = pytest.mark.market(CITIES)
APRIL = datetime(2026, 4, 1, 1, 0, tzinfo=UTC)
"""Eight in the morning of the first of April in WIB."""


async def close(market: World, at: datetime = APRIL, city: str = MALANG, **more: Any) -> list[Closed]:
    return await close_windows(market.market, market.market.city(city), at, **more)


async def opened(market: World, city: str = MALANG) -> None:
    await obligations.open_windows(market.market, market.market.city(city), market.clock.at)


async def shop_of(market: World) -> tuple[models.Vendor, models.Variant]:
    shop = await market.vendor(MALANG, kind="umkm")
    return shop, await market.product(shop, price=100_000, stock=1_000)


async def findings() -> dict[str, tuple[int, int, int]]:
    rows = await models.Finding.all().values_list("subject", "value", "floor", "missing")
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


async def test_everyone_who_owed_is_found_met_or_short_also_who_bought_nothing(market: World) -> None:
    shop, goods = await shop_of(market)
    keen, lazy, absent = [await market.buyer(MALANG, classes={}) for _ in range(3)]
    await market.buyer(MALANG)
    await opened(market)
    await delivered(market, shop, keen, goods, 6)
    await delivered(market, shop, lazy, goods, 2)

    closed = await close(market)

    assert closed == [Closed("malang.quota", "2026-03", met=1, short=2)]
    assert await findings() == {
        str(keen.id): (600_000, 500_000, 0),
        str(lazy.id): (200_000, 500_000, 300_000),
        str(absent.id): (0, 500_000, 500_000),
    }
    [finding] = await models.Finding.filter(subject=str(lazy.id))
    assert (finding.status, finding.decision, finding.mark, finding.unit) == ("open", "", "S", "rupiah")
    assert "Kota Malang" in finding.citation


async def test_a_window_that_has_not_ended_is_not_closed(market: World) -> None:
    await market.buyer(MALANG, classes={})
    await opened(market)

    closed = await close(market, datetime(2026, 3, 31, 16, 59, tzinfo=UTC))
    after_midnight = await close(market, datetime(2026, 3, 31, 17, 0, tzinfo=UTC))

    assert closed == []
    assert [each.window for each in after_midnight] == ["2026-03"]


async def test_closing_again_changes_nothing(market: World) -> None:
    shop, goods = await shop_of(market)
    buyer = await market.buyer(MALANG, classes={})
    await opened(market)
    order = await delivered(market, shop, buyer, goods, 6)
    await close(market)
    before = await findings()
    await given_back(market, shop, order, APRIL)

    again = await close(market)

    assert again == []
    assert await findings() == before
    assert await models.Audit.filter(action="window.closed").count() == 1


async def test_two_who_close_at_once_make_each_finding_once(market: World) -> None:
    for _ in range(3):
        await market.buyer(MALANG, classes={})
    await opened(market)

    both = await asyncio.gather(close(market), close(market))

    assert sorted(len(closed) for closed in both) == [0, 1]
    assert await models.Finding.all().count() == 3
    audit = await models.Audit.get(action="window.closed")
    assert (audit.actor, audit.changes["short"]) == ("peken:days", 3)


async def test_what_is_owed_is_what_held_on_the_last_day(market: World) -> None:
    newcomer = await market.buyer(MALANG, classes={}, joined_on=date(2026, 3, 17))
    gone = await market.buyer(MALANG, classes={}, left_on=date(2026, 3, 11))
    later = await market.buyer(MALANG, classes={}, joined_on=date(2026, 4, 1))

    await close(market, only="2026-03")

    assert await findings() == {
        str(newcomer.id): (0, 500_000 * 15 // 31, 500_000 * 15 // 31),
        str(gone.id): (0, 500_000 * 10 // 31, 500_000 * 10 // 31),
    }
    assert str(later.id) not in await findings()


async def test_a_window_that_nobody_had_opened_is_closed_by_name(market: World) -> None:
    await market.buyer(MALANG, classes={})

    unasked = await close(market)
    asked = await close(market, only="2026-03")
    with pytest.raises(PekenError, match="bad_window"):
        await close(market, only="no month")

    assert unasked == []
    assert asked == [Closed("malang.quota", "2026-03", met=0, short=1)]


async def test_the_class_and_the_department_are_kept(market: World) -> None:
    office = await market.department(SURABAYA)
    camat = await market.buyer(SURABAYA, classes={"post": "camat"}, department_id=office.id)
    await opened(market, SURABAYA)

    await close(market, city=SURABAYA)

    [finding] = await models.Finding.filter(subject=str(camat.id))
    assert (finding.scheme, finding.code, finding.floor) == ("post", "camat", 2_000_000)
    assert str(finding.department_id) == str(office.id)


async def test_statements_do_not_grow_with_buyers(market: World) -> None:
    await market.buyer(MALANG, classes={})
    with market.market.database.counting() as for_one:
        await close(market, only="2026-03")
    for _ in range(20):
        await market.buyer(MALANG, classes={})

    with market.market.database.counting() as for_many:
        await close(market, datetime(2026, 5, 1, 1, 0, tzinfo=UTC), only="2026-04")

    assert await models.Finding.filter(win="2026-04").count() == 21
    assert len(for_many) == len(for_one)


async def test_the_turn_of_the_month_closes_the_last_one(market: World) -> None:
    await market.buyer(MALANG, classes={})
    await days.open_all(market.market)
    market.clock.at = APRIL

    await days.open_all(market.market)

    assert await models.Closing.all().values_list("rule", "win", "short") == [("malang.quota", "2026-03", 1)]
    assert {row.win for row in await models.TallyBalance.filter(city_id=MALANG)} == {"2026-03", "2026-04"}


def office_counts(line: Line, department: Department | None) -> int:
    return line.amount


def a_million(department: Department) -> int:
    return 1_000_000


def person(buyer: Buyer) -> int | None:
    return 700


OFFICES = Obligation(
    code="malang.offices", cites="a decree", subject="department", window=YEAR, counts=office_counts, floor=a_million
)
FEAST = season("feast", (date(2026, 2, 18), date(2026, 3, 20)))


def ruled(market: Market, *rules: Obligation) -> ServedCity:
    """Malang under other rules."""
    chapter = Chapter("arcadia", "1", Regulations(rules))
    return replace(market.city(MALANG), rulebook=Rulebook([chapter]))


async def test_a_department_is_found_by_its_balance(market: World) -> None:
    office = await market.department(MALANG)
    await models.TallyBalance.create(
        id=new_id(), city_id=MALANG, rule="malang.offices", subject=str(office.id), win="2025", value=0, floor=1_000_000
    )

    closed = await close_windows(market.market, ruled(market.market, OFFICES), APRIL)

    assert closed == [Closed("malang.offices", "2025", met=0, short=1)]
    [finding] = await models.Finding.all()
    assert (finding.subject_kind, str(finding.department_id)) == ("department", str(office.id))


async def test_a_season_is_closed_when_it_is_over_and_a_window_without_dates_never(market: World) -> None:
    common: dict[str, Any] = {"cites": "a decree", "subject": "buyer", "counts": office_counts, "floor": person}
    feast = Obligation(code="malang.feast", window=FEAST, **common)
    each = Obligation(code="malang.each", window=ORDER, **common)
    buyer = await market.buyer(MALANG, classes={})
    for code, window in (("malang.feast", "2026-02-18"), ("malang.feast", "1999-01-01"), ("malang.each", "order")):
        await models.TallyBalance.create(
            id=new_id(), city_id=MALANG, rule=code, subject=str(buyer.id), win=window, value=0, floor=700
        )

    closed = await close_windows(market.market, ruled(market.market, feast, each), APRIL)

    assert closed == [Closed("malang.feast", "2026-02-18", met=0, short=1)]


async def test_a_rule_in_the_shadow_finds_nothing(market: World) -> None:
    await market.buyer(MALANG, classes={})
    [(plugin, regulations)] = market.market.hooks.for_city(MALANG).give(hookspecs.regulations)
    row = {"code": "malang.quota", "mode": "shadow", "valid_from": date(2020, 1, 1), "source": "a decree", "mark": "O"}
    chapter = Chapter(plugin.name, plugin.version, regulations, chosen=regulations.chosen, added={"rule": [row]})
    city = replace(market.market.city(MALANG), rulebook=Rulebook([chapter]))

    closed = await close_windows(market.market, city, APRIL, only="2026-03")

    assert closed == [Closed("malang.quota", "2026-03", met=0, short=0)]
    assert await models.Finding.all().count() == 0

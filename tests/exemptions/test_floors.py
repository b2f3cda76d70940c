"""What is owed by who joins, leaves, is away or exempt within a month: the balances, the monitor, the findings."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from tests.exemptions.hall import FULL, HALL, MANDATE, QUOTA, SURABAYA, floors, grants, mine, owed, revokes, wish

from peken import buyers, models, obligations
from peken.findings import close_windows
from peken.testing.world import World, as_auditor, as_buyer, as_city_hall, as_officer, global_id

pytestmark = pytest.mark.market({SURABAYA: ["batik_suroboyo", "malang_quota"]})
APRIL = datetime(2026, 4, 1, 1, 0, tzinfo=UTC)
MONITOR = """query ($window: String) { obligationMonitor(rule: "malang.quota", window: $window) { standings {
    nodes { name status due remaining %s } } summary { total { met behind exempt due } } } }"""
EXPLAIN = """query ($items: [ItemInput!]!) { explainOrder(basket: {items: $items}) {
    decisions { rule figures { name value } } } }"""


def share(days: int) -> tuple[int, int, int]:
    return FULL * days // 31, days, 31


async def opened(market: World) -> int:
    return await obligations.open_windows(market.market, market.market.city(SURABAYA), market.clock.at)


async def watched(market: World, actor: Any, fields: str = "", window: str | None = None) -> dict[str, Any]:
    answer = await market.ask(MONITOR % fields, {"window": window}, actor=actor)
    found: dict[str, Any] = answer.data["obligationMonitor"]
    return found


async def test_ten_days_of_leave_are_owed_less_at_once_and_owed_again_when_it_is_revoked(market: World) -> None:
    buyer = await market.buyer(classes={})
    await opened(market)
    before = await floors(buyer)

    granted = await grants(market, wish(buyer, "2026-03-20", "2026-03-30"))
    away, balances = await owed(market, buyer), await floors(buyer)
    await revokes(market, granted["id"])
    back = await owed(market, buyer)

    assert before == {QUOTA: FULL, MANDATE: FULL}
    assert away == {QUOTA: share(21), MANDATE: share(21)}
    assert balances == {QUOTA: FULL * 21 // 31, MANDATE: FULL * 21 // 31}
    assert back == {QUOTA: share(31), MANDATE: share(31)}
    assert await floors(buyer) == before


@pytest.mark.parametrize(
    ("first", "after", "days"),
    [
        ("2026-02-20", "2026-03-11", 21),
        ("2026-03-11", "2026-05-01", 10),
        ("2026-02-01", "2026-03-01", 31),
        ("2026-04-01", "2026-05-01", 31),
        ("2026-03-01", "2026-04-01", 0),
        ("2024-01-01", None, 0),
    ],
)
async def test_only_the_days_within_the_month_count(market: World, first: str, after: str | None, days: int) -> None:
    buyer = await market.buyer(classes={})

    await grants(market, wish(buyer, first, after))

    assert await owed(market, buyer) == {QUOTA: share(days), MANDATE: share(days)}


async def test_one_may_be_exempt_from_one_rule_only(market: World) -> None:
    buyer = await market.buyer(classes={})
    await opened(market)

    await grants(market, wish(buyer, "2026-01-01", kind="EXEMPTION", rule=QUOTA, reason="Dinas luar negeri"))

    assert await owed(market, buyer) == {QUOTA: (0, 0, 31), MANDATE: share(31)}
    assert await floors(buyer) == {QUOTA: 0, MANDATE: FULL}


async def test_days_of_leave_and_exemption_that_meet_count_once(market: World) -> None:
    buyer = await market.buyer(classes={}, joined_on=date(2026, 3, 6))
    await grants(market, wish(buyer, "2026-03-10", "2026-03-20"))
    await grants(market, wish(buyer, "2026-03-15", "2026-03-25", kind="EXEMPTION"))
    await grants(market, wish(buyer, "2026-03-01", "2026-03-08", rule=QUOTA))

    found = await owed(market, buyer)

    assert found == {QUOTA: share(31 - 5 - 15 - 2), MANDATE: share(31 - 5 - 15)}


async def test_classes_are_not_multiplied_by_exemptions(market: World) -> None:
    buyer = await market.buyer(classes={"post": "camat", "golongan": "III/a"})
    for first, after in (("2026-03-01", "2026-03-03"), ("2026-03-05", "2026-03-06")):
        await grants(market, wish(buyer, first, after))

    [held] = {row.classes for row in await models.TallyBalance.filter(subject=str(buyer.id))}

    assert held == '[["golongan","III/a"],["post","camat"]]'
    assert (await owed(market, buyer))[MANDATE] == (2_000_000 * 28 // 31, 28, 31)


async def test_who_left_within_the_month_stays_on_the_list_with_the_days_before(market: World) -> None:
    market.clock.at = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
    leaver = await market.buyer(classes={})
    await opened(market)
    await models.Buyer.filter(id=leaver.id).update(left_on=date(2026, 3, 11))
    await market.buyer(classes={}, left_on=date(2026, 3, 1))
    market.clock.at = datetime(2026, 3, 20, 5, 0, tzinfo=UTC)

    count = await opened(market)

    assert count == 2
    assert await floors(leaver) == {QUOTA: FULL * 10 // 31, MANDATE: FULL * 10 // 31}


async def test_leave_that_is_granted_to_who_has_left_or_not_yet_come_opens_no_balance(market: World) -> None:
    gone = await market.buyer(classes={}, left_on=date(2026, 2, 1))
    coming = await market.buyer(classes={}, joined_on=date(2026, 3, 20))

    for buyer in (gone, coming):
        await grants(market, wish(buyer, "2026-01-01", "2026-05-01"))

    assert await models.TallyBalance.all().count() == 0


async def test_city_hall_reads_why_somebody_is_exempt_and_a_superior_only_that(market: World) -> None:
    department = await market.department()
    buyer = await market.buyer(classes={}, name="Ani", department_id=department.id)
    await grants(market, wish(buyer, "2026-02-01", "2026-03-01", reason="Cuti Februari"))
    await grants(market, wish(buyer, "2026-03-01", "2026-04-01", reason="Cuti Maret"))
    await grants(market, wish(buyer, "2026-03-01", "2026-04-01", reason="Lain", rule=MANDATE))
    officer, reasons = as_officer(department), "exemptions { reason validFrom }"

    hall, auditor = [await watched(market, who, reasons) for who in (as_city_hall(SURABAYA), as_auditor(SURABAYA))]
    superior = await watched(market, officer)
    refused = await market.ask(MONITOR % reasons, actor=officer)
    way_round = await market.ask(MONITOR % "buyer { exemptions { reason } }", actor=officer)

    exempt = {"name": "Ani", "status": "EXEMPT", "due": 0, "remaining": 0}
    why = {"exemptions": [{"reason": "Cuti Maret", "validFrom": "2026-03-01"}]}
    assert hall["standings"]["nodes"] == auditor["standings"]["nodes"] == [exempt | why]
    assert hall["summary"]["total"] == {"met": 0, "behind": 0, "exempt": 1, "due": 0}
    assert superior["standings"]["nodes"] == [exempt]
    assert refused.codes == ["forbidden"]
    assert way_round.data["obligationMonitor"]["standings"]["nodes"] == [exempt | {"buyer": None}]


async def test_reasons_of_many_take_as_many_statements_as_those_of_one(market: World) -> None:
    counts = []
    for number in (1, 9):
        for _ in range(number):
            await grants(market, wish(await market.buyer(classes={}), "2026-03-01", "2026-04-01"))
        with market.market.database.counting() as statements:
            await watched(market, HALL, "exemptions { reason }")
        counts.append(len(statements))

    assert counts[0] == counts[1]


async def test_what_is_bought_says_for_how_many_days_the_minimum_is(market: World) -> None:
    away, there = await market.buyer(classes={}), await market.buyer(classes={})
    await grants(market, wish(away, "2026-03-20", "2026-03-30", rule=MANDATE))
    rice = await market.product(await market.vendor(), price=1_000)
    items = [{"variant": global_id(rice), "quantity": 1}]

    answers = [await market.ask(EXPLAIN, {"items": items}, actor=as_buyer(buyer)) for buyer in (away, there)]

    less, whole = [
        {figure["name"]: figure["value"] for figure in each["figures"]}
        for answer in answers
        for each in answer.data["explainOrder"]["decisions"]
        if each["rule"] == MANDATE
    ]
    assert (less["floor"], less["days_owed"], less["days"]) == (str(FULL * 21 // 31), "21", "31")
    assert (whole["floor"], "days_owed" in whole) == (str(FULL), False)


async def test_a_window_is_closed_by_what_was_granted_and_a_finding_stays_as_it_was(market: World) -> None:
    away, late = await market.buyer(classes={}), await market.buyer(classes={})
    await opened(market)
    await grants(market, wish(away, "2026-03-11", "2026-04-01"))
    market.clock.at = APRIL
    city = market.market.city(SURABAYA)

    await close_windows(market.market, city, APRIL, only="2026-03")
    await grants(market, wish(late, "2026-03-11", "2026-04-01"))

    rows = await models.Finding.filter(rule=QUOTA).values_list("subject", "floor")
    assert dict(rows) == {str(away.id): FULL * 10 // 31, str(late.id): FULL}
    assert (await owed(market, late))[QUOTA] == (FULL, 30, 30)


async def test_what_ended_years_ago_is_not_carried_along(market: World) -> None:
    buyer = await market.buyer(classes={})
    key = UUID(str(buyer.id))
    await grants(market, wish(buyer, "2023-01-01", "2024-03-01"))
    await grants(market, wish(buyer, "2025-06-01", "2025-07-01"))
    card = (await buyers.cards(market.market, [key], {SURABAYA: date(2026, 3, 16)}))[key]

    assert card.exempt == (("*", date(2025, 6, 1), date(2025, 7, 1)),)
    assert len((await mine(market, buyer))["exemptions"]) == 2

"""What city hall sees of findings, what it decides, and what was taken back after it had counted."""

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.rejudging.trade import CITIES, MALANG, SURABAYA, delivered, given_back

from peken import models, obligations
from peken.findings import close_windows
from peken.testing.world import World, as_auditor, as_buyer, as_city_hall, as_officer, as_vendor, global_id

pytestmark = pytest.mark.market(CITIES)
APRIL = datetime(2026, 4, 1, 1, 0, tzinfo=UTC)
HALL = as_city_hall(MALANG)
FINDINGS = """
query ($filter: FindingFilter, $sort: FindingSort! = NEWEST, $first: Int, $after: String) {
  findings(filter: $filter, sort: $sort, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes {
      id rule title(lang: ID) window unit due value valueNow missing met status decision classCode scheme
      buyer { name } department { code }
    }
  }
}
"""
DECIDE = """
mutation ($id: ID!, $decision: String!) {
  decideFinding(id: $id, decision: $decision) {
    ... on Finding { status decision decidedAt }
    ... on Refused { objections { code message(lang: ID) } }
  }
}
"""
REVERSALS = """
query ($late: Boolean!) {
  reversals(afterClosing: $late) {
    totalCount nodes { rule window amount at order { status reason } finding { value } }
  }
}
"""


async def month(market: World) -> tuple[models.Vendor, list[models.Buyer], list[Any]]:
    """March in Malang: three who owed, of whom one met it; closed on the first of April."""
    shop = await market.vendor(MALANG, kind="umkm")
    goods = await market.product(shop, price=100_000, stock=1_000)
    office = await market.department(MALANG, "dinas")
    buyers = [
        await market.buyer(MALANG, classes={}, name=name, department_id=office.id if name == "Ani" else None)
        for name in ("Ani", "Budi", "Citra")
    ]
    await obligations.open_windows(market.market, market.market.city(MALANG), market.clock.at)
    orders = [
        await delivered(market, shop, buyer, goods, pieces) for buyer, pieces in zip(buyers[:2], (6, 2), strict=True)
    ]
    market.clock.at = APRIL
    await close_windows(market.market, market.market.city(MALANG), APRIL)
    return shop, buyers, orders


async def ask(market: World, **filter: Any) -> list[dict[str, Any]]:
    answer = await market.ask(FINDINGS, {"filter": filter, "sort": "MISSING"}, actor=HALL)
    nodes: list[dict[str, Any]] = answer.data["findings"]["nodes"]
    return nodes


async def test_city_hall_sees_who_met_it_and_who_fell_short(market: World) -> None:
    await month(market)

    everyone = await ask(market)
    short = await ask(market, met=False)
    met = await ask(market, met=True, rule="malang.quota", window="2026-03", status="OPEN")

    assert [(each["buyer"]["name"], each["missing"]) for each in everyone] == [
        ("Citra", 500_000),
        ("Budi", 300_000),
        ("Ani", 0),
    ]
    assert [each["buyer"]["name"] for each in short] == ["Citra", "Budi"]
    assert [(each["buyer"]["name"], each["met"], each["department"]) for each in met] == [
        ("Ani", True, {"code": "dinas"})
    ]
    assert met[0]["title"] == "Belanja bulanan pada UMKM Kota Malang"
    assert (met[0]["scheme"], met[0]["classCode"], met[0]["status"]) == (None, None, "OPEN")


async def test_findings_are_paged_and_narrowed_by_department(market: World) -> None:
    await month(market)
    office = await models.Department.get(code="dinas")

    page = (await market.ask(FINDINGS, {"first": 2, "sort": "MISSING"}, actor=HALL)).data["findings"]
    rest = await market.ask(
        FINDINGS, {"first": 2, "sort": "MISSING", "after": page["pageInfo"]["endCursor"]}, actor=HALL
    )
    of_office = await ask(market, department=global_id(office))

    assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (3, True)
    assert [each["buyer"]["name"] for each in rest.data["findings"]["nodes"]] == ["Ani"]
    assert [each["buyer"]["name"] for each in of_office] == ["Ani"]


async def test_a_decision_is_written_once_and_kept_with_who_made_it(market: World) -> None:
    await month(market)
    [finding, *_] = await ask(market, met=False)
    decision = {"id": finding["id"], "decision": "  On leave, excused  "}

    first = await market.ask(DECIDE, decision, actor=HALL)
    again = await market.ask(DECIDE, decision, actor=HALL)
    other = await market.ask(DECIDE, {**decision, "decision": "A warning"}, actor=HALL)

    assert first.data["decideFinding"]["status"] == "DECIDED"
    assert first.data == again.data
    assert other.data["decideFinding"]["objections"] == [
        {"code": "already_decided", "message": "Temuan ini sudah diputuskan."}
    ]
    [audit] = await models.Audit.filter(action="finding.decided")
    assert (audit.actor, audit.reason) == (HALL.subject, "On leave, excused")
    [row] = await models.Finding.filter(status="decided")
    assert (row.decided_by, row.decision) == (HALL.subject, "On leave, excused")
    assert [each["decision"] for each in await ask(market, status="DECIDED")] == ["On leave, excused"]


@pytest.mark.parametrize("text", ["", "   ", "x" * 301])
async def test_a_decision_has_words(market: World, text: str) -> None:
    await month(market)
    [finding, *_] = await ask(market)

    answer = await market.ask(DECIDE, {"id": finding["id"], "decision": text}, actor=HALL)

    assert answer.codes == ["bad_decision"]


async def test_nobody_else_sees_or_decides(market: World) -> None:
    shop, buyers, _ = await month(market)
    [finding, *_] = await ask(market)
    office = await models.Department.get(code="dinas")
    decision = {"id": finding["id"], "decision": "A warning"}
    node = "query ($id: ID!) { node(id: $id) { id } }"

    for actor in (as_buyer(buyers[0]), as_vendor(shop), as_officer(office)):
        assert (await market.ask(FINDINGS, actor=actor)).codes == ["forbidden"]
        assert (await market.ask(REVERSALS, {"late": False}, actor=actor)).codes == ["forbidden"]
        assert (await market.ask(DECIDE, decision, actor=actor)).codes == ["forbidden"]
        assert (await market.ask(node, {"id": finding["id"]}, actor=actor)).data["node"] is None
    assert (await market.ask(DECIDE, decision, actor=as_auditor(MALANG))).codes == ["forbidden"]
    assert (await market.ask(node, {"id": finding["id"]}, actor=as_auditor(MALANG))).data["node"] is not None


async def test_another_city_has_nothing_to_do_with_it(market: World) -> None:
    await month(market)
    [finding, *_] = await ask(market)
    other = as_city_hall(SURABAYA)

    listed = await market.ask(FINDINGS, actor=other)
    decided = await market.ask(DECIDE, {"id": finding["id"], "decision": "A warning"}, actor=other)

    assert listed.data["findings"]["totalCount"] == 0
    assert decided.codes == ["unknown_finding"]


async def test_an_order_cancelled_after_it_counted_is_on_the_list_and_changes_no_finding(market: World) -> None:
    shop, _, orders = await month(market)
    early = await market.ask(REVERSALS, {"late": False}, actor=HALL)
    await given_back(market, shop, orders[0], APRIL)

    answer = await market.ask(REVERSALS, {"late": True}, actor=HALL)

    assert early.data["reversals"]["totalCount"] == 0
    [reversal] = answer.data["reversals"]["nodes"]
    assert (reversal["rule"], reversal["window"], reversal["amount"]) == ("malang.quota", "2026-03", 600_000)
    assert reversal["order"] == {"status": "CANCELLED", "reason": "broken"}
    assert reversal["finding"] == {"value": 600_000}
    [ani] = await ask(market, met=True)
    assert (ani["value"], ani["valueNow"]) == (600_000, 0)


async def test_what_was_cancelled_within_its_window_is_no_late_reversal(market: World) -> None:
    shop = await market.vendor(MALANG, kind="umkm")
    goods = await market.product(shop, price=100_000, stock=1_000)
    buyer = await market.buyer(MALANG, classes={})
    await given_back(market, shop, await delivered(market, shop, buyer, goods, 1))
    market.clock.at = APRIL
    await close_windows(market.market, market.market.city(MALANG), APRIL)

    late = await market.ask(REVERSALS, {"late": True}, actor=HALL)
    every = await market.ask(REVERSALS, {"late": False}, actor=HALL)

    assert late.data["reversals"]["totalCount"] == 0
    assert [each["finding"] for each in every.data["reversals"]["nodes"]] == [{"value": 0}]


async def test_statements_do_not_grow_with_findings_and_reversals(market: World) -> None:
    shop, _, orders = await month(market)
    database = market.market.database
    await given_back(market, shop, orders[0], APRIL)
    # A document that is asked for the first time is executed, and afterwards compiled.
    await ask(market, met=True)
    await market.ask(REVERSALS, {"late": False}, actor=HALL)
    with database.counting() as for_one:
        await ask(market, met=True)
        await market.ask(REVERSALS, {"late": False}, actor=HALL)
    await given_back(market, shop, orders[1], APRIL)

    with database.counting() as for_all:
        await ask(market)
        await market.ask(REVERSALS, {"late": False}, actor=HALL)

    assert len(for_all) == len(for_one)

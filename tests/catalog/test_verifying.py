"""A shop is looked at by the lurah of its area or by city hall; only then the public sees it."""

from datetime import timedelta

import pytest
from tests.schema.small_world import MALANG, SURABAYA, TWO_CITIES

from peken import models
from peken.testing.world import World, as_city_hall, as_lurah, global_id

pytestmark = pytest.mark.market(TWO_CITIES)

VERIFY = """mutation ($id: ID!, $verified: Boolean! = true, $reason: String! = "Dilihat sendiri") {
  verifyVendor(id: $id, verified: $verified, reason: $reason) { verifiedAt } }"""
PUBLIC_SEES = "{ vendors { totalCount } }"


async def test_the_lurah_of_the_area_verifies_a_shop_and_takes_it_back(market: World) -> None:
    area = await market.region(MALANG)
    vendor = await market.vendor(MALANG, verified=False, region=area)
    camat = as_lurah(MALANG, area.rpartition(".")[0])

    done = await market.ask(VERIFY, {"id": global_id(vendor)}, actor=as_lurah(MALANG, area))
    shown = await market.ask(PUBLIC_SEES)
    undone = await market.ask(VERIFY, {"id": global_id(vendor), "verified": False, "reason": "Tutup"}, actor=camat)
    hidden = await market.ask(PUBLIC_SEES)

    assert done.data["verifyVendor"]["verifiedAt"] == "2026-03-16T05:00:00+00:00"
    assert undone.data["verifyVendor"]["verifiedAt"] is None
    assert [answer.data["vendors"]["totalCount"] for answer in (shown, hidden)] == [1, 0]
    audits = await models.Audit.all().order_by("id").values_list("action", "role", "reason", "subject")
    assert audits == [
        ("vendor.verified", "lurah", "Dilihat sendiri", str(vendor.id)),
        ("vendor.unverified", "lurah", "Tutup", str(vendor.id)),
    ]
    assert [row.topic for row in await models.Outbox.all().order_by("id")] == ["vendor.verified", "vendor.unverified"]


async def test_outside_of_the_area_or_city_there_is_no_such_shop(market: World) -> None:
    area, elsewhere = await market.region(MALANG, 0), await market.region(MALANG, 1)
    vendor = await market.vendor(MALANG, verified=False, region=area)
    strangers = [
        as_lurah(MALANG, elsewhere),
        as_lurah(SURABAYA, SURABAYA),
        as_lurah(MALANG, ""),
        as_city_hall(SURABAYA),
    ]

    answers = [await market.ask(VERIFY, {"id": global_id(vendor)}, actor=actor) for actor in strangers]
    hall = await market.ask(VERIFY, {"id": global_id(vendor)}, actor=as_city_hall(MALANG))

    assert [answer.codes for answer in answers] == [["unknown_vendor"]] * 4
    assert hall.data["verifyVendor"]["verifiedAt"] is not None


async def test_verifying_needs_a_reason(market: World) -> None:
    vendor = await market.vendor(MALANG, verified=False)
    reasons = ["", "  ", "x" * 301]

    answers = [
        await market.ask(VERIFY, {"id": global_id(vendor), "reason": reason}, actor=as_city_hall(MALANG))
        for reason in reasons
    ]

    assert [answer.codes for answer in answers] == [["bad_reason"]] * 3
    assert (await models.Vendor.get(id=vendor.id)).verified_at is None
    assert await models.Audit.all().count() == 0


async def test_verifying_again_changes_nothing(market: World) -> None:
    vendor = await market.vendor(MALANG, verified=False)
    hall = as_city_hall(MALANG)
    first = await market.ask(VERIFY, {"id": global_id(vendor)}, actor=hall)
    market.clock.at += timedelta(days=1)

    again = await market.ask(VERIFY, {"id": global_id(vendor)}, actor=hall)

    assert again.data == first.data
    assert await models.Audit.all().count() == 1

"""Licences and claims that are entered at once: one of them wins, and nothing is there twice."""

import asyncio
from datetime import date
from uuid import UUID

import pytest

from batik_suroboyo import claims, licences
from batik_suroboyo.models import MotifClaim, MotifLicence
from peken.errors import Refused
from peken.testing.world import World, as_city_hall, as_vendor

SURABAYA = "35.78"

pytestmark = pytest.mark.market({SURABAYA: ["batik_suroboyo"]})


async def test_of_many_licences_for_one_time_only_the_first_is_entered(market: World) -> None:
    maker = await market.vendor(kind="umkm")
    new = licences.NewLicence(
        motif="sparkling", vendor=UUID(str(maker.id)), valid_from=date(2026, 1, 1), granted_by="X", source="Letter 1"
    )

    answers = await asyncio.gather(
        *(licences.grant(market.market, as_city_hall(SURABAYA), new) for _ in range(6)), return_exceptions=True
    )

    refused = [answer for answer in answers if isinstance(answer, Refused)]
    assert {objection.code for answer in refused for objection in answer.objections} == {"licence_overlaps"}
    assert (len(refused), await MotifLicence.all().count()) == (5, 1)


async def test_of_many_claims_on_one_product_one_is_left(market: World) -> None:
    maker = await market.vendor(kind="umkm")
    product = (await market.product(maker, category="batik.cloth", own_production=True)).product_id
    codes = ["semanggi", "mangrove", "cheng-ho", "ujung-galuh", "sawunggaling"]

    answers = await asyncio.gather(
        *(claims.claim(market.market, as_vendor(maker), UUID(str(product)), code) for code in codes)
    )

    assert {str(answer) for answer in answers} == {str(product)}
    assert [row.motif in codes for row in await MotifClaim.all()] == [True]

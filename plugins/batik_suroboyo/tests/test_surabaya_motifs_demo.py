"""The motifs of the demo market, and the queries of the README on it."""

import re
from datetime import date
from pathlib import Path

import pytest

from batik_suroboyo.demo import show
from batik_suroboyo.models import MotifClaim, MotifLicence
from peken.hookspecs import Demo
from peken.testing.world import World, as_city_hall

SURABAYA = "35.78"
README = Path(__file__).parent.parent / "README.md"
QUERIES = re.findall(r"```graphql\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
DEMO = Demo(city=SURABAYA, today=date(2026, 3, 16), seed=1, vendors=(), products=(), buyers=())

pytestmark = pytest.mark.market({SURABAYA: ["batik_suroboyo"]})


async def test_the_demo_shows_a_motif_of_each_kind_and_a_licence_that_is_over(market: World) -> None:
    for number in range(5):
        maker = await market.vendor(name=f"Batik {number}", kind="umkm")
        await market.product(maker, name="Kain Batik", category="batik.cloth")
        await market.product(maker, name="Kemeja Batik", category="batik.shirt")

    await show(DEMO)

    everybody = await market.ask(QUERIES[0])
    hall = (await market.ask(QUERIES[1], actor=as_city_hall(SURABAYA))).data["motifClaims"]
    claimed = [node["motif"]["motif"] for node in everybody.data["products"]["nodes"] if node["motif"]]
    assert len(everybody.data["motifs"]) == 6
    assert len(claimed) <= 4
    assert await MotifClaim.all().count() == 4
    assert {row.source for row in await MotifLicence.all()} == {"Invented for the demo: no such licence was granted"}
    assert (hall["totalCount"], hall["nodes"][0]["motif"]["name"]) == (1, "Abhi Boyo")


async def test_a_demo_with_few_makers_shows_as_much_as_it_can(market: World) -> None:
    await market.product(await market.vendor(), category="batik.cloth")

    await show(DEMO)

    assert [row.motif for row in await MotifClaim.all()] == ["sparkling"]

"""The sectors of Malang's UMKM over HTTP: their names, who is in them and who in none."""

import pytest

from malang_quota.sectors import SECTORS
from peken.actors import PUBLIC
from peken.testing.world import World, as_buyer, as_city_hall, as_lurah

MALANG, SURABAYA = "35.73", "35.78"
SECTORS_OF = "{ sectors { code mark indonesian: name(lang: ID) english: name(lang: EN) vendors } }"
NOWHERE = "{ vendorsWithoutSector { totalCount nodes { name } } }"

pytestmark = pytest.mark.market({MALANG: ["malang_quota"], SURABAYA: []})


def test_the_sectors_are_those_of_the_article_each_with_source_and_mark() -> None:
    codes = [sector.code for sector in SECTORS]

    assert codes == ["fashion", "kriya", "budaya", "makanan"]
    assert {(bool(sector.source), sector.mark) for sector in SECTORS} == {(True, "S")}


async def test_everybody_reads_the_sectors_in_both_languages_with_their_vendors(market: World) -> None:
    for number in range(2):
        await market.vendor(MALANG, name=f"Dapur {number}", kind="umkm", sector="makanan")
    await market.vendor(MALANG, name="Belum dilihat", kind="umkm", sector="makanan", verified=False)
    await market.vendor(SURABAYA, name="Bukan Malang", kind="umkm", sector="kriya")

    with market.market.database.counting() as statements:
        rows = (await market.ask(SECTORS_OF)).data["sectors"]

    assert [(row["code"], row["vendors"]) for row in rows] == [
        ("fashion", 0),
        ("kriya", 0),
        ("budaya", 0),
        ("makanan", 2),
    ]
    assert rows[1] == {"code": "kriya", "mark": "S", "indonesian": "Kriya", "english": "Crafts", "vendors": 0}
    assert len(statements) == 1


async def test_a_sector_filters_vendors_and_products_and_is_named_on_the_vendor(market: World) -> None:
    kitchen = await market.vendor(MALANG, name="Dapur", kind="umkm", sector="makanan")
    await market.product(kitchen, name="Keripik")
    await market.product(await market.vendor(MALANG, name="Sanggar", kind="umkm", sector="kriya"), name="Anyaman")
    await market.vendor(SURABAYA, name="Bukan Malang", kind="umkm", sector="makanan")
    document = """{ vendors(filter: {sector: "makanan"}) { nodes { name sectorTag { name(lang: EN) } } }
      products(filter: {sector: "makanan"}) { nodes { name vendor { sectorTag { code } } } } }"""

    data = (await market.ask(document)).data

    assert data["vendors"]["nodes"] == [
        {"name": "Bukan Malang", "sectorTag": None},
        {"name": "Dapur", "sectorTag": {"name": "Food"}},
    ]
    assert data["products"]["nodes"] == [{"name": "Keripik", "vendor": {"sectorTag": {"code": "makanan"}}}]


async def test_city_hall_sees_the_umkm_that_are_in_no_sector_and_a_lurah_those_of_the_area(market: World) -> None:
    here, there = [await market.region(MALANG, number) for number in (0, 10)]
    await market.vendor(MALANG, name="Tanpa", kind="umkm", region=here, verified=False)
    await market.vendor(MALANG, name="Salah", kind="umkm", sector="craft", region=there, verified=False)
    await market.vendor(MALANG, name="Benar", kind="umkm", sector="kriya")
    await market.vendor(MALANG, name="Kelontong")

    hall = (await market.ask(NOWHERE, actor=as_city_hall(MALANG))).data["vendorsWithoutSector"]
    lurah = (await market.ask(NOWHERE, actor=as_lurah(MALANG, here))).data["vendorsWithoutSector"]
    others = [await market.ask(NOWHERE, actor=actor) for actor in (PUBLIC, as_buyer(await market.buyer(MALANG)))]

    assert hall == {"totalCount": 2, "nodes": [{"name": "Salah"}, {"name": "Tanpa"}]}
    assert lurah == {"totalCount": 1, "nodes": [{"name": "Tanpa"}]}
    assert [answer.codes for answer in others] == [["unauthenticated"], ["forbidden"]]

"""Every filter and every sort of products and vendors, on both engines."""

from datetime import timedelta
from typing import Any

import pytest
from tests.catalog.shelves import MALANG, PRODUCTS, SURABAYA, TWO_CITIES, VENDORS, names, page

from peken.testing.world import World, as_city_hall, global_id

pytestmark = pytest.mark.market(TWO_CITIES)


class Shops:
    """Three shops of two cities, and four products."""

    def __init__(self, market: World) -> None:
        self.market = market

    async def open(self) -> None:
        market = self.market
        self.near, self.far = await market.region(MALANG, 0), await market.region(MALANG, 30)
        assert self.near.rpartition(".")[0] != self.far.rpartition(".")[0]
        self.corner = await market.vendor(MALANG, name="Toko Anugerah", region=self.near)
        market.clock.at += timedelta(hours=1)
        self.weaver = await market.vendor(
            MALANG, name="Sanggar Canting", kind="umkm", sector="fashion", region=self.far
        )
        market.clock.at += timedelta(hours=1)
        self.other = await market.vendor(SURABAYA, name="Toko Bahari")
        await market.product(self.corner, name="Beras pandan", price=80_000)
        market.clock.at += timedelta(hours=1)
        await market.product(self.weaver, name="Kain batik", price=250_000, category="fashion.batik")
        market.clock.at += timedelta(hours=1)
        await market.product(self.corner, name="Gula pasir", price=18_000, stock=0, category="staples.sugar")
        market.clock.at += timedelta(hours=1)
        await market.product(self.other, name="Ikan asin", price=40_000, category="staplesque.fish")


async def shops(market: World) -> Shops:
    made = Shops(market)
    await made.open()
    return made


async def test_each_filter_of_products_narrows_the_list(market: World) -> None:
    made = await shops(market)
    all_names = ["Beras pandan", "Gula pasir", "Ikan asin", "Kain batik"]
    expected: list[tuple[dict[str, Any], list[str]]] = [
        ({}, all_names),
        ({"city": MALANG}, ["Beras pandan", "Gula pasir", "Kain batik"]),
        ({"city": "11.01"}, []),
        ({"region": made.near}, ["Beras pandan", "Gula pasir"]),
        ({"region": made.far.rpartition(".")[0]}, ["Kain batik"]),
        ({"region": "11.01.01"}, []),
        ({"vendor": global_id(made.weaver)}, ["Kain batik"]),
        ({"vendorKind": "KELONTONG"}, ["Beras pandan", "Gula pasir", "Ikan asin"]),
        ({"sector": "fashion"}, ["Kain batik"]),
        ({"category": "staples"}, ["Beras pandan", "Gula pasir"]),
        ({"category": "staples.sugar"}, ["Gula pasir"]),
        ({"category": "staples_"}, []),
        ({"priceFrom": 40_000}, ["Beras pandan", "Ikan asin", "Kain batik"]),
        ({"priceTo": 40_000}, ["Gula pasir", "Ikan asin"]),
        ({"priceFrom": 18_001, "priceTo": 79_999}, ["Ikan asin"]),
        ({"inStock": True}, ["Beras pandan", "Ikan asin", "Kain batik"]),
        ({"inStock": False}, ["Gula pasir"]),
        ({"search": "batik"}, ["Kain batik"]),
        ({"city": MALANG, "inStock": True, "category": "staples", "search": "beras"}, ["Beras pandan"]),
    ]

    answers = [(wanted, await names(market, PRODUCTS, wanted)) for wanted, _ in expected]

    assert answers == expected


async def test_each_filter_of_vendors_narrows_the_list(market: World) -> None:
    made = await shops(market)
    await market.vendor(MALANG, name="Warung Baru", verified=False, region=made.near)
    expected: list[tuple[dict[str, Any], list[str]]] = [
        ({}, ["Sanggar Canting", "Toko Anugerah", "Toko Bahari"]),
        ({"city": SURABAYA}, ["Toko Bahari"]),
        ({"region": made.near}, ["Toko Anugerah"]),
        ({"kind": "UMKM"}, ["Sanggar Canting"]),
        ({"sector": "fashion"}, ["Sanggar Canting"]),
        ({"verified": True}, ["Sanggar Canting", "Toko Anugerah", "Toko Bahari"]),
        ({"verified": False}, []),
        ({"search": "toko"}, ["Toko Anugerah", "Toko Bahari"]),
    ]

    answers = [(wanted, await names(market, VENDORS, wanted)) for wanted, _ in expected]
    unverified = await names(market, VENDORS, {"verified": False}, as_city_hall(MALANG))

    assert answers == expected
    assert unverified == ["Warung Baru"]


async def test_each_sort_orders_the_list(market: World) -> None:
    made = await shops(market)
    by_age = ["Ikan asin", "Gula pasir", "Kain batik", "Beras pandan"]
    by_price = ["Gula pasir", "Ikan asin", "Beras pandan", "Kain batik"]

    async def sorted_by(document: str, sort: str | None) -> list[str]:
        variables = {} if sort is None else {"sort": sort}
        return [node["name"] for node in (await page(market, document, **variables))["nodes"]]

    assert await sorted_by(PRODUCTS, None) == await sorted_by(PRODUCTS, "NAME") == sorted(by_age)
    assert await sorted_by(PRODUCTS, "NEWEST") == by_age
    assert await sorted_by(PRODUCTS, "CHEAPEST") == by_price
    assert await sorted_by(PRODUCTS, "DEAREST") == by_price[::-1]
    assert await sorted_by(VENDORS, None) == ["Sanggar Canting", "Toko Anugerah", "Toko Bahari"]
    assert await sorted_by(VENDORS, "NEWEST") == ["Toko Bahari", "Sanggar Canting", "Toko Anugerah"]
    assert made.corner.name == "Toko Anugerah"


async def test_a_shop_lists_its_own_products_with_the_same_filters(market: World) -> None:
    made = await shops(market)
    document = """query ($id: ID!, $filter: ProductFilter) {
        vendor(id: $id) { products(filter: $filter, sort: CHEAPEST) { nodes { name } totalCount } } }"""

    whole = await market.ask(document, {"id": global_id(made.corner)})
    some = await market.ask(document, {"id": global_id(made.corner), "filter": {"inStock": True}})

    assert whole.data["vendor"]["products"] == {
        "nodes": [{"name": "Gula pasir"}, {"name": "Beras pandan"}],
        "totalCount": 2,
    }
    assert some.data["vendor"]["products"]["totalCount"] == 1


@pytest.mark.parametrize("region", ["", "Malang", "35.73.", "35.7", "35.73.01.1001.1", "35' OR 1=1", "35.73%"])
@pytest.mark.engines("sqlite")
async def test_what_is_no_code_of_a_region_is_refused(market: World, region: str) -> None:
    products = await market.ask(PRODUCTS, {"filter": {"region": region}})
    vendors = await market.ask(VENDORS, {"filter": {"region": region}})

    assert (products.codes, vendors.codes) == (["bad_region"], ["bad_region"])


async def test_regions_lead_from_the_province_to_the_kelurahan_and_back(market: World) -> None:
    ask = "query ($parent: String) { regions(parent: $parent) { code level parent { code } } }"
    kelurahan = await market.region(MALANG)
    kecamatan = kelurahan.rpartition(".")[0]

    async def under(parent: str | None) -> list[dict[str, Any]]:
        return (await market.ask(ask, {"parent": parent})).data["regions"]  # type: ignore[no-any-return]

    assert await under(None) == [{"code": "35", "level": 1, "parent": None}]
    assert {"code": kecamatan, "level": 3, "parent": {"code": MALANG}} in await under(MALANG)
    assert {"code": kelurahan, "level": 4, "parent": {"code": kecamatan}} in await under(kecamatan)
    assert await under("99.99") == []
    assert (await market.ask(ask, {"parent": "x" * 14})).codes == ["bad_region"]


async def test_a_text_that_no_database_can_hold_is_the_callers_fault(market: World) -> None:
    answers = [
        await market.ask(PRODUCTS, {"filter": {"sector": "a\u0000b"}}),
        await market.ask(PRODUCTS, {"filter": {"category": "a\u0000b"}}),
        await market.ask("query ($parent: String) { regions(parent: $parent) { code } }", {"parent": "a\u0000"}),
        await market.ask('{ products(filter: {city: "\\u0000"}) { totalCount } }'),
    ]

    assert [answer.codes for answer in answers] == [["bad_text"]] * 4


@pytest.mark.parametrize("name", ["city", "category", "sector"])
async def test_a_text_longer_than_any_there_could_be_is_the_callers_fault(market: World, name: str) -> None:
    answer = await market.ask(PRODUCTS, {"filter": {name: "9" * 300}})

    assert answer.codes == ["bad_text"]

"""Connections by plans: what is listed, in pages, with how many statements, and alike to ordinary execution."""

from datetime import timedelta
from typing import Any

import pytest
from tests.plans.conftest import Both

from peken.ids import to_global
from peken.testing.world import as_vendor

MALANG = "35.73"
pytestmark = pytest.mark.market({MALANG: []})


async def shelf(both: Both, vendors: int = 3, products: int = 3) -> list[str]:
    """Shops with products at different prices, listed at different times; the ids of the shops."""
    made = []
    for number in range(vendors):
        vendor = await both.world.vendor(name=f"Toko {number}")
        made.append(to_global("Vendor", vendor.id))
        for other in range(products):
            both.world.clock.at += timedelta(minutes=1)
            await both.world.product(vendor, name=f"Beras {other}", price=1_000 * (1 + other) + number)
    return made


async def test_a_page_with_its_vendors_takes_one_statement(both: Both) -> None:
    await shelf(both)

    seen = await both.statements("{ products { nodes { id name price inStock createdAt vendor { id name kind } } } }")

    assert len(seen) == 1
    assert "description" not in seen[0], "only what is selected is read"


@pytest.mark.parametrize("vendors", [2, 6])
async def test_the_products_of_all_vendors_take_one_more(both: Both, vendors: int) -> None:
    await shelf(both, vendors)
    document = "{ vendors { nodes { name products(first: 2) { nodes { id name vendor { name } } } } } }"

    seen = await both.statements(document)

    assert len(seen) == 2


async def test_what_is_counted_takes_a_statement_for_each_level(both: Both) -> None:
    await shelf(both)
    document = "{ vendors { totalCount nodes { products { totalCount } } } }"

    seen = await both.statements(document)
    data = await both.data(document)

    assert len(seen) == 4
    assert data["vendors"] == {"totalCount": 3, "nodes": [{"products": {"totalCount": 3}}] * 3}


@pytest.mark.parametrize("sort", ["NAME", "CHEAPEST", "DEAREST", "NEWEST"])
async def test_pages_lead_on_and_back_in_every_order(both: Both, sort: str) -> None:
    await shelf(both)
    document = """query($sort: ProductSort, $first: Int, $after: String, $last: Int, $before: String) {
        products(sort: $sort, first: $first, after: $after, last: $last, before: $before) {
          edges { cursor node { name price } }
          pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        } }"""

    async def page(**window: Any) -> Any:
        return (await both.data(document, {"sort": sort, **window}))["products"]

    whole = await page()
    first = await page(first=4)
    second = await page(first=4, after=first["pageInfo"]["endCursor"])
    back = await page(last=4, before=second["pageInfo"]["startCursor"])

    assert [*first["edges"], *second["edges"]] == whole["edges"][:8]
    assert back["edges"] == first["edges"]
    assert second["pageInfo"]["hasNextPage"]
    assert second["pageInfo"]["hasPreviousPage"]


async def test_pages_of_each_vendor_lead_on_and_back(both: Both) -> None:
    await shelf(both)
    document = """query($first: Int, $after: String, $last: Int, $before: String) {
        vendors { nodes { products(first: $first, after: $after, last: $last, before: $before) {
          nodes { name } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } } } }"""

    first = await both.data(document, {"first": 2})
    cursor = first["vendors"]["nodes"][0]["products"]["pageInfo"]["endCursor"]
    second = await both.data(document, {"first": 2, "after": cursor})
    await both.data(document, {"last": 1, "before": cursor})

    [products, *_] = [each["products"]["nodes"] for each in second["vendors"]["nodes"]]
    assert [each["name"] for each in products] == ["Beras 2"]


@pytest.mark.parametrize(
    "filter",
    [
        {},
        {"city": MALANG},
        {"city": "35.78"},
        {"priceFrom": 2_000, "priceTo": 2_500},
        {"inStock": True},
        {"search": "beras"},
        {"search": "ber", "city": MALANG},
        {"category": "staples"},
        {"vendorKind": "KELONTONG", "city": None},
        {"region": MALANG},
    ],
)
async def test_filters_narrow_alike(both: Both, filter: dict[str, Any]) -> None:
    await shelf(both)

    await both.data("query($f: ProductFilter) { products(filter: $f) { totalCount nodes { name } } }", {"f": filter})
    await both.data(
        "query($f: ProductFilter) { vendors { nodes { products(filter: $f) { totalCount } } } }", {"f": filter}
    )


async def test_one_document_serves_other_values_of_its_variables(both: Both) -> None:
    [first, second, _] = await shelf(both)
    document = "query($v: ID, $n: Int) { products(filter: {vendor: $v}, first: $n) { nodes { vendor { id } } } }"

    ones = await both.data(document, {"v": first, "n": 2})
    others = await both.data(document, {"v": second, "n": 3})
    everything = await both.data(document, {"v": None})

    assert ones["products"]["nodes"] == [{"vendor": {"id": first}}] * 2
    assert others["products"]["nodes"] == [{"vendor": {"id": second}}] * 3
    assert len(everything["products"]["nodes"]) == 9


async def test_a_filter_and_a_cursor_may_share_a_variable(both: Both) -> None:
    await shelf(both)
    document = "query($x: String) { products(after: $x, filter: {search: $x}) { nodes { name } } }"

    answer = await both.ask(document, {"x": "beras"})

    assert [error["extensions"]["code"] for error in answer["errors"]] == ["bad_cursor"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("first: 1, last: 1", "bad_page"),
        ("first: -1", "bad_page"),
        ('after: "nonsense"', "bad_cursor"),
        ('filter: {region: "nowhere"}', "bad_region"),
        ('filter: {vendor: "nobody"}', "bad_id"),
        ('filter: {search: "-"}', "bad_search"),
    ],
)
async def test_what_is_wrong_is_said_by_ordinary_execution(both: Both, arguments: str, code: str) -> None:
    answer = await both.ask(f"{{ products({arguments}) {{ nodes {{ name }} }} }}")

    assert [error["extensions"]["code"] for error in answer["errors"]] == [code]
    assert not both.reads["failed"]


async def test_a_row_may_be_listed_with_nothing_of_it(both: Both) -> None:
    await shelf(both, 1)

    data = await both.data("query($s: Boolean!) { products { edges { cursor @skip(if: $s) } } }", {"s": True})

    assert data["products"] == {"edges": [{}, {}, {}]}


async def test_a_shop_sees_its_own_and_others_do_not(both: Both) -> None:
    vendor = await both.world.vendor(verified=False)
    await both.world.product(vendor)
    document = "{ products { nodes { name vendor { verifiedAt } } } vendors { nodes { id } } }"

    own = await both.data(document, actor=as_vendor(vendor))
    others = await both.data(document)

    assert len(own["products"]["nodes"]) == len(own["vendors"]["nodes"]) == 1
    assert others == {"products": {"nodes": []}, "vendors": {"nodes": []}}

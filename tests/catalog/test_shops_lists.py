"""The products of many shops in one question: the same pages as shop by shop, in as many queries as for one."""

from typing import Any

import pytest
from tests.schema.small_world import MALANG, TWO_CITIES

from peken import models
from peken.testing.world import World, as_vendor, global_id

pytestmark = pytest.mark.market(TWO_CITIES)

ARGUMENTS = (
    "",
    "(first: 2)",
    "(last: 2)",
    "(first: 0)",
    "(sort: DEAREST, first: 2)",
    "(sort: CHEAPEST, last: 3)",
    "(sort: NEWEST, filter: {inStock: true}, first: 2)",
    '(filter: {search: "kopi"}, first: 3)',
)
SHOWN = """{ totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    nodes { id name ownProduction createdAt inStock price } }"""


async def shops(market: World, count: int = 4) -> list[models.Vendor]:
    """Shops with none, one, two ... products, some of them of the same name and price."""
    made = []
    for number in range(count):
        vendor = await market.vendor(name=f"Toko {number}")
        made.append(vendor)
        for product in range(number * 2):
            name = f"{'Kopi' if product % 3 else 'Gula'} {product // 2}"
            await market.product(vendor, name=name, price=1_000 + product % 3, stock=product % 2)
    return made


async def asked(market: World, document: str, variables: dict[str, Any] | None = None, **actor: Any) -> Any:
    return (await market.ask(document, variables, **actor)).data


async def test_a_shop_shows_the_same_page_alone_among_others_and_in_the_list_of_all(market: World) -> None:
    made = await shops(market)

    for arguments in ARGUMENTS:
        together = await asked(market, f"{{ vendors(first: 4) {{ nodes {{ id products{arguments} {SHOWN} }} }} }}")
        for shop in together["vendors"]["nodes"]:
            id = {"id": shop["id"]}
            alone = await asked(market, f"query ($id: ID!) {{ vendor(id: $id) {{ products{arguments} {SHOWN} }} }}", id)
            narrowed = f'filter: {{vendor: "{shop["id"]}", '
            of_all = arguments.replace("filter: {", narrowed) if "filter" in arguments else arguments
            of_all = of_all if "filter" in of_all else "(" + (of_all.strip("()") + f" {narrowed}}}").strip() + ")"
            listed = await asked(market, f"{{ products{of_all} {SHOWN} }}")
            assert shop["products"] == alone["vendor"]["products"] == listed["products"], arguments
        assert len(together["vendors"]["nodes"]) == len(made)


async def test_a_shop_is_walked_page_by_page_in_both_directions(market: World) -> None:
    *_, shop = await shops(market, 5)
    id = global_id(shop)
    document = f"""query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {{ vendor(id: $id) {{
        products(first: $first, after: $after, last: $last, before: $before) {SHOWN} }} }}"""

    async def walk(size: str, cursor: str, edge: str) -> list[list[str]]:
        pages, at = [], None
        for _ in range(3):
            found = (await asked(market, document, {"id": id, size: 3, cursor: at}))["vendor"]["products"]
            pages.append([node["id"] for node in found["nodes"]])
            at = found["pageInfo"][edge]
        return pages

    onward, backward = await walk("first", "after", "endCursor"), await walk("last", "before", "startCursor")

    whole = [id for page in onward for id in page]
    assert len(set(whole)) == 8
    assert [id for page in backward[::-1] for id in page] == whole


async def test_the_queries_do_not_grow_with_the_shops(market: World) -> None:
    await shops(market, 5)
    ask = f"query ($first: Int) {{ vendors(first: $first) {{ nodes {{ products(first: 2) {SHOWN} }} }} }}"

    async def queries(first: int) -> int:
        with market.market.database.counting() as seen:
            found = await asked(market, ask, {"first": first})
        assert len(found["vendors"]["nodes"]) == first
        return len(seen)

    await queries(1)  # what is new is executed, and planned from then on
    assert await queries(5) == await queries(2)
    assert await queries(5) <= 4


async def test_two_questions_of_one_shop_do_not_disturb_each_other(market: World) -> None:
    await shops(market, 3)
    ask = """{ vendors { nodes {
        all: products { totalCount } here: products(first: 1, sort: DEAREST) { nodes { price } }
        wrong: products(first: 1, last: 1) { totalCount } } } }"""

    answer = await market.ask(ask.replace("wrong: products(first: 1, last: 1) { totalCount }", ""))
    wrong = await market.ask(ask)

    assert [shop["all"]["totalCount"] for shop in answer.data["vendors"]["nodes"]] == [0, 2, 4]
    assert [shop["here"]["nodes"] for shop in answer.data["vendors"]["nodes"]] == [
        [],
        [{"price": 1_001}],
        [{"price": 1_002}],
    ]
    assert set(wrong.codes) == {"bad_page"}


async def test_a_keeper_sees_more_of_the_own_shop_than_of_the_others(market: World) -> None:
    mine, other = await market.vendor(MALANG, name="A"), await market.vendor(MALANG, name="B")
    for vendor in (mine, other):
        await market.product(vendor, status="archived")

    found = await asked(
        market, "{ vendors { nodes { products { totalCount nodes { status } } } } }", actor=as_vendor(mine)
    )

    assert [shop["products"] for shop in found["vendors"]["nodes"]] == [
        {"totalCount": 1, "nodes": [{"status": "ARCHIVED"}]},
        {"totalCount": 0, "nodes": []},
    ]

"""What shops do with their products: every objection with its path, and what is written beside a change."""

from collections.abc import Mapping
from typing import Any

import pytest
from tests.schema.small_world import TWO_CITIES, town

from peken import models
from peken.actors import Actor, Role
from peken.ids import from_global, new_id, to_global
from peken.testing.world import Answer, World, as_vendor, global_id

pytestmark = pytest.mark.market(TWO_CITIES)

SHOWN = """__typename ... on Refused { objections { code path message } }
  ... on Product { id name status price inStock variants { id name price stock measure measureUnit unit active } }"""
CREATE = f"mutation ($input: CreateProductInput!) {{ done: createProduct(input: $input) {{ {SHOWN} }} }}"
UPDATE = f"mutation ($input: UpdateProductInput!) {{ done: updateProduct(input: $input) {{ {SHOWN} }} }}"
VARIANT = f"mutation ($input: UpdateVariantInput!) {{ done: updateVariant(input: $input) {{ {SHOWN} }} }}"
RESTOCK = f"""mutation ($id: ID!, $delta: Long!, $reason: String! = "") {{
  done: restockVariant(id: $id, delta: $delta, reason: $reason) {{ {SHOWN} }} }}"""

GOOD: Mapping[str, Any] = {"name": "Beras", "category": "staples.rice", "variants": [{"price": 70_000, "stock": 5}]}


async def objections(answer: Answer) -> list[tuple[str, list[str]]]:
    done = answer.data["done"]
    assert done["__typename"] == "Refused", done
    return [(objection["code"], objection["path"]) for objection in done["objections"]]


async def shop(market: World) -> tuple[Actor, models.Variant]:
    vendor = await market.vendor()
    return as_vendor(vendor), await market.product(vendor, stock=5)


async def beside(action: str) -> list[tuple[str, str, str]]:
    """Who did an action to what, as the audit says; the outbox must tell of the same."""
    audits = await models.Audit.filter(action=action).order_by("id")
    outbox = await models.Outbox.filter(topic=action).order_by("id")
    assert [(row.key, row.city_id) for row in outbox] == [(row.subject, row.city_id) for row in audits]
    return [(row.actor, row.role, row.subject) for row in audits]


async def test_a_shop_lists_a_product_with_its_variants(market: World) -> None:
    actor, _ = await shop(market)
    variants = [
        {"price": 70_000, "name": "5 kg", "unit": "bag", "measure": 5_000, "measureUnit": "GRAM", "stock": 3},
        {"price": 15_000, "name": "1 kg", "unit": "bag", "measure": 1_000, "measureUnit": "GRAM"},
    ]

    wanted = {**GOOD, "name": "  Beras merah ", "variants": variants, "origin": "35.73"}
    done = (await market.ask(CREATE, {"input": wanted}, actor=actor)).data["done"]

    assert (done["name"], done["price"], done["inStock"]) == ("Beras merah", 15_000, True)
    assert [{**variant, "id": "", "active": None} for variant in done["variants"]] == [
        {**variants[0], "id": "", "active": None},
        {**variants[1], "id": "", "active": None, "stock": 0},
    ]
    key = from_global(done["id"])[1]
    assert await beside("product.created") == [(actor.subject, "vendor", key)]
    entries = await models.StockEntry.filter(variant__product_id=key).values_list("delta", "cause")
    assert entries == [(3, "listed")]


async def test_every_fault_of_a_new_product_is_told_with_its_path(market: World) -> None:
    actor, _ = await shop(market)
    wrong = {
        "name": " ",
        "category": "staples",
        "description": "x" * 4_001,
        "origin": "Malang",
        "variants": [
            {"price": 0, "stock": -1},
            {"price": 10**12 + 1, "measure": 5},
            {"price": 1, "measureUnit": "GRAM", "name": "x" * 81, "unit": ""},
        ],
    }

    answer = await market.ask(CREATE, {"input": wrong}, actor=actor)
    none = await market.ask(CREATE, {"input": {**GOOD, "variants": []}}, actor=actor)
    many = await market.ask(CREATE, {"input": {**GOOD, "variants": [{"price": 1}] * 51}}, actor=actor)

    assert sorted(await objections(answer)) == [
        ("bad_description", ["description"]),
        ("bad_measure", ["variants", "1", "measure"]),
        ("bad_measure", ["variants", "2", "measure"]),
        ("bad_name", ["name"]),
        ("bad_name", ["variants", "2", "name"]),
        ("bad_origin", ["origin"]),
        ("bad_price", ["variants", "0", "price"]),
        ("bad_price", ["variants", "1", "price"]),
        ("bad_quantity", ["variants", "0", "stock"]),
        ("bad_unit", ["variants", "2", "unit"]),
        ("unknown_category", ["category"]),
    ]
    assert await objections(none) == await objections(many) == [("bad_variants", ["variants"])]
    assert await models.Product.all().count() == 1
    assert await beside("product.created") == []


async def test_a_product_is_changed_archived_and_brought_back(market: World) -> None:
    actor, variant = await shop(market)
    id = to_global("Product", variant.product_id)

    renamed = await market.ask(UPDATE, {"input": {"id": id, "name": " Gula ", "description": None}}, actor=actor)
    archived = await market.ask(UPDATE, {"input": {"id": id, "status": "ARCHIVED"}}, actor=actor)
    back = await market.ask(UPDATE, {"input": {"id": id, "status": "ACTIVE"}}, actor=actor)
    found = await market.ask('{ products(filter: {search: "gula"}) { totalCount } }')

    assert renamed.data["done"]["name"] == "Gula"
    assert archived.data["done"]["status"] == "ARCHIVED"
    assert (back.data["done"]["status"], back.data["done"]["name"]) == ("ACTIVE", "Gula")
    assert found.data["products"]["totalCount"] == 1
    assert await beside("product.updated") == [(actor.subject, "vendor", str(variant.product_id))] * 3


async def test_an_origin_is_set_and_taken_away(market: World) -> None:
    actor, variant = await shop(market)
    id = to_global("Product", variant.product_id)
    origin = "query ($id: ID!) { product(id: $id) { origin { name } } }"

    await market.ask(UPDATE, {"input": {"id": id, "origin": "35.73"}}, actor=actor)
    there = await market.ask(origin, {"id": id})
    await market.ask(UPDATE, {"input": {"id": id, "origin": None}}, actor=actor)
    gone = await market.ask(origin, {"id": id})

    assert there.data["product"]["origin"] is not None
    assert gone.data["product"]["origin"] is None


async def test_every_fault_of_a_change_is_told_and_nothing_changes(market: World) -> None:
    actor, variant = await shop(market)
    id, own = to_global("Product", variant.product_id), global_id(variant)

    product = {"id": id, "name": "", "category": "nothing", "description": "x" * 4_001, "origin": "35.7"}
    wrong = await market.ask(UPDATE, {"input": product}, actor=actor)
    price = await market.ask(
        VARIANT, {"input": {"id": own, "price": -1, "unit": "x" * 21, "name": "x" * 81}}, actor=actor
    )
    zero = await market.ask(RESTOCK, {"id": own, "delta": 0}, actor=actor)
    huge = await market.ask(RESTOCK, {"id": own, "delta": 10**9 + 1}, actor=actor)
    below = await market.ask(RESTOCK, {"id": own, "delta": -6}, actor=actor)
    long = await market.ask(RESTOCK, {"id": own, "delta": 1, "reason": "x" * 301}, actor=actor)

    assert sorted(await objections(wrong)) == [
        ("bad_description", ["description"]),
        ("bad_name", ["name"]),
        ("bad_origin", ["origin"]),
        ("unknown_category", ["category"]),
    ]
    assert sorted(await objections(price)) == [("bad_name", ["name"]), ("bad_price", ["price"]), ("bad_unit", ["unit"])]
    assert await objections(zero) == await objections(huge) == [("bad_quantity", ["delta"])]
    assert await objections(below) == [("stock_below_zero", ["delta"])]
    assert await objections(long) == [("bad_reason", ["reason"])]
    assert (await models.Variant.get(id=variant.id)).stock == 5
    assert await models.Audit.all().count() == await models.Outbox.all().count() == 0


async def test_the_price_of_a_product_is_the_lowest_on_sale(market: World) -> None:
    actor, variant = await shop(market)
    dear = await models.Variant.create(id=new_id(), product_id=variant.product_id, price=90_000, position=1)

    cheaper = await market.ask(VARIANT, {"input": {"id": global_id(dear), "price": 60_000}}, actor=actor)
    off = await market.ask(VARIANT, {"input": {"id": global_id(dear), "active": False}}, actor=actor)
    sold_out = await market.ask(VARIANT, {"input": {"id": global_id(variant), "active": False}}, actor=actor)
    nothing = await market.ask(VARIANT, {"input": {"id": global_id(variant), "price": None}}, actor=actor)

    assert [answer.data["done"]["price"] for answer in (cheaper, off)] == [60_000, 75_000]
    assert [answer.data["done"]["inStock"] for answer in (cheaper, off, sold_out)] == [True, True, False]
    assert nothing.data["done"]["variants"][0]["price"] == 75_000
    assert len(await beside("variant.updated")) == 4


async def test_stock_is_added_and_taken_and_every_move_is_kept(market: World) -> None:
    actor, variant = await shop(market)
    ask = {"id": global_id(variant)}

    emptied = await market.ask(RESTOCK, {**ask, "delta": -5, "reason": "Rusak"}, actor=actor)
    filled = await market.ask(RESTOCK, {**ask, "delta": 7}, actor=actor)

    assert [answer.data["done"]["inStock"] for answer in (emptied, filled)] == [False, True]
    assert filled.data["done"]["variants"][0]["stock"] == 7
    moves = await models.StockEntry.filter(variant_id=variant.id).order_by("id")
    assert [move.delta for move in moves] == [5, -5, 7]
    assert await beside("variant.restocked") == [(actor.subject, "vendor", str(variant.id))] * 2
    assert (await models.Audit.filter(action="variant.restocked").order_by("id").first()).reason == "Rusak"  # type: ignore[union-attr]


async def test_editing_never_writes_back_what_orders_move_meanwhile(market: World) -> None:
    actor, variant = await shop(market)
    id, own = to_global("Product", variant.product_id), global_id(variant)

    with market.market.database.counting() as seen:
        await market.ask(UPDATE, {"input": {"id": id, "name": "Gula"}}, actor=actor)
        await market.ask(VARIANT, {"input": {"id": own}}, actor=actor)
        await market.ask(VARIANT, {"input": {"id": own, "name": "1 kg"}}, actor=actor)

    product = [text for text in seen if text.startswith('UPDATE "product"')]
    variants = [text for text in seen if text.startswith('UPDATE "variant"')]
    assert (len(product), len(variants)) == (1, 1)
    assert "stock" not in product[0] + variants[0]
    assert "price" not in product[0] + variants[0]


async def test_another_shops_product_is_not_there_to_change(market: World) -> None:
    _, variant = await shop(market)
    stranger = as_vendor(await market.vendor(name="Toko lain"))
    id, own = to_global("Product", variant.product_id), global_id(variant)

    answers = [
        await market.ask(UPDATE, {"input": {"id": id, "name": "Milik saya"}}, actor=stranger),
        await market.ask(VARIANT, {"input": {"id": own, "price": 1}}, actor=stranger),
        await market.ask(RESTOCK, {"id": own, "delta": -5}, actor=stranger),
        await market.ask(RESTOCK, {"id": to_global("Variant", new_id()), "delta": 1}, actor=stranger),
        await market.ask(CREATE, {"input": GOOD}, actor=Actor("x", frozenset({Role.VENDOR}), "35.73", vendor=new_id())),
    ]

    assert [answer.codes for answer in answers] == [["unknown_product"]] * 4 + [["forbidden"]]
    assert (await models.Product.get(id=variant.product_id)).name == "Beras 5 kg"


async def test_orders_that_were_placed_keep_their_price_and_name(market: World) -> None:
    here = await town(market)
    case = here.private
    keeper = as_vendor(case.vendor)
    ask = "query ($id: ID!) { order(id: $id) { amount lines { name unitPrice amount product { name price } } } }"

    await market.ask(VARIANT, {"input": {"id": global_id(case.variant), "price": 99_000}}, actor=keeper)
    await market.ask(UPDATE, {"input": {"id": case.product, "name": "Beras baru"}}, actor=keeper)
    order = (await market.ask(ask, {"id": case.order}, actor=keeper)).data["order"]

    assert order["amount"] == 75_000
    assert order["lines"] == [
        {
            "name": "Beras 5 kg",
            "unitPrice": 75_000,
            "amount": 75_000,
            "product": {"name": "Beras baru", "price": 99_000},
        }
    ]


async def test_a_change_and_what_is_told_of_it_are_written_together_or_not_at_all(market: World) -> None:
    actor, variant = await shop(market)
    id, own = to_global("Product", variant.product_id), global_id(variant)
    # The outbox is written last: without its table every change fails at its very end.
    await market.market.database.execute("ALTER TABLE outbox RENAME TO lost")

    answers = [
        await market.ask(CREATE, {"input": GOOD}, actor=actor),
        await market.ask(UPDATE, {"input": {"id": id, "name": "Gula"}}, actor=actor),
        await market.ask(VARIANT, {"input": {"id": own, "price": 1}}, actor=actor),
        await market.ask(RESTOCK, {"id": own, "delta": 5}, actor=actor),
    ]

    assert [answer.codes for answer in answers] == [["internal_error"]] * 4
    product, kept = await models.Product.get(), await models.Variant.get()
    assert (product.name, product.price, kept.price, kept.stock) == ("Beras 5 kg", 75_000, 75_000, 5)
    assert await models.StockEntry.filter(cause="restocked").count() == await models.Audit.all().count() == 0

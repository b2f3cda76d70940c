"""Imports of products: variants, prices, the ledger of stock, and the rules of the city."""

from pathlib import Path

import pytest
from tests.importing.files import PRODUCTS, faults, imported, shops, written

from peken import models
from peken.orders import Basket, Item, Placed, place
from peken.testing.world import World, as_buyer

pytestmark = pytest.mark.market({"35.73": []})


async def shelf(name: str) -> models.Variant:
    return await models.Variant.get(product__name="Beras Pandan", name=name)


async def moves(variant: models.Variant) -> list[tuple[int, str]]:
    found = await models.StockEntry.filter(variant_id=variant.id).order_by("id").values_list("delta", "cause")
    return [(int(delta), str(cause)) for delta, cause in found]


async def test_products_are_listed_with_price_stock_and_words(market: World, tmp_path: Path) -> None:
    await shops(market, tmp_path)

    await imported(market, "products", written(tmp_path, PRODUCTS))
    found = await market.ask('{ products(filter: {search: "pandan"}) { nodes { name price inStock } } }')

    assert found.data["products"]["nodes"] == [{"name": "Beras Pandan", "price": 75_000, "inStock": True}]
    five, ten = await shelf("5 kg"), await shelf("10 kg")
    assert (five.stock, five.measure, five.measure_unit, five.position) == (10, 5_000, "g", 0)
    assert (ten.stock, ten.price, ten.position) == (0, 149_000, 1)
    assert await moves(five) == [(10, "listed")]
    assert await moves(ten) == []


async def test_stock_is_moved_by_what_differs_from_the_shelf(market: World, tmp_path: Path) -> None:
    await shops(market, tmp_path)
    await imported(market, "products", written(tmp_path, PRODUCTS))
    five, buyer = await shelf("5 kg"), await market.buyer()
    basket = Basket(buyer=buyer.id, items=(Item(five.id, 3),), key="one")
    placed = await place(market.market, as_buyer(buyer), basket)

    rows = [line.split(",") for line in PRODUCTS.splitlines()]
    without = "\n".join(",".join(row[:6] + row[7:]) for row in rows).replace("75000", "80000")
    kept = await imported(market, "products", written(tmp_path, without))
    left = (await shelf("5 kg")).stock
    counted = await imported(market, "products", written(tmp_path, PRODUCTS.replace("5 kg,10,", "5 kg,0,")))

    assert isinstance(placed, Placed)
    assert (kept, left, counted) == ((0, 1, 1), 7, (0, 1, 1))
    assert [delta for delta, _ in await moves(five)] == [10, -3, -7]
    product = await models.Product.get(name="Beras Pandan")
    assert (product.price, product.in_stock) == (75_000, False)


async def test_a_variant_of_a_later_file_stands_behind_the_others(market: World, tmp_path: Path) -> None:
    await shops(market, tmp_path)
    await imported(market, "products", written(tmp_path, PRODUCTS))
    head = PRODUCTS.splitlines()[0]
    one = "A1,p1,staples.rice,Beras Pandan,20000,1 kg,6,pak,1000,g"

    counts = await imported(market, "products", written(tmp_path, f"{head}\n{one}\n"))

    assert counts == (0, 1, 0)
    assert ((await shelf("1 kg")).position, (await models.Product.get(name="Beras Pandan")).price) == (2, 20_000)
    assert await models.Variant.all().count() == 4


async def test_every_fault_of_a_product_is_told(market: World, tmp_path: Path) -> None:
    await shops(market, tmp_path)
    head = "vendor,key,category,name,price,variant,stock,measure,measure_unit,origin,status,active\n"
    text = (
        f"{head}ZZ,1,staples,,75.000,,-1,5,,99.99,sold,perhaps\n"
        "A1,2,staples.rice,Beras,0,,1,,,33.74,,\n"
        "A1,2,staples.rice,Beras Lain,10,b,1,,kg,,,\n"
        "A1,2,staples.rice,Beras,10,b,1,,,33.74,,\n"
    )

    wrong = await faults(market, "products", written(tmp_path, text))

    assert sorted(wrong, key=repr) == sorted(
        [
            ("unknown_vendor", (2, "vendor")),
            ("unknown_category", (2, "category")),
            ("bad_name", (2, "name")),
            ("bad_number", (2, "price")),
            ("bad_number", (2, "stock")),
            ("bad_measure", (2, "measure")),
            ("bad_origin", (2, "origin")),
            ("bad_choice", (2, "status")),
            ("bad_choice", (2, "active")),
            ("bad_price", (3, "price")),
            ("bad_choice", (4, "measure_unit")),
            ("bad_measure", (4, "measure")),
            ("rows_disagree", (4, "name")),
            ("rows_disagree", (4, "origin")),
            ("repeated_row", (5, "variant")),
        ],
        key=repr,
    )
    assert await models.Product.all().count() == 0


async def test_nothing_of_a_product_is_left_when_the_end_fails(market: World, tmp_path: Path) -> None:
    await shops(market, tmp_path)
    await market.market.database.execute("ALTER TABLE outbox RENAME TO lost")

    with pytest.raises(Exception, match="outbox"):
        await imported(market, "products", written(tmp_path, PRODUCTS))

    for model in (models.Product, models.Variant, models.StockEntry):
        assert await model.all().count() == 0


async def test_many_products_take_few_statements(market: World, tmp_path: Path) -> None:
    await shops(market, tmp_path)
    head = "vendor,key,category,name,price,stock\n"
    text = head + "".join(f"A1,{n},staples.rice,Beras {n},1000,5\n" for n in range(1, 1_201))

    with market.market.database.counting() as seen:
        counts = await imported(market, "products", written(tmp_path, text))

    assert counts == (1_200, 0, 0)
    assert len(seen) < 60
    assert await models.Product.filter(in_stock=True, price=1_000).count() == 1_200


@pytest.mark.market({"35.78": ["batik_suroboyo"]})
async def test_the_rules_of_the_city_are_asked(market: World, tmp_path: Path) -> None:
    place = await market.region()
    vendors = f"key,name,kind,region\nA1,Toko,kelontong,{place}\n"
    await imported(market, "categories", written(tmp_path, "code,name,name_en\nstaples,Sembako,Staples\n"))
    await imported(market, "vendors", written(tmp_path, vendors))
    text = "vendor,key,category,name,price\nA1,1,staples,Emas batang,20000\nA1,2,staples,Beras,20000\n"

    wrong = await faults(market, "products", written(tmp_path, text))

    assert wrong == [("denied", (2, "key"))]
    assert await models.Product.all().count() == 0

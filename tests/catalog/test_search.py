"""Search in Indonesian: any form of a word, a word being typed, and texts that mean harm."""

import pytest
from tests.catalog.shelves import PRODUCTS, TWO_CITIES, VENDORS, names

from peken import models
from peken.search import terms_of
from peken.testing.world import World

pytestmark = pytest.mark.market(TWO_CITIES)

GOODS = {
    "Beras pandan wangi": "Beras pulen dari Malang",
    "Makanan ringan": "Keripik tempe renyah",
    "Minyak goreng": "Untuk menggoreng, 2 liter",
    "Kopi bubuk Dampit": "Kopi robusta",
}


async def shelf(market: World) -> None:
    vendor = await market.vendor(name="Toko Bu Sri's")
    for name, description in GOODS.items():
        variant = await market.product(vendor, name=name, description=description)
        await models.Product.filter(id=variant.product_id).update(terms=terms_of(name, description))


async def gone(name: str) -> None:
    product = await models.Product.get(name=name)
    [variant] = await models.Variant.filter(product_id=product.id)
    await models.StockEntry.filter(variant_id=variant.id).delete()
    await variant.delete()
    await product.delete()


async def test_words_are_found_in_any_form_and_while_they_are_typed(market: World) -> None:
    await shelf(market)
    rice, snack, oil, coffee = GOODS
    expected = {
        "beras": [rice],
        "berasnya": [rice],
        "BERAS": [rice],
        "ber": [rice],
        "makan": [snack],
        "makana": [snack],
        "makanan": [snack],
        "dimakan": [snack],
        "gorengan": [oil],
        "penggorengan": [oil],
        "pandan beras": [rice],
        "beras dampit": [],
        "kopi-bubuk": [coffee],
        "k": [coffee, snack],
        "kópi": [coffee],
        "2 liter": [oil],
        "teh": [],
    }

    found = {text: await names(market, PRODUCTS, {"search": text}) for text in expected}

    assert found == expected


async def test_a_search_without_words_with_too_many_or_too_long_is_refused(market: World) -> None:
    texts = ["", "   ", "!?%", "'", "米", "a" * 900_000, "satu dua tiga empat lima enam tujuh delapan sembilan"]

    products = [(await market.ask(PRODUCTS, {"filter": {"search": text}})).codes for text in texts]
    vendors = [(await market.ask(VENDORS, {"filter": {"search": text}})).codes for text in texts]

    assert products == vendors == [["bad_search"]] * len(texts)


async def test_quotes_and_statements_are_only_words(market: World) -> None:
    await shelf(market)
    texts = [
        "kopi' OR '1'='1",
        "kopi'); DROP TABLE product; --",
        "kopi & !beras",
        "kopi:*|beras",
        "%",
        "kopi%",
        "k_pi",
        "\\'",
        '"kopi"',
        "bu sri's",
    ]

    answers = [await market.ask(PRODUCTS, {"filter": {"search": text}}) for text in texts]
    shop = await names(market, VENDORS, {"search": "sri's"})

    assert {code for answer in answers for code in answer.codes} <= {"bad_search"}
    assert [len(answer.data["list"]["nodes"]) for answer in (answers[5], answers[8])] == [1, 1]
    assert await models.Product.all().count() == len(GOODS)
    assert shop == ["Toko Bu Sri's"]


async def test_vendors_are_found_by_the_words_of_their_names(market: World) -> None:
    await market.vendor(name="Warung Makan Sederhana")
    await market.vendor(name="Toko Makmur")

    assert await names(market, VENDORS, {"search": "makanan"}) == ["Warung Makan Sederhana"]
    assert await names(market, VENDORS, {"search": "mak"}) == ["Toko Makmur", "Warung Makan Sederhana"]


async def test_what_is_renamed_or_gone_is_found_accordingly(market: World) -> None:
    await shelf(market)
    coffee = await models.Product.get(name="Kopi bubuk Dampit")
    coffee.terms = terms_of("Teh hijau")
    await coffee.save()
    await gone("Minyak goreng")

    found = {text: await names(market, PRODUCTS, {"search": text}) for text in ("kopi", "hijau", "minyak", "beras")}

    assert found == {"kopi": [], "hijau": ["Kopi bubuk Dampit"], "minyak": [], "beras": ["Beras pandan wangi"]}


@pytest.mark.engines("sqlite")
async def test_a_vacuum_leaves_every_word_with_its_row(market: World) -> None:
    await shelf(market)
    await gone("Minyak goreng")

    await market.market.database.execute("VACUUM")

    found = {text: await names(market, PRODUCTS, {"search": text}) for text in ("beras", "keripik", "kopi", "k")}
    assert found == {
        "beras": ["Beras pandan wangi"],
        "keripik": ["Makanan ringan"],
        "kopi": ["Kopi bubuk Dampit"],
        "k": ["Kopi bubuk Dampit", "Makanan ringan"],
    }

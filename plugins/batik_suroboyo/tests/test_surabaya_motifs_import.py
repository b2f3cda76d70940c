"""A file of products is held to the motifs that they claim, by as few statements as one product is."""

from pathlib import Path

import pytest

from batik_suroboyo.models import MotifClaim
from peken import models
from peken.errors import Refused
from peken.ids import new_id
from peken.importing.nouns import Noun
from peken.importing.running import import_file
from peken.testing.world import World

SURABAYA = "35.78"
CATEGORIES = "code,name,name_en\nbatik,Batik,Batik\nbatik.cloth,Kain batik,Batik cloth\n"
VENDORS = "key,name,kind,region,verified_on\nA1,Batik Ayu,umkm,35.78.08.1003,2026-01-05\n"
HEAD = "vendor,key,category,name,price,own_production\n"

pytestmark = pytest.mark.market({SURABAYA: ["batik_suroboyo"]})


async def imported(market: World, folder: Path, noun: Noun, text: str) -> None:
    """Imports a file of this text."""
    file = folder / f"{noun}.csv"
    file.write_text(text, "utf-8")
    await import_file(market.market, noun, file, SURABAYA, dry_run=False, progress=lambda step, done, total: None)


def cloths(name: str, number: int) -> str:
    """A file of so many products."""
    return HEAD + "".join(f"A1,p{n},batik.cloth,{name} {n},100000,ya\n" for n in range(number))


async def claim_all(market: World, motif: str) -> None:
    """Every product is said to bear a motif, whatever the rules say."""
    for product in await models.Product.all():
        await MotifClaim.create(id=new_id(), city_id=SURABAYA, product_id=product.id, motif=motif, at=market.clock.at)


async def test_a_file_that_changes_products_of_an_unlicensed_maker_is_refused(market: World, tmp_path: Path) -> None:
    for noun, text in (("categories", CATEGORIES), ("vendors", VENDORS), ("products", cloths("Kain", 2))):
        await imported(market, tmp_path, noun, text)  # type: ignore[arg-type]
    await claim_all(market, "sparkling")

    await imported(market, tmp_path, "products", cloths("Kain", 2).replace("100000", "120000"))
    with pytest.raises(Refused) as refused:
        await imported(market, tmp_path, "products", cloths("Kain Halus", 2))

    assert [objection.code for objection in refused.value.objections] == ["maker_not_licensed"] * 2
    assert {product.price for product in await models.Product.all()} == {120_000}


async def test_claims_of_many_products_are_read_at_once(market: World, tmp_path: Path) -> None:
    for noun, text in (("categories", CATEGORIES), ("vendors", VENDORS), ("products", cloths("Kain", 9))):
        await imported(market, tmp_path, noun, text)  # type: ignore[arg-type]
    await claim_all(market, "semanggi")

    with market.market.database.counting() as statements:
        await imported(market, tmp_path, "products", cloths("Kain Halus", 9))

    assert len([text for text in statements if "batik_suroboyo_claim" in text]) == 1

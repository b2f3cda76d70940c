"""Imports of each noun: what is written, that a second time changes nothing, and that a fault writes nothing."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from tests.importing.files import (
    BUYERS,
    CATEGORIES,
    DEPARTMENTS,
    PLACE,
    PRODUCTS,
    VENDORS,
    faults,
    imported,
    shops,
    workbook,
    written,
)

from peken import models
from peken.errors import PekenError
from peken.importing.nouns import Noun
from peken.testing.world import World

pytestmark = pytest.mark.market({"35.73": []})


async def everything(market: World, folder: Path) -> dict[Noun, Path]:
    """All files in the order in which they need each other."""
    texts: dict[Noun, str] = {
        "categories": CATEGORIES,
        "departments": DEPARTMENTS,
        "vendors": VENDORS,
        "buyers": BUYERS,
        "products": PRODUCTS,
    }
    return {noun: written(folder, text, f"{noun}.csv") for noun, text in texts.items()}


async def rows(market: World) -> dict[str, list[dict[str, object]]]:
    """All that an import may write."""
    tables = [models.Category, models.Department, models.Vendor, models.Buyer, models.BuyerClass, models.Product]
    tables += [models.Variant, models.StockEntry, models.Audit, models.Outbox]
    return {table.__name__: await table.all().order_by(table._meta.pk_attr).values() for table in tables}


async def test_the_same_files_again_change_nothing(market: World, tmp_path: Path) -> None:
    files = await everything(market, tmp_path)
    first = {noun: await imported(market, noun, file) for noun, file in files.items()}
    there = await rows(market)

    again = {noun: await imported(market, noun, file) for noun, file in files.items()}

    counts = {"categories": 2, "departments": 1, "vendors": 2, "buyers": 3, "products": 2}
    assert first == {noun: (count, 0, 0) for noun, count in counts.items()}
    assert again == {noun: (0, 0, count) for noun, count in counts.items()}
    assert await rows(market) == there


async def test_a_dry_run_counts_and_writes_nothing(market: World, tmp_path: Path) -> None:
    await shops(market, tmp_path)
    there = await rows(market)
    changed = VENDORS.replace("Toko Berkah", "Toko Baru") + f"A3,Toko Tiga,kelontong,{PLACE},\n"

    products = await imported(market, "products", written(tmp_path, PRODUCTS), dry_run=True)
    vendors = await imported(market, "vendors", written(tmp_path, changed), dry_run=True)

    assert (products, vendors) == ((2, 0, 0), (1, 1, 1))
    assert await rows(market) == there


async def test_vendors_are_created_changed_and_verified_with_who_did_it(market: World, tmp_path: Path) -> None:
    await shops(market, tmp_path)
    await models.Audit.all().delete()
    text = f"key,name,kind,region,verified_on\nA1,Toko Baru,kelontong,{PLACE},\nA2,Batik Ayu,umkm,{PLACE},2026-02-01\n"

    counts = await imported(market, "vendors", written(tmp_path, text, "vendors.csv"))

    assert counts == (0, 2, 0)
    named = {vendor.name: vendor for vendor in await models.Vendor.all()}
    assert named["Toko Baru"].verified_at == datetime(2026, 1, 4, 17, tzinfo=UTC)
    assert named["Batik Ayu"].verified_at == datetime(2026, 1, 31, 17, tzinfo=UTC)
    assert "baru" in named["Toko Baru"].terms
    told = [(row.action, row.changes, row.reason, row.role) for row in await models.Audit.all().order_by("action")]
    assert sorted(told, key=repr) == [
        ("vendor.updated", {"columns": ["name"]}, "peken import: vendors.csv", "city_hall"),
        ("vendor.updated", {"columns": ["verified_at"]}, "peken import: vendors.csv", "city_hall"),
        ("vendor.verified", {}, "peken import: vendors.csv", "city_hall"),
    ]


async def test_a_column_that_is_left_out_leaves_what_is_there(market: World, tmp_path: Path) -> None:
    head = f"key,name,kind,region,scale,sector,address\nA1,Toko,umkm,{PLACE},small,craft,Jalan Satu\n"
    await imported(market, "vendors", written(tmp_path, head))

    counts = await imported(market, "vendors", written(tmp_path, f"key,name,kind,region\nA1,Toko,umkm,{PLACE}\n"))
    emptied = await imported(
        market, "vendors", written(tmp_path, f"key,name,kind,region,sector\nA1,Toko,umkm,{PLACE},\n")
    )

    vendor = await models.Vendor.get()
    assert (counts, emptied) == ((0, 0, 1), (0, 1, 0))
    assert (vendor.scale, vendor.sector, vendor.address) == ("small", None, "Jalan Satu")


async def test_buyers_get_their_department_and_dated_classes(market: World, tmp_path: Path) -> None:
    await imported(market, "departments", written(tmp_path, DEPARTMENTS))
    await imported(market, "buyers", written(tmp_path, BUYERS))
    risen = BUYERS.replace("III/b:2020-04-01", "III/b:2020-04-01:2024-04-01;golongan:III/c:2024-04-01")

    counts = await imported(market, "buyers", written(tmp_path, risen))

    person = await models.Buyer.get(name="Sari Utami").select_related("department")
    classes = await models.BuyerClass.all().order_by("valid_from").values_list("code", "valid_to")
    assert counts == (0, 1, 2)
    assert (person.asn, person.joined_on, person.department.code) == (True, date(2015, 1, 1), "1.01")  # type: ignore[union-attr]
    assert classes == [("III/a", date(2020, 4, 1)), ("III/b", date(2024, 4, 1)), ("III/c", None)]


async def test_a_department_that_was_there_before_is_found_by_its_code(market: World, tmp_path: Path) -> None:
    before = await market.department(code="1.01")

    counts = await imported(market, "departments", written(tmp_path, DEPARTMENTS))

    department = await models.Department.get()
    assert counts == (0, 1, 0)
    assert (department.id, department.name) == (before.id, "Dinas Pendidikan")


async def test_a_spreadsheet_is_imported_like_a_csv(market: World, tmp_path: Path) -> None:
    file = workbook(tmp_path, ("code", "name", "name_en"), ("staples", "Sembako", "Staples"))

    counts = await imported(market, "categories", file)

    assert counts == (1, 0, 0)
    assert (await models.Category.get(code="staples")).name_en == "Staples"


async def test_nothing_is_half_written_when_the_end_fails(market: World, tmp_path: Path) -> None:
    files = await everything(market, tmp_path)
    # The outbox is written last: without its table every import fails at its very end.
    await market.market.database.execute("ALTER TABLE outbox RENAME TO lost")

    for noun in ("categories", "departments", "vendors"):
        with pytest.raises(Exception, match="outbox"):
            await imported(market, noun, files[noun])

    for model in (models.Category, models.Department, models.Vendor, models.Audit):
        assert await model.all().count() == 0


async def test_one_wrong_row_keeps_all_the_others_out(market: World, tmp_path: Path) -> None:
    wrong = await faults(market, "vendors", written(tmp_path, VENDORS + "A3,,shop,35.78.01.1001,soon\n"))

    assert wrong == [
        ("missing_value", (4, "name")),
        ("bad_choice", (4, "kind")),
        ("unknown_region", (4, "region")),
        ("bad_day", (4, "verified_on")),
    ]
    assert await models.Vendor.all().count() == await models.Audit.all().count() == 0


@pytest.mark.parametrize(
    ("noun", "text", "expected"),
    [
        ("categories", "code,name,name_en\nStaples,a,b\nx.y,a,b\nz,a,b\nz,a,b\n", [
            ("bad_code", (2, "code")), ("unknown_category", (3, "code")), ("repeated_row", (5, "code"))]),
        ("departments", "code,name,region\n1,Dinas,\n2," + "x" * 161 + f",{PLACE}\n", [
            ("missing_value", (2, "region")), ("too_long", (3, "name"))]),
        ("vendors", f"key,name,kind,region,verified_on\nA,b,umkm,{PLACE},2030-01-01\n", [
            ("bad_day", (2, "verified_on"))]),
        ("buyers", "key,name,kind,department,asn,joined_on,left_on,classes\n"
         "1,a,public,,yes,,,\n"
         "2,b,employee,9.99,maybe,2026-02-30,,\n"
         "3,c,employee,,,2026-02-02,2026-02-01,golongan:III/a\n"
         "4,d,employee,,,,,g:a:2020-01-01;g:b:2021-01-01\n"
         "5,e,department,,,,,g:a:2020-01-01:2019-01-01\n", [
            ("not_an_employee", (2, "kind")),
            ("bad_choice", (3, "asn")), ("bad_day", (3, "joined_on")), ("unknown_department", (3, "department")),
            ("bad_days", (4, "left_on")), ("bad_classes", (4, "classes")),
            ("bad_classes", (5, "classes")),
            ("missing_value", (6, "department")), ("bad_classes", (6, "classes"))]),
    ],
)  # fmt: skip
async def test_every_fault_is_told_with_row_and_column(
    market: World, tmp_path: Path, noun: Noun, text: str, expected: list[tuple[str, tuple[int, str]]]
) -> None:
    assert await faults(market, noun, written(tmp_path, text)) == expected


async def test_goods_are_not_left_in_a_category_with_others_under_it(market: World, tmp_path: Path) -> None:
    await market.product(await market.vendor(), category="staples.rice")
    text = "code,name,name_en\nstaples.rice.red,Beras merah,Red rice\n"

    assert await faults(market, "categories", written(tmp_path, text)) == [("category_holds_goods", (2, "code"))]


async def test_a_city_that_is_not_served_is_refused(market: World, tmp_path: Path) -> None:
    from peken.importing.running import import_file

    with pytest.raises(PekenError, match="unknown_city"):
        await import_file(
            market.market, "vendors", written(tmp_path, VENDORS), "11.01", progress=lambda step, done, total: None
        )

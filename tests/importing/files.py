"""Files for tests of the import: written as people write them, as CSV or XLSX."""

from collections.abc import Sequence
from pathlib import Path

from openpyxl import Workbook

from peken.errors import Refused
from peken.importing.nouns import Noun
from peken.importing.running import Outcome, import_file
from peken.testing.world import World

CATEGORIES = "code,name,name_en\nstaples,Sembako,Staples\nstaples.rice,Beras,Rice\n"
PLACE = "35.73.01.1001"
VENDORS = f"key,name,kind,region,verified_on\nA1,Toko Berkah,kelontong,{PLACE},2026-01-05\nA2,Batik Ayu,umkm,{PLACE},\n"
PRODUCTS = (
    "vendor,key,category,name,price,variant,stock,unit,measure,measure_unit\n"
    "A1,p1,staples.rice,Beras Pandan,75000,5 kg,10,sak,5000,g\n"
    "A1,p1,staples.rice,Beras Pandan,149000,10 kg,0,sak,10000,g\n"
    "A2,p1,staples.rice,Beras Merah,30000,,4,pcs,,\n"
)
DEPARTMENTS = f"code,name,region\n1.01,Dinas Pendidikan,{PLACE}\n"
BUYERS = (
    "key,name,kind,department,region,asn,joined_on,left_on,classes\n"
    f"b1,Sari Utami,employee,1.01,{PLACE},ya,2015-01-01,,"
    "golongan:III/a:2015-01-01:2020-04-01;golongan:III/b:2020-04-01\n"
    "b2,Dinas Pendidikan,department,1.01,,,,,\n"
    f"b3,Budi Utomo,public,,{PLACE},tidak,,,\n"
)


def written(folder: Path, text: str, name: str = "rows.csv") -> Path:
    """A file of this text."""
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def workbook(folder: Path, *rows: Sequence[object]) -> Path:
    """A spreadsheet of these rows, and of a second sheet that is nobody's business."""
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(list(row))
    book.create_sheet("notes").append(["nik"])
    book.save(folder / "rows.xlsx")
    return folder / "rows.xlsx"


async def imported(market: World, noun: Noun, file: Path, *, dry_run: bool = False) -> tuple[int, int, int]:
    """What an import into the first city created, changed and left."""
    found = await import_file(
        market.market, noun, file, market.city, dry_run=dry_run, progress=lambda step, done, total: None
    )
    assert isinstance(found, Outcome)
    return found.created, found.changed, found.unchanged


async def faults(market: World, noun: Noun, file: Path) -> list[tuple[str, tuple[str | int, ...]]]:
    """The codes of all that is wrong with a file, with row and column."""
    try:
        await imported(market, noun, file)
    except Refused as refused:
        return [(objection.code, objection.path) for objection in refused.objections]
    return []


async def shops(market: World, folder: Path) -> None:
    """Categories and two vendors, imported."""
    await imported(market, "categories", written(folder, CATEGORIES))
    await imported(market, "vendors", written(folder, VENDORS))

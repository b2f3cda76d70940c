"""What is wrong with a listing, whatever the city: one objection for each fault; changes nothing."""

from collections.abc import Sequence
from typing import Final

from peken.catalog.seeing import is_region_code
from peken.errors import Objection
from peken.models import Category

MOST_RUPIAH: Final = 1_000_000_000_000
MOST_STOCK: Final = 1_000_000_000
MOST_MEASURE: Final = 1_000_000_000
"""A thousand tonnes in grams: times the pieces and lines of a purchase it still is a whole number everywhere."""

Path = Sequence[str | int]


def text_objections(name: str, description: str) -> list[Objection]:
    """What is wrong with the texts of a product."""
    objections = []
    if not 1 <= len(name) <= 160:
        objections.append(Objection("bad_name", "A name has between 1 and 160 characters.", {}, ("name",)))
    if len(description) > 4_000:
        message = "A description has at most 4,000 characters."
        objections.append(Objection("bad_description", message, {}, ("description",)))
    return objections


async def category_objections(code: str) -> list[Objection]:
    """What is wrong with a category: only one that has none under it holds goods."""
    is_leaf = await Category.exists(code=code) and not await Category.exists(parent_code=code)
    if is_leaf:
        return []
    return [Objection("unknown_category", "There is no such category for goods.", {}, ("category",))]


def origin_objections(code: str | None) -> list[Objection]:
    """What is wrong with the region a product comes from."""
    if code is None or is_region_code(code):
        return []
    return [Objection("bad_origin", "A region is named by its Kemendagri code.", {}, ("origin",))]


def label_objections(name: str, unit: str, path: Path) -> list[Objection]:
    """What is wrong with how a variant is called and counted."""
    objections = []
    if len(name) > 80:
        objections.append(Objection("bad_name", "A variant's name has at most 80 characters.", {}, (*path, "name")))
    if not 1 <= len(unit) <= 20:
        objections.append(Objection("bad_unit", "A unit has between 1 and 20 characters.", {}, (*path, "unit")))
    return objections


def price_objections(price: int, path: Path) -> list[Objection]:
    """What is wrong with the price of a variant."""
    if 1 <= price <= MOST_RUPIAH:
        return []
    message = "A price is a whole number of Rupiah, from Rp1 to {most:rp}."
    return [Objection("bad_price", message, {"most": MOST_RUPIAH}, (*path, "price"))]


def stock_objections(stock: int, path: Path) -> list[Objection]:
    """What is wrong with the stock a variant begins with."""
    if 0 <= stock <= MOST_STOCK:
        return []
    message = "Stock is a whole number from 0 to {most}."
    return [Objection("bad_quantity", message, {"most": MOST_STOCK}, (*path, "stock"))]


def measure_objections(measure: int, *, has_unit: bool, path: Path) -> list[Objection]:
    """What is wrong with the net content of a variant."""
    if (measure > 0) != has_unit or measure < 0:
        message = "Content needs both a number and a unit."
        return [Objection("bad_measure", message, {}, (*path, "measure"))]
    if measure > MOST_MEASURE:
        message = "The content of one unit is at most {most}."
        return [Objection("bad_measure", message, {"most": MOST_MEASURE}, (*path, "measure"))]
    return []

"""Products and their variants from a file: a row is a variant, and rows of one key are one product."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from peken.errors import Objection
from peken.importing.lines import Line
from peken.importing.products_read import Shelves, Written, read_line, shelves_of
from peken.importing.rows import Change, Desk, Plan, Row, object_to_repeats
from peken.importing.sheets import Sheet
from peken.importing.stocking import ProductPlan
from peken.listing import Listed, OwnFacts, listing_facts, listing_objections
from peken.models.catalog import ProductStatus

MOST_VARIANTS = 50


async def plan(desk: Desk, sheet: Sheet) -> Plan:
    """What a file of products changes."""
    object_to_repeats(sheet.lines, "vendor", "key", *(("variant",) if "variant" in sheet.columns else ()))
    shelves = await shelves_of(desk, sheet)
    groups: dict[UUID, list[Written]] = {}
    for line in sheet.lines:
        written = read_line(desk, line, shelves)
        groups.setdefault(written.product, []).append(written)
    drafts = [_draft(desk, key, rows, shelves) for key, rows in groups.items()]
    own = await listing_facts(desk.market, desk.city.code, groups.keys(), shelves.vendors.keys())
    total = len(drafts)
    for number, draft in enumerate(drafts, start=1):
        _ask_the_rules(desk, draft, shelves, own)
        if number % 500 == 0:
            desk.progress("ask the rules", number, total)
    desk.progress("ask the rules", total, total)
    return ProductPlan(
        tuple(draft.product for draft in drafts),
        tuple(variant for draft in drafts for variant in draft.variants),
        stock="stock" in sheet.columns,
    )


@dataclass(frozen=True, slots=True)
class _Draft:
    """One product as it will stand, and the row that speaks for it."""

    line: Line
    product: Change
    variants: Sequence[Change]


def _draft(desk: Desk, key: UUID, rows: Sequence[Written], shelves: Shelves) -> _Draft:
    first, old = rows[0], shelves.products.get(key)
    variants = _variants(key, rows, shelves)
    fresh = {
        **first.fresh,
        "id": key,
        "city_id": desk.city.code,
        "price": first.variant_values["price"],
        "in_stock": False,
        "created_at": desk.now,
        "updated_at": desk.now,
    }
    product = Change.of(key, first.product_values, old, fresh)
    for row in rows[1:]:
        _object_to_quarrels(first, row)
    # Whatever changes of its variants changes the product.
    moved = {name for variant in variants for name in (variant.told if not variant.is_new else ("variants",))}
    if product.columns is not None and (product.columns or moved):
        values = {**product.values, "updated_at": desk.now}
        product = replace(product, values=values, columns=product.columns | moved)
    return _Draft(first.line, product, variants)


def _variants(product: UUID, rows: Sequence[Written], shelves: Shelves) -> list[Change]:
    """The variants of a product: new ones stand behind those that are there."""
    there = shelves.variants.get(product, {})
    place = 1 + max((row["position"] for row in there.values()), default=-1)
    found = []
    for row in rows:
        old = there.get(row.variant)
        fresh = {**row.variant_fresh, "id": row.variant, "product_id": product, "position": place}
        change = Change.of(row.variant, row.variant_values, old, fresh)
        place += change.is_new
        row.check_measure(change.values)
        found.append(change)
    if len(there) + sum(change.is_new for change in found) > MOST_VARIANTS:
        message = "A product has between 1 and 50 variants."
        rows[-1].line.object("key", Objection("bad_variants", message))
    return found


def _object_to_quarrels(first: Written, other: Written) -> None:
    for name, value in first.product_values.items():
        if name not in ("terms", "vendor_id") and other.product_values[name] != value:
            message = "Row {row} says something else of the same product."
            column = "category" if name == "category_id" else name
            other.line.object(column, Objection("rows_disagree", message, {"row": first.line.number}))


def _ask_the_rules(desk: Desk, draft: _Draft, shelves: Shelves, own: OwnFacts) -> None:
    """Says every reason of the city's rules against what would be on sale and is new there."""
    product = draft.product.values
    vendor = shelves.vendors.get(product["vendor_id"])
    on_sale = product["status"] == ProductStatus.ACTIVE and _says_something_new(draft)
    if vendor is None or not on_sale or draft.line.wrongs:
        return
    listed = Listed(
        product["name"],
        product["description"],
        product["category_id"],
        product["own_production"],
        product["origin"],
        variants=_names(draft, shelves),
    )
    for objection in listing_objections(desk.market, vendor, draft.product.values["id"], listed, own):
        draft.line.object("key", objection)


def _says_something_new(draft: _Draft) -> bool:
    if draft.product.is_new or any(variant.is_new for variant in draft.variants):
        return True
    return not (draft.product.columns or frozenset()) <= {"price", "stock", "unit", "measure", "measure_unit"}


def _names(draft: _Draft, shelves: Shelves) -> tuple[str, ...]:
    """The names of all variants that will be on sale, also of those the file does not speak of."""
    rows: dict[Any, Row] = {**shelves.variants.get(draft.product.values["id"], {})}
    rows |= {variant.key: variant.values for variant in draft.variants}
    return tuple(str(row["name"]) for row in _active(rows))


def _active(rows: Mapping[Any, Row]) -> list[Row]:
    return [row for row in rows.values() if row["active"]]

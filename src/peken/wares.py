"""What is on sale, as an order and the rules need it: one row of variant, product and vendor together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from peken.database import Database, Rows, uuid_of


@dataclass(frozen=True, slots=True)
class Ware:
    """A variant on sale, with what the rules and the order need of its product and vendor.

    Two are equal when an order of them is judged and written alike: whatever is left of them is guarded elsewhere.
    """

    variant: UUID
    product: UUID
    vendor: UUID
    city: str
    name: str
    unit: str
    price: int
    stock: int = field(compare=False)
    on_sale: bool
    measure: int
    measure_unit: str
    category: str
    words: frozenset[str]
    own_production: bool
    origin: str
    vendor_name: str
    vendor_kind: str
    vendor_scale: str
    vendor_sector: str
    vendor_region: str
    vendor_verified: bool
    row: tuple[object, ...] = field(compare=False, repr=False)
    """All of this but the stock as it was read: compared before it is written, which is cheaper than the ware."""


COLUMNS: Final = """v.id, v.product_id, p.vendor_id, p.city_id, p.name, v.name AS variant_name, v.unit, v.price,
       v.active, p.status, v.measure, v.measure_unit, p.category_id, p.terms, p.own_production, p.origin,
       s.name AS vendor_name, s.kind, s.scale, s.sector, s.region, s.verified_at, v.stock"""
"""What `ware_of` reads of `TABLES`; whatever else a row holds stands before it."""
TABLES: Final = "variant v JOIN product p ON p.id = v.product_id JOIN vendor s ON s.id = p.vendor_id"
_WIDTH: Final = COLUMNS.count(",") + 1
_WARES: Final = f"SELECT {COLUMNS} FROM {TABLES} WHERE v.id {{}}"


async def wares(database: Database, variants: Iterable[UUID]) -> dict[UUID, Ware]:
    """The wares of these variants, one query for all; those that do not exist are left out."""
    found = map(ware_of, await _rows(database, variants))
    return {ware.variant: ware for ware in found}


async def changed(database: Database, found: Mapping[UUID, Ware]) -> bool:
    """Whether any of these wares is no longer what it was when it was read, its stock apart."""
    return {_row(row) for row in await _rows(database, found)} != {ware.row for ware in found.values()}


async def _rows(database: Database, variants: Iterable[UUID]) -> Rows:
    wanted = dict.fromkeys(variants)
    return await database.fetch(_WARES.format(database.among(1)), database.listed(wanted)) if wanted else []


def ware_of(row: Mapping[str, Any]) -> Ware:
    """The ware in a row that has `COLUMNS`."""
    return Ware(
        variant=uuid_of(row["id"]),
        product=uuid_of(row["product_id"]),
        vendor=uuid_of(row["vendor_id"]),
        city=row["city_id"],
        name=f"{row['name']} {row['variant_name']}".strip(),
        unit=row["unit"],
        price=row["price"],
        stock=row["stock"],
        on_sale=bool(row["active"]) and row["status"] == "active",
        measure=row["measure"],
        measure_unit=row["measure_unit"] or "",
        category=row["category_id"],
        words=frozenset(row["terms"].split()),
        own_production=bool(row["own_production"]),
        origin=row["origin"] or "",
        vendor_name=row["vendor_name"],
        vendor_kind=row["kind"],
        vendor_scale=row["scale"],
        vendor_sector=row["sector"] or "",
        vendor_region=row["region"],
        vendor_verified=row["verified_at"] is not None,
        row=_row(row),
    )


def _row(row: Mapping[str, Any]) -> tuple[object, ...]:
    return tuple(row.values())[-_WIDTH:-1]

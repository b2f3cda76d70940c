"""What is on sale, as an order and the rules need it: one row of variant, product and vendor together."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, Final
from uuid import UUID

import msgspec

from peken.database import Database, Records, uuid_of


class Ware(msgspec.Struct, frozen=True, eq=False):
    """A variant on sale, with what the rules and the order need of its product and vendor."""

    variant: UUID
    product: UUID
    vendor: UUID
    city: str
    name: str
    unit: str
    price: int
    stock: int
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
    row: tuple[object, ...]
    """All of this but the stock as it was read: an order of what still reads alike is judged and written alike."""


COLUMNS: Final = """v.id, v.product_id, p.vendor_id, p.city_id, p.name, v.name, v.unit, v.price,
       v.active, p.status, v.measure, v.measure_unit, p.category_id, p.terms, p.own_production, p.origin,
       s.name, s.kind, s.scale, s.sector, s.region, s.verified_at, v.stock"""
"""What `ware_of` reads of `TABLES`; whatever else a row holds stands before it."""
TABLES: Final = "variant v JOIN product p ON p.id = v.product_id JOIN vendor s ON s.id = p.vendor_id"
WIDTH: Final = COLUMNS.count(",") + 1


def in_sql(database: Database, variants: Iterable[UUID]) -> tuple[str, str]:
    """A SELECT of these wares, and its only parameter."""
    return _text(database.among(1)), database.listed(dict.fromkeys(variants))


@cache
def _text(among: str) -> str:
    return f"SELECT {COLUMNS} FROM {TABLES} WHERE v.id {among}"


async def wares(database: Database, variants: Iterable[UUID]) -> dict[UUID, Ware]:
    """The wares of these variants, one query for all; those that do not exist are left out."""
    wanted = set(variants)
    found = map(ware_of, await database.records(*in_sql(database, wanted))) if wanted else ()
    return {ware.variant: ware for ware in found}


def same(rows: Records, found: Iterable[Ware]) -> bool:
    """Whether rows that were read anew still say what these wares were made of, their stock apart."""
    # By the first of their columns, the key: to look for whole rows would take all of them apart.
    known = {ware.row[0]: ware.row for ware in found}
    return len(rows) == len(known) and all(known.get(row[-WIDTH]) == tuple(row[-WIDTH:-1]) for row in rows)


def ware_of(row: Sequence[Any]) -> Ware:
    """The ware in a row that ends with `COLUMNS`."""
    row = tuple(row[-WIDTH:])
    variant, product, vendor, city, name, kind_of, unit, price, active, status, measure, measured_in, *others = row
    category, terms, own, origin, vendor_name, kind, scale, sector, region, verified_at, stock = others
    return Ware(
        variant=uuid_of(variant),
        product=uuid_of(product),
        vendor=uuid_of(vendor),
        city=city,
        name=f"{name} {kind_of}".strip(),
        unit=unit,
        price=price,
        stock=stock,
        on_sale=bool(active) and status == "active",
        measure=measure,
        measure_unit=measured_in or "",
        category=category,
        words=frozenset(terms.split()),
        own_production=bool(own),
        origin=origin or "",
        vendor_name=vendor_name,
        vendor_kind=kind,
        vendor_scale=scale,
        vendor_sector=sector or "",
        vendor_region=region,
        vendor_verified=verified_at is not None,
        row=row[:-1],
    )

"""A shop lists a product with its variants; knows nothing of what becomes of it later."""

from datetime import datetime
from uuid import UUID

import msgspec

from peken.actors import Actor
from peken.catalog.checking import (
    category_objections,
    label_objections,
    measure_objections,
    origin_objections,
    price_objections,
    stock_objections,
    text_objections,
)
from peken.database import Database
from peken.errors import Objection, PekenError, Refused
from peken.ids import new_id
from peken.listing import Listed, listing_facts, listing_objections
from peken.market import Market
from peken.models import Product, Vendor
from peken.models.catalog import MeasureUnit
from peken.records import record
from peken.search import terms_of


class VariantInput(msgspec.Struct, frozen=True, kw_only=True):
    """A variant as its vendor writes it. `measure` is the net content of one unit, in `measure_unit`."""

    price: int
    name: str = ""
    unit: str = "pcs"
    measure: int = 0
    measure_unit: MeasureUnit | None = None
    stock: int = 0

    def stripped(self) -> "VariantInput":
        """The same without spaces around its texts."""
        return msgspec.structs.replace(self, name=self.name.strip(), unit=self.unit.strip())


class ProductInput(msgspec.Struct, frozen=True, kw_only=True):
    """A product as its vendor writes it."""

    name: str
    category: str
    variants: tuple[VariantInput, ...]
    description: str = ""
    own_production: bool = False
    origin: str | None = None

    def stripped(self) -> "ProductInput":
        """The same without spaces around its texts, and those of its variants."""
        return msgspec.structs.replace(
            self,
            name=self.name.strip(),
            description=self.description.strip(),
            variants=tuple(variant.stripped() for variant in self.variants),
        )


async def create_product(market: Market, actor: Actor, written: ProductInput) -> UUID:
    """Lists a product of the actor's own shop. Raises Refused with everything that is wrong with it."""
    vendor = await _own_vendor(actor)
    now, product, wanted = market.now(), new_id(), written.stripped()
    if objections := await _wrongs(wanted) or await _denials(market, vendor, product, wanted):
        raise Refused(objections)
    async with market.database.unit_of_work():
        await Product.create(
            id=product,
            city_id=vendor.city_id,
            vendor_id=vendor.id,
            category_id=wanted.category,
            name=wanted.name,
            description=wanted.description,
            own_production=wanted.own_production,
            origin=wanted.origin,
            price=min(variant.price for variant in wanted.variants),
            in_stock=any(variant.stock for variant in wanted.variants),
            terms=terms_of(wanted.name, wanted.description),
            created_at=now,
            updated_at=now,
        )
        await _lay_out(market.database, product, wanted, now)
        await record(market.database, actor, vendor.city_id, "product.created", [product], now)
    return product


async def _lay_out(database: Database, product: UUID, wanted: ProductInput, at: datetime) -> None:
    """Writes the variants, and what of them lies on the shelf: two statements, however many there are."""
    rows = [(new_id(), position, variant) for position, variant in enumerate(wanted.variants)]
    await database.insert(
        "variant",
        ("id", "product_id", "position", "active", "name", "unit", "measure", "measure_unit", "price", "stock"),
        [
            (key, product, position, True, v.name, v.unit, v.measure, v.measure_unit, v.price, v.stock)
            for key, position, v in rows
        ],
    )
    await database.insert(
        "stock_entry",
        ("id", "variant_id", "delta", "cause", "at"),
        [(new_id(), key, variant.stock, "listed", at) for key, _, variant in rows if variant.stock],
    )


async def _own_vendor(actor: Actor) -> Vendor:
    row = await Vendor.get_or_none(id=actor.vendor) if actor.vendor else None
    if row is None:
        raise PekenError("forbidden", "Only a shop may do this.", status=403)
    return row


async def _wrongs(wanted: ProductInput) -> list[Objection]:
    objections = text_objections(wanted.name, wanted.description)
    objections += await category_objections(wanted.category)
    objections += origin_objections(wanted.origin)
    if not 1 <= len(wanted.variants) <= 50:
        objections.append(Objection("bad_variants", "A product has between 1 and 50 variants.", {}, ("variants",)))
    for number, variant in enumerate(wanted.variants):
        path = ("variants", number)
        objections += price_objections(variant.price, path)
        objections += label_objections(variant.name, variant.unit, path)
        objections += stock_objections(variant.stock, path)
        objections += measure_objections(variant.measure, has_unit=variant.measure_unit is not None, path=path)
    return objections


async def _denials(market: Market, vendor: Vendor, product: UUID, wanted: ProductInput) -> list[Objection]:
    names = tuple(variant.name for variant in wanted.variants)
    listed = Listed(
        wanted.name, wanted.description, wanted.category, wanted.own_production, wanted.origin, variants=names
    )
    own = await listing_facts(market, vendor.city_id, [product], [vendor.id])
    return listing_objections(market, vendor, product, listed, own)

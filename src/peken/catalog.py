"""What is on sale: who may see it, and how vendors keep it; knows no order."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import reduce
from uuid import UUID

import msgspec
from tortoise.expressions import Q

from peken import hookspecs
from peken.actors import Actor, Role
from peken.errors import Objection, PekenError, Refused
from peken.hookspecs import Noun
from peken.ids import new_id
from peken.listing import Listed, listing_objections
from peken.market import Market
from peken.models import Category, Product, StockEntry, Variant, Vendor
from peken.models.catalog import MeasureUnit, ProductStatus
from peken.records import record
from peken.search import terms_of
from peken.stock import put_back

MOST_RUPIAH = 1_000_000_000_000
MOST_STOCK = 1_000_000_000
REGION_CODE = re.compile(r"[0-9]{2}(\.[0-9]{2}(\.[0-9]{2}(\.[0-9]{4})?)?)?")


class VariantInput(msgspec.Struct, frozen=True, kw_only=True):
    """A variant as its vendor writes it. `measure` is the net content of one unit, in `measure_unit`."""

    price: int
    name: str = ""
    unit: str = "pcs"
    measure: int = 0
    measure_unit: MeasureUnit | None = None
    stock: int = 0


class ProductInput(msgspec.Struct, frozen=True, kw_only=True):
    """A product as its vendor writes it."""

    name: str
    category: str
    variants: tuple[VariantInput, ...]
    description: str = ""
    own_production: bool = False
    origin: str | None = None


def shown(market: Market, noun: Noun) -> Q:
    """What the public lists show: verified vendors and their active products, as far as each city lets it."""
    public = (
        Q(verified_at__isnull=False)
        if noun == "vendor"
        else Q(status=ProductStatus.ACTIVE, vendor__verified_at__isnull=False)
    )
    for city in market.cities.values():
        clauses = _visible(market, city.code, city.today(market.now()), noun)
        if clauses:
            public &= ~Q(city_id=city.code) | reduce(Q.__and__, clauses)
    return public


def _visible(market: Market, city: str, day: date, noun: Noun) -> list[Q]:
    given = market.hooks.for_city(city).give(hookspecs.visible, city=city, day=day)
    return [visible.clause for _, listed in given for visible in listed if visible.noun == noun]


def vendor_scope(market: Market, actor: Actor) -> Q:
    """The vendors an actor may see: the public ones, and more for those who answer for them."""
    seen = shown(market, "vendor")
    if actor.has(Role.CITY_HALL, Role.AUDITOR):
        seen |= Q(city_id=actor.city)
    if actor.has(Role.LURAH) and actor.area:
        seen |= within("region", actor.area)
    if actor.has(Role.VENDOR) and actor.vendor:
        seen |= Q(id=actor.vendor)
    return seen


def product_scope(market: Market, actor: Actor) -> Q:
    """The products an actor may see: the public ones, and more for those who answer for them."""
    seen = shown(market, "product")
    if actor.has(Role.CITY_HALL, Role.AUDITOR):
        seen |= Q(city_id=actor.city)
    if actor.has(Role.LURAH) and actor.area:
        seen |= within("vendor__region", actor.area)
    if actor.has(Role.VENDOR) and actor.vendor:
        seen |= Q(vendor_id=actor.vendor)
    return seen


def within(column: str, region: str) -> Q:
    """Rows whose region is `region` or lies in it. Raises PekenError `bad_region`."""
    if not is_region_code(region):
        raise PekenError("bad_region", "A region is named by its Kemendagri code.")
    return Q(**{column: region}) | Q(**{f"{column}__startswith": f"{region}."})


def is_region_code(text: str) -> bool:
    """Whether this has the form of a Kemendagri code: no proof that there is such a region."""
    return REGION_CODE.fullmatch(text) is not None


def under(column: str, category: str) -> Q:
    """Rows whose category is `category` or stands under it."""
    return Q(**{column: category}) | Q(**{f"{column}__startswith": f"{category}."})


async def create_product(market: Market, actor: Actor, wanted: ProductInput) -> UUID:
    """Lists a product of the actor's own shop. Raises Refused with everything that is wrong with it."""
    vendor = await _own_vendor(actor)
    now, product = market.now(), new_id()
    objections = await _wrongs(wanted)
    if not objections:
        listed = Listed(wanted.name, wanted.description, wanted.category, wanted.own_production, wanted.origin)
        objections = listing_objections(market, vendor, product, listed)
    if objections:
        raise Refused(objections)
    async with market.database.unit_of_work():
        await Product.create(
            id=product,
            city_id=vendor.city_id,
            vendor_id=vendor.id,
            category_id=wanted.category,
            name=wanted.name.strip(),
            description=wanted.description.strip(),
            own_production=wanted.own_production,
            origin=wanted.origin,
            price=min(variant.price for variant in wanted.variants),
            in_stock=any(variant.stock for variant in wanted.variants),
            terms=terms_of(wanted.name, wanted.description),
            created_at=now,
            updated_at=now,
        )
        for position, variant in enumerate(wanted.variants):
            await _create_variant(product, position, variant, now)
        await record(market.database, actor, vendor.city_id, "product.created", [product], now)
    return product


async def update_product(market: Market, actor: Actor, product: UUID, changes: Mapping[str, object]) -> UUID:
    """Changes a product of one's own shop. Raises Refused with everything that is wrong with the changes."""
    row = await _own_product(actor, product)
    allowed = {"name", "description", "category_id", "origin", "own_production", "status"}
    if unknown := set(changes) - allowed:
        raise PekenError("bad_change", "{fields} cannot be changed.", fields=", ".join(sorted(unknown)))
    row.update_from_dict(dict(changes))
    row.name, row.description = row.name.strip(), row.description.strip()
    objections = _text_objections(row.name, row.description)
    objections += await _category_objections(row.category_id)
    objections += _origin_objections(row.origin)
    if objections:
        raise Refused(objections)
    listed = Listed(row.name, row.description, row.category_id, row.own_production, row.origin)
    if objections := listing_objections(market, row.vendor, row.id, listed):
        raise Refused(objections)
    row.terms = terms_of(row.name, row.description)
    row.updated_at = market.now()
    async with market.database.unit_of_work():
        # Price and stock are moved by others meanwhile: never written back from what was read.
        await row.save(update_fields=[*changes, "terms", "updated_at"])
        await record(market.database, actor, row.city_id, "product.updated", [row.id], row.updated_at, changes=changes)
    return product


async def update_variant(market: Market, actor: Actor, variant: UUID, changes: Mapping[str, object]) -> UUID:
    """Changes price, name, unit or activity of a variant of one's own shop; returns its product."""
    row, product = await _own_variant(actor, variant)
    allowed = {"price", "name", "unit", "active"}
    if unknown := set(changes) - allowed:
        raise PekenError("bad_change", "{fields} cannot be changed.", fields=", ".join(sorted(unknown)))
    row.update_from_dict(dict(changes))
    if objections := [*_price_objections(row.price, ("price",)), *_label_objections(row.name, row.unit, ())]:
        raise Refused(objections)
    now = market.now()
    async with market.database.unit_of_work():
        # With nothing to change Tortoise would write every column, the stock of a moment ago among them.
        if changes:
            await row.save(update_fields=list(changes))
        await _refresh_product(market, product.id, now)
        await record(market.database, actor, product.city_id, "variant.updated", [row.id], now, changes=changes)
    return product.id


async def restock(market: Market, actor: Actor, variant: UUID, delta: int, reason: str) -> UUID:
    """Adds to (or takes from) the stock of a variant of one's own shop; returns its product.

    Raises Refused `stock_below_zero`.
    """
    row, product = await _own_variant(actor, variant)
    if delta == 0 or abs(delta) > MOST_STOCK:
        raise Refused([Objection("bad_quantity", "A change of stock is a whole number, and not 0.", {}, ("delta",))])
    if len(reason) > 300:
        raise Refused([Objection("bad_reason", "A reason has at most 300 characters.", {}, ("reason",))])
    now = market.now()
    async with market.database.unit_of_work():
        if not await put_back(market.database, {row.id: delta}):
            raise Refused([Objection("stock_below_zero", "There are fewer in stock than that.", {}, ("delta",))])
        await StockEntry.create(id=new_id(), variant_id=row.id, delta=delta, cause="restocked", at=now)
        await record(
            market.database,
            actor,
            product.city_id,
            "variant.restocked",
            [row.id],
            now,
            reason=reason,
            changes={"delta": delta},
        )
    return product.id


async def _create_variant(product: UUID, position: int, wanted: VariantInput, at: datetime) -> None:
    variant = await Variant.create(id=new_id(), product_id=product, position=position, **msgspec.structs.asdict(wanted))
    if wanted.stock:
        await StockEntry.create(id=new_id(), variant_id=variant.id, delta=wanted.stock, cause="listed", at=at)


async def _refresh_product(market: Market, product: UUID, now: datetime) -> None:
    await market.database.execute(
        """UPDATE product SET updated_at = $2,
                  price = COALESCE((SELECT MIN(v.price) FROM variant v
                                     WHERE v.product_id = product.id AND v.active), price),
                  in_stock = EXISTS (SELECT 1 FROM variant v
                                      WHERE v.product_id = product.id AND v.active AND v.stock > 0)
            WHERE id = $1""",
        product,
        now,
    )


async def _own_vendor(actor: Actor) -> Vendor:
    row = await Vendor.get_or_none(id=actor.vendor) if actor.vendor else None
    if row is None:
        raise PekenError("forbidden", "Only a shop may do this.", status=403)
    return row


async def _own_product(actor: Actor, product: UUID) -> Product:
    row = None
    if actor.vendor:
        row = await Product.get_or_none(id=product, vendor_id=actor.vendor).select_related("vendor")
    if row is None:
        raise PekenError("unknown_product", "Your shop has no such product.", status=404)
    return row


async def _own_variant(actor: Actor, variant: UUID) -> tuple[Variant, Product]:
    row = await Variant.get_or_none(id=variant).select_related("product")
    if row is None or actor.vendor is None or row.product.vendor_id != actor.vendor:
        raise PekenError("unknown_product", "Your shop has no such product.", status=404)
    return row, row.product


async def _wrongs(wanted: ProductInput) -> list[Objection]:
    objections = _text_objections(wanted.name, wanted.description)
    objections += await _category_objections(wanted.category)
    objections += _origin_objections(wanted.origin)
    if not 1 <= len(wanted.variants) <= 50:
        objections.append(Objection("bad_variants", "A product has between 1 and 50 variants.", {}, ("variants",)))
    for number, variant in enumerate(wanted.variants):
        objections += _price_objections(variant.price, ("variants", number, "price"))
        objections += _label_objections(variant.name, variant.unit, ("variants", number))
        if not 0 <= variant.stock <= MOST_STOCK:
            path = ("variants", number, "stock")
            objections.append(Objection("bad_quantity", "Stock is a whole number, not below 0.", {}, path))
        if (variant.measure > 0) != (variant.measure_unit is not None) or variant.measure < 0:
            path = ("variants", number, "measure")
            objections.append(Objection("bad_measure", "Content needs both a number and a unit.", {}, path))
    return objections


def _text_objections(name: str, description: str) -> list[Objection]:
    objections = []
    if not 1 <= len(name.strip()) <= 160:
        objections.append(Objection("bad_name", "A name has between 1 and 160 characters.", {}, ("name",)))
    if len(description) > 4_000:
        message = "A description has at most 4,000 characters."
        objections.append(Objection("bad_description", message, {}, ("description",)))
    return objections


async def _category_objections(code: str) -> list[Objection]:
    is_leaf = await Category.exists(code=code) and not await Category.exists(parent_code=code)
    if is_leaf:
        return []
    return [Objection("unknown_category", "There is no such category for goods.", {}, ("category",))]


def _origin_objections(code: str | None) -> list[Objection]:
    if code is None or is_region_code(code):
        return []
    return [Objection("bad_origin", "A region is named by its Kemendagri code.", {}, ("origin",))]


def _label_objections(name: str, unit: str, path: tuple[str | int, ...]) -> list[Objection]:
    objections = []
    if len(name) > 80:
        objections.append(Objection("bad_name", "A variant's name has at most 80 characters.", {}, (*path, "name")))
    if not 1 <= len(unit.strip()) <= 20:
        objections.append(Objection("bad_unit", "A unit has between 1 and 20 characters.", {}, (*path, "unit")))
    return objections


def _price_objections(price: int, path: Sequence[str | int]) -> list[Objection]:
    if 1 <= price <= MOST_RUPIAH:
        return []
    return [Objection("bad_price", "A price is a whole number of Rupiah, at least 1.", {}, tuple(path))]

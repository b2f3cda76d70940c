"""A shop changes what it has listed; each change is read, checked and written under one lock."""

from collections.abc import Mapping, Set
from uuid import UUID

from peken.actors import Actor
from peken.catalog.checking import (
    MOST_STOCK,
    category_objections,
    label_objections,
    origin_objections,
    price_objections,
    text_objections,
)
from peken.database import uuid_of
from peken.errors import Objection, PekenError, Refused
from peken.ids import new_id
from peken.listing import Listed, listing_facts, listing_objections
from peken.market import Market
from peken.models import Product, StockEntry, Variant
from peken.models.catalog import ProductStatus
from peken.records import record
from peken.search import terms_of
from peken.stock import put_back, refresh

_OF_PRODUCT = frozenset({"name", "description", "category_id", "origin", "own_production", "status"})
_OF_VARIANT = frozenset({"price", "name", "unit", "active"})


async def update_product(market: Market, actor: Actor, product: UUID, changes: Mapping[str, object]) -> UUID:
    """Changes a product of one's own shop. Raises Refused with everything that is wrong with the changes."""
    wanted = _stripped(changes, _OF_PRODUCT)
    async with market.database.unit_of_work():
        row = await held_product(market, actor, product)
        row.update_from_dict(wanted)
        if objections := await _product_wrongs(row, wanted):
            raise Refused(objections)
        if row.status == ProductStatus.ACTIVE:
            await ask_the_rules(market, row)
        row.terms = terms_of(row.name, row.description)
        row.updated_at = market.now()
        # Price and stock are moved by others meanwhile: never written back from what was read.
        await row.save(update_fields=[*wanted, "terms", "updated_at"])
        await record(market.database, actor, row.city_id, "product.updated", [row.id], row.updated_at, changes=wanted)
    return product


async def update_variant(market: Market, actor: Actor, variant: UUID, changes: Mapping[str, object]) -> UUID:
    """Changes price, name, unit or activity of a variant of one's own shop; returns its product.

    Raises Refused with everything that is wrong with the changes.
    """
    wanted = _stripped(changes, _OF_VARIANT)
    async with market.database.unit_of_work():
        row, product = await _held_variant(market, actor, variant)
        row.update_from_dict(wanted)
        if objections := [*price_objections(row.price, ()), *label_objections(row.name, row.unit, ())]:
            raise Refused(objections)
        # With nothing to change Tortoise would write every column, the stock of a moment ago among them.
        if wanted:
            await row.save(update_fields=list(wanted))
        if row.active and product.status == ProductStatus.ACTIVE and not wanted.keys().isdisjoint({"name", "active"}):
            await ask_the_rules(market, product)
        now = market.now()
        await market.database.execute("UPDATE product SET updated_at = $2 WHERE id = $1", product.id, now)
        await refresh(market.database, [variant])
        await record(market.database, actor, product.city_id, "variant.updated", [row.id], now, changes=wanted)
    return product.id


async def restock(market: Market, actor: Actor, variant: UUID, delta: int, reason: str) -> UUID:
    """Adds to (or takes from) the stock of a variant of one's own shop; returns its product.

    Raises Refused `stock_below_zero`.
    """
    product = await _own_product_of(actor, variant)
    if delta == 0 or abs(delta) > MOST_STOCK:
        raise Refused([Objection("bad_quantity", "A change of stock is a whole number, and not 0.", {}, ("delta",))])
    if len(reason) > 300:
        raise Refused([Objection("bad_reason", "A reason has at most 300 characters.", {}, ("reason",))])
    now, moved = market.now(), {"delta": delta}
    async with market.database.unit_of_work():
        if not await put_back(market.database, {variant: delta}):
            raise Refused([Objection("stock_below_zero", "There are fewer in stock than that.", {}, ("delta",))])
        await StockEntry.create(id=new_id(), variant_id=variant, delta=delta, cause="restocked", at=now)
        await record(
            market.database, actor, product.city_id, "variant.restocked", [variant], now, reason=reason, changes=moved
        )
    return product.id


def _stripped(changes: Mapping[str, object], allowed: Set[str]) -> dict[str, object]:
    if unknown := set(changes) - allowed:
        raise PekenError("bad_change", "{fields} cannot be changed.", fields=", ".join(sorted(unknown)))
    texts = {"name", "description", "unit"}
    return {field: str(value).strip() if field in texts else value for field, value in changes.items()}


async def _product_wrongs(row: Product, wanted: Mapping[str, object]) -> list[Objection]:
    """What is wrong with what changes; what was listed under older rules may stay as it is."""
    objections = text_objections(row.name, row.description)
    if "category_id" in wanted:
        objections += await category_objections(row.category_id)
    if "origin" in wanted:
        objections += origin_objections(row.origin)
    return objections


async def ask_the_rules(market: Market, product: Product) -> None:
    """Raises Refused with every reason of the city's rules against what would be on sale."""
    names = await Variant.filter(product_id=product.id, active=True).values_list("name", flat=True)
    listed = Listed.of(product, map(str, names))
    own = await listing_facts(market, product.city_id, [product.id], [product.vendor.id])
    if objections := listing_objections(market, product.vendor, product.id, listed, own):
        raise Refused(objections)


async def held_product(market: Market, actor: Actor, product: UUID) -> Product:
    """A product of the actor's own shop with its vendor, locked first and read then.

    Raises PekenError `unknown_product`.
    """
    database = market.database
    held = await database.fetch(
        f"SELECT id FROM product WHERE id = $1 AND vendor_id = $2{database.for_update}", product, actor.vendor
    )
    if not held:
        raise _unknown()
    return await Product.get(id=product).select_related("vendor")


async def _held_variant(market: Market, actor: Actor, variant: UUID) -> tuple[Variant, Product]:
    """A variant of the actor's own shop and its product: locked in the order of `stock.refresh`, then read."""
    database = market.database
    held = await database.fetch(
        f"""SELECT product_id FROM variant
             WHERE id = $1 AND product_id IN (SELECT id FROM product WHERE vendor_id = $2){database.for_update}""",
        variant,
        actor.vendor,
    )
    if not held:
        raise _unknown()
    product = await held_product(market, actor, uuid_of(held[0]["product_id"]))
    return await Variant.get(id=variant), product


async def _own_product_of(actor: Actor, variant: UUID) -> Product:
    row = await Variant.get_or_none(id=variant).select_related("product")
    if row is None or actor.vendor is None or row.product.vendor_id != actor.vendor:
        raise _unknown()
    return row.product


def _unknown() -> PekenError:
    return PekenError("unknown_product", "Your shop has no such product.", status=404)

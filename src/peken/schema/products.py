"""Products and their variants in the graph."""

from collections.abc import Iterator
from datetime import datetime
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import strawberry
from tortoise.expressions import Q

from peken import catalog, models
from peken.ids import key_of
from peken.models.catalog import MeasureUnit, ProductStatus
from peken.models.vendors import VendorKind
from peken.money import Rupiah
from peken.plans import Listing, Rows, Sort, column, listed, loaded, private
from peken.plans.paging import Connection, Instant, Number
from peken.schema import seeing
from peken.schema.context import Context
from peken.schema.enums import described
from peken.schema.nodes import Node, id_of
from peken.schema.places import Category, Region, load_categories, load_regions
from peken.schema.scalars import Long
from peken.schema.vendors import Vendor, load_vendors
from peken.search import matching

described(GRAM="Grams; a kilogram is 1,000.", MILLILITRE="Millilitres; a litre is 1,000.", PIECE="Pieces.")(MeasureUnit)
described(ACTIVE="On sale.", ARCHIVED="Taken off sale; its orders still lead to it.")(ProductStatus)


@strawberry.type
class Variant(Node):
    """What is put into a basket: one size or colour of a product."""

    name: str = strawberry.field(description="What tells it from its siblings; empty if it has none.")
    unit: str = strawberry.field(description="Unit it is sold in: pcs, pack, bag, kg ...")
    measure: Long | None = column(
        "measure",
        "measure_unit",
        made=lambda measure, unit: measure if unit else None,
        description="Net content of one unit, in `measureUnit`.",
    )
    measure_unit: MeasureUnit | None = strawberry.field(description="Base unit of the content.")
    price: Rupiah = strawberry.field(description="Price of one unit, taxes included.")
    stock: Long = strawberry.field(description="Units on the shelf at this moment.")
    active: bool = strawberry.field(description="Whether it is on sale.")


VARIANTS = Rows(Variant, models.Variant)
load_variants = VARIANTS.each_by("product_id", "product_id", "position")
"""The variants of products, by product."""


@strawberry.type
class Product(Node):
    """Something that a vendor sells."""

    name: str = strawberry.field(description="Name of the product.")
    description: str = strawberry.field(description="What the vendor says of it.")
    own_production: bool = strawberry.field(description="Whether the vendor makes it.")
    status: ProductStatus = strawberry.field(description="Whether buyers can see it.")
    price: Rupiah = strawberry.field(description="Lowest price of its variants on sale.")
    in_stock: bool = strawberry.field(description="Whether any variant is on the shelf.")
    city_code: str = column("city_id", description="Code of the city it is sold in.")
    created_at: datetime = strawberry.field(description="When it was listed.")
    updated_at: datetime = strawberry.field(description="When its listing or a price last changed.")
    vendor_key: strawberry.Private[UUID] = private("vendor_id")
    category_code: strawberry.Private[str] = private("category_id")
    origin_code: strawberry.Private[str | None] = private("origin")

    vendor: Vendor | None = loaded(lambda: load_vendors, "vendor_key", description="Who sells it.")
    category: Category | None = loaded(
        lambda: load_categories, "category_code", description="What kind of goods it is."
    )
    origin: Region | None = loaded(
        lambda: load_regions, "origin_code", description="Where it is made, if the vendor says so."
    )
    variants: list[Variant] = loaded(lambda: load_variants, "key", description="Its variants, in the vendor's order.")


PRODUCTS = Rows(Product, models.Product)
load_products = PRODUCTS.by(scope=seeing.scope("product", listed=False))
"""Products by key, those that the actor may see, also of shops that are not listed for now."""


async def find_product(context: Context, key: UUID) -> Product | None:
    """The product of a key, if the actor may see it."""
    return await context.load(load_products, key)


async def find_variant(context: Context, key: UUID) -> Variant | None:
    """The variant of a key, if the actor may see its product."""
    rows = await VARIANTS.find(models.Variant.filter(id=key), "product_id")
    if not rows or await find_product(context, rows[0]["product_id"]) is None:
        return None
    return VARIANTS.make(rows[0])


@strawberry.input
class ProductFilter:
    """Which products are wanted; what is left out does not narrow the list."""

    city: str | None = strawberry.field(default=None, description="Code of the city it is sold in.")
    region: str | None = strawberry.field(
        default=None, description="Code of the kecamatan or kelurahan that the vendor stands in."
    )
    vendor: strawberry.ID | None = strawberry.field(default=None, description="Who sells it.")
    vendor_kind: VendorKind | None = strawberry.field(default=None, description="How the vendor trades.")
    sector: str | None = strawberry.field(default=None, description="Sector code of the vendor.")
    category: str | None = strawberry.field(
        default=None, description="Code of a category; those under it are included."
    )
    price_from: Rupiah | None = strawberry.field(default=None, description="Lowest price wanted.")
    price_to: Rupiah | None = strawberry.field(default=None, description="Highest price wanted.")
    in_stock: bool | None = strawberry.field(default=None, description="On the shelf, or sold out.")
    search: str | None = strawberry.field(
        default=None, description="Indonesian words of name or description, whole or begun, in any form."
    )


@described(
    NAME="By name, from A to Z.",
    CHEAPEST="By price, the lowest first.",
    DEAREST="By price, the highest first.",
    NEWEST="What was listed last comes first.",
)
class ProductSort(Enum):
    """In which order products come."""

    NAME = Sort("products.name", "name")
    CHEAPEST = Sort("products.cheapest", "price", Number)
    DEAREST = Sort("products.dearest", "price", Number, descending=True)
    NEWEST = Sort("products.newest", "created_at", Instant, descending=True)


def listing(context: Context, wanted: ProductFilter | None, sort: ProductSort | None) -> Listing:
    """The products that the actor may see and a filter lets through."""
    scope = catalog.scope(context.market, context.actor, "product")
    clauses = _clauses(wanted or ProductFilter(), context.market.database.dialect)
    return Listing(PRODUCTS, models.Product.filter(scope, *clauses), (sort or ProductSort.NAME).value)


@strawberry.type
class ProductQuery:
    """What is on sale."""

    @listed(Connection[Product], viewpoint=seeing.viewpoint)
    @staticmethod
    def products(
        context: Context,
        filter: Annotated[
            ProductFilter | None, strawberry.argument(description="Which are wanted; all unless told.")
        ] = None,
        sort: Annotated[ProductSort | None, strawberry.argument(description="By name unless told.")] = None,
    ) -> Listing:
        """Products of verified vendors; a vendor also sees its own, city hall and lurah those of their area."""
        return listing(context, filter, sort)

    product: Product | None = loaded(
        lambda: load_products,
        by=id_of("Product"),
        description="One product; null if there is none, or none for the one who asks.",
    )


def _clauses(wanted: ProductFilter, dialect: str) -> Iterator[Q]:
    plain: dict[str, Any] = {
        "city_id": wanted.city,
        "vendor_id": key_of(wanted.vendor, "Vendor") if wanted.vendor is not None else None,
        "vendor__kind": wanted.vendor_kind,
        "vendor__sector": wanted.sector,
        "price__gte": wanted.price_from,
        "price__lte": wanted.price_to,
        "in_stock": wanted.in_stock,
    }
    yield Q(**{column: value for column, value in plain.items() if value is not None})
    if wanted.region is not None:
        yield catalog.within("vendor__region", wanted.region)
    if wanted.category is not None:
        yield catalog.under("category_id", wanted.category)
    if wanted.search is not None:
        yield matching("product", wanted.search, dialect)

"""Products and their variants in the graph."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import strawberry
from tortoise.expressions import Q
from tortoise.functions import Count
from tortoise.queryset import QuerySet

from peken import catalog, models
from peken.errors import PekenError
from peken.ids import key_of
from peken.models.catalog import MeasureUnit, ProductStatus
from peken.models.vendors import VendorKind
from peken.money import Rupiah
from peken.schema.context import Context, Info
from peken.schema.enums import described
from peken.schema.nodes import Id, Node
from peken.schema.paging import (
    After,
    Before,
    Connection,
    First,
    Instant,
    Last,
    Number,
    Row,
    Sort,
    Window,
    connect,
    connect_each,
)
from peken.schema.places import Category, Region, load_categories, load_regions
from peken.schema.scalars import Long
from peken.schema.vendors import Vendor, load_vendors
from peken.search import matching

described(GRAM="Grams; a kilogram is 1,000.", MILLILITRE="Millilitres; a litre is 1,000.", PIECE="Pieces.")(MeasureUnit)
described(ACTIVE="On sale.", ARCHIVED="Taken off sale; its orders still lead to it.")(ProductStatus)

COLUMNS = (
    "id",
    "city_id",
    "vendor_id",
    "category_id",
    "name",
    "description",
    "own_production",
    "origin",
    "status",
    "price",
    "in_stock",
    "created_at",
    "updated_at",
)
VARIANT_COLUMNS = ("id", "product_id", "name", "unit", "measure", "measure_unit", "price", "stock", "active")


@strawberry.type
class Variant(Node):
    """What is put into a basket: one size or colour of a product."""

    name: str = strawberry.field(description="What tells it from its siblings; empty if it has none.")
    unit: str = strawberry.field(description="Unit it is sold in: pcs, pack, bag, kg ...")
    measure: Long | None = strawberry.field(description="Net content of one unit, in `measureUnit`.")
    measure_unit: MeasureUnit | None = strawberry.field(description="Base unit of the content.")
    price: Rupiah = strawberry.field(description="Price of one unit, taxes included.")
    stock: Long = strawberry.field(description="Units on the shelf at this moment.")
    active: bool = strawberry.field(description="Whether it is on sale.")


@strawberry.type
class Product(Node):
    """Something that a vendor sells."""

    name: str = strawberry.field(description="Name of the product.")
    description: str = strawberry.field(description="What the vendor says of it.")
    own_production: bool = strawberry.field(description="Whether the vendor makes it.")
    status: ProductStatus = strawberry.field(description="Whether buyers can see it.")
    price: Rupiah = strawberry.field(description="Lowest price of its variants on sale.")
    in_stock: bool = strawberry.field(description="Whether any variant is on the shelf.")
    city_code: str = strawberry.field(description="Code of the city it is sold in.")
    created_at: datetime = strawberry.field(description="When it was listed.")
    updated_at: datetime = strawberry.field(description="When its listing or a price last changed.")
    vendor_key: strawberry.Private[UUID]
    category_code: strawberry.Private[str]
    origin_code: strawberry.Private[str | None]

    @strawberry.field
    async def vendor(self, info: Info) -> Vendor | None:
        """Who sells it."""
        return await info.context.load(load_vendors, self.vendor_key)

    @strawberry.field
    async def category(self, info: Info) -> Category | None:
        """What kind of goods it is."""
        return await info.context.load(load_categories, self.category_code)

    @strawberry.field
    async def origin(self, info: Info) -> Region | None:
        """Where it is made, if the vendor says so."""
        return await info.context.load(load_regions, self.origin_code) if self.origin_code else None

    @strawberry.field
    async def variants(self, info: Info) -> list[Variant]:
        """Its variants, in the vendor's order."""
        return await info.context.load(load_variants, self.key)


def product_of(row: Row) -> Product:
    """A product from its row."""
    return Product(
        key=row["id"],
        name=row["name"],
        description=row["description"],
        own_production=row["own_production"],
        status=ProductStatus(row["status"]),
        price=row["price"],
        in_stock=row["in_stock"],
        city_code=row["city_id"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        vendor_key=row["vendor_id"],
        category_code=row["category_id"],
        origin_code=row["origin"],
    )


def _variant_of(row: Row) -> Variant:
    return Variant(
        key=row["id"],
        name=row["name"],
        unit=row["unit"],
        measure=Long(row["measure"]) if row["measure_unit"] else None,
        measure_unit=MeasureUnit(row["measure_unit"]) if row["measure_unit"] else None,
        price=row["price"],
        stock=row["stock"],
        active=row["active"],
    )


async def load_variants(context: Context, products: Sequence[UUID]) -> list[list[Variant]]:
    """The variants of products, by product."""
    rows = (
        await models.Variant.filter(product_id__in=list(products))
        .order_by("product_id", "position")
        .values(*VARIANT_COLUMNS)
    )
    found: dict[UUID, list[Variant]] = {product: [] for product in products}
    for row in rows:
        found[row["product_id"]].append(_variant_of(row))
    return [found[product] for product in products]


async def load_products(context: Context, keys: Sequence[UUID]) -> list[Product | None]:
    """Products by key, those that the actor may see, also of shops that are not listed for now."""
    scope = catalog.scope(context.market, context.actor, "product", listed=False)
    rows = await models.Product.filter(scope, id__in=list(keys)).values(*COLUMNS)
    found = {row["id"]: product_of(row) for row in rows}
    return [found.get(key) for key in keys]


async def find_product(info: Info, key: UUID) -> Product | None:
    """The product of a key, if the actor may see it."""
    return await info.context.load(load_products, key)


async def find_variant(info: Info, key: UUID) -> Variant | None:
    """The variant of a key, if the actor may see its product."""
    rows = await models.Variant.filter(id=key).values(*VARIANT_COLUMNS)
    if not rows or await find_product(info, rows[0]["product_id"]) is None:
        return None
    return _variant_of(rows[0])


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


@dataclass(frozen=True, slots=True)
class Shelves:
    """What is asked of a vendor's products: which, in which order, and which part of them."""

    vendor: UUID
    wanted: Hashable
    sort: ProductSort
    window: Window

    @classmethod
    def of(cls, vendor: UUID, wanted: ProductFilter | None, sort: ProductSort | None, window: Window) -> "Shelves":
        """The question as a key, which a filter itself is not."""
        return cls(vendor, _values(wanted), sort or ProductSort.NAME, window)


async def load_shelves(context: Context, asked: Sequence[Shelves]) -> list[Connection[Product] | PekenError]:
    """A page of each vendor's products; vendors that are asked the same share their queries."""
    alike: dict[Hashable, list[Shelves]] = {}
    for shelves in asked:
        alike.setdefault((shelves.wanted, shelves.sort, shelves.window), []).append(shelves)
    pages: dict[Shelves, Connection[Product] | PekenError] = {}
    for group in alike.values():
        try:
            pages |= await _pages(context, group)
        except PekenError as error:
            # What is wrong with one question is no answer to the others.
            pages |= dict.fromkeys(group, error)
    return [pages[shelves] for shelves in asked]


async def _pages(context: Context, group: Sequence[Shelves]) -> dict[Shelves, Connection[Product]]:
    first, vendors = group[0], [shelves.vendor for shelves in group]

    async def count(vendor: UUID) -> int:
        return await context.load(load_sizes, (vendor, first.wanted))

    rows = _listed(context, first.wanted)
    column, window = first.sort.value, first.window
    pages = await connect_each(context, rows, "vendor_id", vendors, COLUMNS, column, window, product_of, count)
    return dict(zip(group, pages, strict=True))


async def load_sizes(context: Context, asked: Sequence[tuple[UUID, Hashable]]) -> list[int]:
    """How many products of a vendor pass a filter; one query for each filter."""
    sizes: dict[tuple[UUID, Hashable], int] = {}
    for wanted in dict.fromkeys(wanted for _, wanted in asked):
        vendors = [vendor for vendor, each in asked if each == wanted]
        counted = _listed(context, wanted).filter(vendor_id__in=vendors).annotate(size=Count("id"))
        for row in await counted.group_by("vendor_id").values("vendor_id", "size"):
            sizes[row["vendor_id"], wanted] = row["size"]
    return [sizes.get(each, 0) for each in asked]


def _values(wanted: ProductFilter | None) -> Hashable:
    return tuple(asdict(wanted or ProductFilter()).items())


def _listed(context: Context, wanted: Any) -> QuerySet[models.Product]:
    """The products that the actor may see and a filter, given by its values, lets through."""
    scope = catalog.scope(context.market, context.actor, "product")
    return models.Product.filter(scope, *_clauses(ProductFilter(**dict(wanted)), context.market.database.dialect))


@strawberry.type
class ProductQuery:
    """What is on sale."""

    @strawberry.field
    async def products(
        self,
        info: Info,
        filter: Annotated[
            ProductFilter | None, strawberry.argument(description="Which are wanted; all unless told.")
        ] = None,
        sort: Annotated[ProductSort | None, strawberry.argument(description="By name unless told.")] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Product]:
        """Products of verified vendors; a vendor also sees its own, city hall and lurah those of their area."""
        rows = _listed(info.context, _values(filter))
        window = Window(first, after, last, before)
        return await connect(info, rows, COLUMNS, (sort or ProductSort.NAME).value, window, product_of)

    @strawberry.field
    async def product(self, info: Info, id: Id) -> Product | None:
        """One product; null if there is none, or none for the one who asks."""
        return await find_product(info, key_of(id, "Product"))


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

"""What vendors do with their products, and lurah and city hall with vendors. Shapes only."""

from collections.abc import Awaitable
from typing import Annotated, TypeVar
from uuid import UUID

import strawberry

from peken import catalog, vendors
from peken.errors import Refused as RefusedError
from peken.ids import key_of
from peken.models.catalog import MeasureUnit, ProductStatus
from peken.money import Rupiah
from peken.plans import performed
from peken.schema.buying import Refused, refusal_of
from peken.schema.context import Info
from peken.schema.nodes import Id
from peken.schema.products import Product, find_product
from peken.schema.scalars import Long
from peken.schema.vendors import Vendor, find_vendor

T = TypeVar("T")
NEW = strawberry.argument(description="What is to be listed.")
CHANGE = strawberry.argument(description="What is to change.")


@strawberry.input
class VariantInput:
    """A variant of a new product."""

    price: Rupiah = strawberry.field(description="Price of one unit, taxes included.")
    name: str = strawberry.field(default="", description="What tells it from its siblings.")
    unit: str = strawberry.field(default="pcs", description="Unit it is sold in.")
    measure: Long | None = strawberry.field(default=None, description="Net content of one unit, in `measureUnit`.")
    measure_unit: MeasureUnit | None = strawberry.field(default=None, description="Base unit of the content.")
    stock: Long = strawberry.field(default=Long(0), description="Units on the shelf.")


@strawberry.input
class CreateProductInput:
    """A new product of one's own shop."""

    name: str = strawberry.field(description="Name, from 1 to 160 characters.")
    category: str = strawberry.field(description="Code of a category that has none under it.")
    variants: list[VariantInput] = strawberry.field(description="Its variants, from 1 to 50, in this order.")
    description: str = strawberry.field(default="", description="At most 4,000 characters.")
    own_production: bool = strawberry.field(default=False, description="Whether the shop makes it.")
    origin: str | None = strawberry.field(default=None, description="Code of the region it is made in.")


@strawberry.input
class UpdateProductInput:
    """What is to change of a product; what is left out, or null, stays. Only an origin can be taken away."""

    id: strawberry.ID = strawberry.field(description="Which product.")
    name: str | None = strawberry.field(default=strawberry.UNSET, description="Name, from 1 to 160 characters.")
    category: str | None = strawberry.field(default=strawberry.UNSET, description="Code of a category for goods.")
    description: str | None = strawberry.field(default=strawberry.UNSET, description="At most 4,000 characters.")
    own_production: bool | None = strawberry.field(default=strawberry.UNSET, description="Whether the shop makes it.")
    origin: str | None = strawberry.field(default=strawberry.UNSET, description="Region it is made in; null for none.")
    status: ProductStatus | None = strawberry.field(default=strawberry.UNSET, description="Whether buyers see it.")


@strawberry.input
class UpdateVariantInput:
    """What is to change of a variant; what is left out, or null, stays. Orders placed keep their price."""

    id: strawberry.ID = strawberry.field(description="Which variant.")
    price: Rupiah | None = strawberry.field(default=strawberry.UNSET, description="Price of one unit.")
    name: str | None = strawberry.field(default=strawberry.UNSET, description="What tells it from its siblings.")
    unit: str | None = strawberry.field(default=strawberry.UNSET, description="Unit it is sold in.")
    active: bool | None = strawberry.field(default=strawberry.UNSET, description="Whether it is on sale.")


CreateProductResult = Annotated[
    Product | Refused, strawberry.union("CreateProductResult", description="The new product, or why there is none.")
]
UpdateProductResult = Annotated[
    Product | Refused, strawberry.union("UpdateProductResult", description="The changed product, or why it is not.")
]
UpdateVariantResult = Annotated[
    Product | Refused,
    strawberry.union("UpdateVariantResult", description="The product of the changed variant, or why it is not."),
]
RestockVariantResult = Annotated[
    Product | Refused,
    strawberry.union("RestockVariantResult", description="The product of the variant, or why it is not changed."),
]


@strawberry.type
class SellingMutation:
    """Selling."""

    @performed
    async def create_product(self, info: Info, input: Annotated[CreateProductInput, NEW]) -> CreateProductResult:
        """Lists a product of one's own shop."""
        wanted = catalog.ProductInput(
            name=input.name,
            category=input.category,
            description=input.description,
            own_production=input.own_production,
            origin=input.origin,
            variants=tuple(
                catalog.VariantInput(
                    price=variant.price,
                    name=variant.name,
                    unit=variant.unit,
                    measure=variant.measure or 0,
                    measure_unit=variant.measure_unit,
                    stock=variant.stock,
                )
                for variant in input.variants
            ),
        )
        return await _product(info, catalog.create_product(info.context.market, info.context.actor, wanted))

    @performed
    async def update_product(self, info: Info, input: Annotated[UpdateProductInput, CHANGE]) -> UpdateProductResult:
        """Changes a product of one's own shop, or takes it off sale by its status."""
        changes: dict[str, object] = {
            "name": input.name,
            "category_id": input.category,
            "description": input.description,
            "own_production": input.own_production,
            "origin": input.origin,
            "status": input.status,
        }
        key = key_of(input.id, "Product")
        done = catalog.update_product(info.context.market, info.context.actor, key, _given(changes))
        return await _product(info, done)

    @performed
    async def update_variant(self, info: Info, input: Annotated[UpdateVariantInput, CHANGE]) -> UpdateVariantResult:
        """Changes the price, name, unit or activity of a variant of one's own shop."""
        changes: dict[str, object] = {
            "price": input.price,
            "name": input.name,
            "unit": input.unit,
            "active": input.active,
        }
        key = key_of(input.id, "Variant")
        done = catalog.update_variant(info.context.market, info.context.actor, key, _given(changes))
        return await _product(info, done)

    @performed
    async def restock_variant(
        self,
        info: Info,
        id: Id,
        delta: Annotated[Long, strawberry.argument(description="How many more; fewer with a minus.")],
        reason: Annotated[str, strawberry.argument(description="Why, at most 300 characters.")] = "",
    ) -> RestockVariantResult:
        """Adds units to the shelf, or takes some from it with a negative number."""
        key = key_of(id, "Variant")
        return await _product(info, catalog.restock(info.context.market, info.context.actor, key, delta, reason))

    @performed
    async def verify_vendor(
        self,
        info: Info,
        id: Id,
        verified: Annotated[bool, strawberry.argument(description="Whether it is what it says.")],
        reason: Annotated[str, strawberry.argument(description="What was seen, from 1 to 300 characters.")],
    ) -> Vendor:
        """Says that a shop was looked at and is what it says, or no longer; the public sees verified ones."""
        key = key_of(id, "Vendor")
        context = info.context
        await vendors.verify(context.market, context.actor, key, verified=verified, reason=reason)
        context.forget()
        vendor = await find_vendor(info.context, key)
        assert vendor is not None  # who may verify a shop may see it
        return vendor


def _given(changes: dict[str, object]) -> dict[str, object]:
    wanted = {name: value for name, value in changes.items() if value is not strawberry.UNSET}
    return {name: value for name, value in wanted.items() if value is not None or name == "origin"}


async def _product(info: Info, done: Awaitable[UUID]) -> Product | Refused:
    try:
        key = await done
    except RefusedError as refused:
        return refusal_of(refused)
    info.context.forget()
    product = await find_product(info.context, key)
    assert product is not None  # it is of the actor's own shop
    return product

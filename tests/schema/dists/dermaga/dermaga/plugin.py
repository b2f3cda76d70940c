"""A pier: a field on a type and one on a root, a table, a setting, and what it does when it is told of an order."""

from collections.abc import Mapping, Sequence

import strawberry
from pydantic import BaseModel

from peken.hookspecs import PlacedOrder, Tables, TypeExtension, hookimpl
from peken.schema.products import Product

from .models import Arrival


class Settings(BaseModel):
    """What the market decides."""

    fee: int = 1


@strawberry.type
class ProductFields:
    @strawberry.field(metadata={"alike": True})  # type: ignore[untyped-decorator]
    @staticmethod
    def tide(root: strawberry.Parent[Product]) -> int:
        """The tide at which this product is landed."""
        return len(root.name)

    @strawberry.field
    @staticmethod
    def berth(root: strawberry.Parent[Product]) -> int:
        """Where it is landed: of this field nobody has said that it is answered alike to everybody."""
        return len(root.name)


@strawberry.type
class QueryFields:
    @strawberry.field
    @staticmethod
    async def arrivals() -> list[int]:
        """The fees of all orders that the pier was told of."""
        return [arrival.fee for arrival in await Arrival.all()]


@hookimpl
def settings_model() -> type[BaseModel]:
    return Settings


@hookimpl
def tables() -> Tables:
    return Tables(models=("dermaga.models",), migrations="dermaga.migrations")


@hookimpl
def type_extensions() -> Sequence[TypeExtension]:
    return [TypeExtension("Product", ProductFields), TypeExtension("Query", QueryFields)]


@hookimpl
def permissions() -> Mapping[str, frozenset[str]]:
    return {"Query.arrivals": frozenset({"auditor"})}


@hookimpl
async def order_placed(order: PlacedOrder, settings: Settings) -> None:
    await Arrival.create(id=order.id, fee=settings.fee)

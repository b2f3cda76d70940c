"""A plugin with no fault: a bit of every family of hooks."""

import logging
from collections.abc import Mapping, Sequence
from typing import Annotated

import strawberry
from pydantic import BaseModel, Field
from tests.host.shop import Product

from peken.hookspecs import Objection, PlacedOrder, Tables, TypeExtension, hookimpl

journal = logging.getLogger("journal")


class Settings(BaseModel):
    depth: Annotated[int, Field(ge=1)] = 9


@strawberry.type
class Tide:
    """How high the water stands."""

    metres: int


@strawberry.type
class ProductFields:
    @strawberry.field
    @staticmethod
    def tide(root: strawberry.Parent[Product]) -> Tide:
        """The tide at which this product is landed."""
        return Tide(metres=len(root.name))


@strawberry.type
class QueryFields:
    @strawberry.field
    @staticmethod
    async def harbours() -> list[str]:
        """Names of harbours."""
        return ["Kenjeran"]


@hookimpl
def settings_model() -> type[BaseModel]:
    return Settings


@hookimpl
def tables() -> Tables:
    return Tables(models=("harbour.models",), migrations="harbour.migrations")


@hookimpl
def type_extensions() -> Sequence[TypeExtension]:
    return [TypeExtension("Product", ProductFields), TypeExtension("Query", QueryFields)]


@hookimpl
def permissions() -> Mapping[str, frozenset[str]]:
    return {"Query.harbours": frozenset({"auditor"}), "Tide.metres": frozenset({"buyer"})}


@hookimpl
async def judge_order(settings: Settings) -> Sequence[Objection]:
    depth = settings.depth
    return [Objection(code="too_deep", message="Too deep.", cites="harbour rule", inputs={"depth": depth})]


@hookimpl
async def order_placed(order: PlacedOrder, settings: Settings) -> None:
    journal.info("harbour %s %s", order.city, settings.depth)

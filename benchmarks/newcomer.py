"""R1: the list of products as a newcomer writes it with Strawberry and Tortoise: models, async resolvers, a loader."""

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import Enum
from typing import Any
from uuid import UUID

import strawberry
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader
from strawberry.types import Info
from tortoise import fields
from tortoise.context import TortoiseContext, _current_context
from tortoise.models import Model


class Shop(Model):
    id = fields.UUIDField(primary_key=True)
    name = fields.CharField(max_length=120)
    kind = fields.CharField(max_length=10)
    verified_at = fields.DatetimeField(null=True)

    class Meta:
        table = "vendor"


class Good(Model):
    id = fields.UUIDField(primary_key=True)
    city_id = fields.CharField(max_length=13)
    status = fields.CharField(max_length=10)
    name = fields.CharField(max_length=160)
    description = fields.TextField()
    price = fields.BigIntField()
    in_stock = fields.BooleanField()
    created_at = fields.DatetimeField()
    vendor: fields.ForeignKeyRelation[Shop] = fields.ForeignKeyField("models.Shop", related_name=False)
    vendor_id: UUID

    class Meta:
        table = "product"


def global_id(kind: str, key: UUID) -> strawberry.ID:
    return strawberry.ID(base64.urlsafe_b64encode(f"{kind}:{key}".encode()).decode().rstrip("="))


@strawberry.enum
class VendorKind(Enum):
    KELONTONG = "kelontong"
    UMKM = "umkm"


@strawberry.type
class Vendor:
    row: strawberry.Private[Shop]

    @strawberry.field
    async def id(self) -> strawberry.ID:
        return global_id("Vendor", self.row.id)

    @strawberry.field
    async def name(self) -> str:
        return self.row.name

    @strawberry.field
    async def kind(self) -> VendorKind:
        return VendorKind(self.row.kind)


@strawberry.type
class Product:
    row: strawberry.Private[Good]

    @strawberry.field
    async def id(self) -> strawberry.ID:
        return global_id("Product", self.row.id)

    @strawberry.field
    async def name(self) -> str:
        return self.row.name

    @strawberry.field
    async def price(self) -> int:
        return int(self.row.price)

    @strawberry.field
    async def in_stock(self) -> bool:
        return self.row.in_stock

    @strawberry.field
    async def vendor(self, info: Info[Any, None]) -> Vendor:
        found: Vendor = await info.context["vendors"].load(self.row.vendor_id)
        return found


@strawberry.type
class PageInfo:
    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class ProductConnection:
    nodes: list[Product]
    page_info: PageInfo


@strawberry.input
class ProductFilter:
    city: str


@strawberry.type
class Query:
    @strawberry.field
    async def products(self, first: int, filter: ProductFilter) -> ProductConnection:
        wanted = Good.filter(city_id=filter.city, status="active", vendor__verified_at__isnull=False)
        rows = await wanted.order_by("name", "id").limit(first + 1)
        page = rows[:first]
        mark = json.dumps(["products.name", page[-1].name, str(page[-1].id)], separators=(",", ":"), ensure_ascii=False)
        cursor = base64.urlsafe_b64encode(mark.encode()).decode().rstrip("=")
        return ProductConnection(
            nodes=[Product(row=row) for row in page],
            page_info=PageInfo(has_next_page=len(rows) > first, end_cursor=cursor),
        )


async def load_vendors(keys: list[UUID]) -> list[Vendor]:
    found = {shop.id: Vendor(row=shop) for shop in await Shop.filter(id__in=keys)}
    return [found[key] for key in keys]


class Endpoint(GraphQL[dict[str, Any], None]):
    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> dict[str, Any]:
        return {"vendors": DataLoader(load_fn=load_vendors)}


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[ASGIApp]:
    """The application over an existing database. One engine in a process: the models keep what they were built for."""
    endpoint = Endpoint(strawberry.Schema(query=Query))
    context = TortoiseContext()
    outer = _current_context.get()
    await context.init(db_url=url, modules={"models": [__name__]})

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        token = _current_context.set(context)
        try:
            await endpoint(scope, receive, send)
        finally:
            _current_context.reset(token)

    try:
        yield app
    finally:
        await context.close_connections()
        _current_context.set(outer)

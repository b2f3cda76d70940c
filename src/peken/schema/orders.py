"""Purchases, orders and refused attempts in the graph."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Annotated
from uuid import UUID

import strawberry
from tortoise.expressions import Q

from peken import models, orders
from peken.errors import Objection as PlainObjection
from peken.ids import key_of
from peken.models.orders import OrderStatus
from peken.money import Rupiah
from peken.schema.buyers import Buyer, load_buyers
from peken.schema.context import Context, Info
from peken.schema.enums import described
from peken.schema.nodes import Id, Node
from peken.schema.paging import After, Before, Connection, First, Instant, Last, Row, Sort, Window, connect
from peken.schema.places import Region, load_regions
from peken.schema.products import Product, load_products
from peken.schema.rulings import Decision, Objection, load_decisions, objection_of
from peken.schema.scalars import Long
from peken.schema.similar import SimilarVendors, load_similar
from peken.schema.vendors import Vendor, load_vendors

described(
    PLACED="Bought, and not yet with its recipient.",
    DELIVERED="With its recipient.",
    CANCELLED="Undone: stock and tallies were given back.",
)(OrderStatus)

COLUMNS = (
    "id",
    "purchase_id",
    "vendor_id",
    "buyer_id",
    "city_id",
    "status",
    "amount",
    "reason",
    "placed_at",
    "delivered_at",
    "cancelled_at",
)
LINE = ("id", "order_id", "product_id", "name", "unit", "quantity", "unit_price", "amount")


@strawberry.type
class OrderLine(Node):
    """One variant in an order, as it was at the moment of buying."""

    name: str = strawberry.field(description="Name of product and variant at that moment.")
    unit: str = strawberry.field(description="Unit it was sold in.")
    quantity: Long = strawberry.field(description="How many units.")
    unit_price: Rupiah = strawberry.field(description="Price of one unit at that moment.")
    amount: Rupiah = strawberry.field(description="What the line cost.")
    product_key: strawberry.Private[UUID]

    @strawberry.field
    async def product(self, info: Info) -> Product | None:
        """The product as it is now; null if it is no longer shown."""
        return await info.context.load(load_products, self.product_key)


@strawberry.type
class Order(Node):
    """What one vendor owes one buyer out of a purchase."""

    status: OrderStatus = strawberry.field(description="Where it stands.")
    amount: Rupiah = strawberry.field(description="Sum of its lines.")
    city_code: str = strawberry.field(description="Code of the city it was placed in.")
    reason: str = strawberry.field(description="Why it was cancelled; empty otherwise.")
    placed_at: datetime = strawberry.field(description="When it was placed.")
    delivered_at: datetime | None = strawberry.field(description="When it was delivered.")
    cancelled_at: datetime | None = strawberry.field(description="When it was cancelled.")
    purchase_key: strawberry.Private[UUID]
    vendor_key: strawberry.Private[UUID]
    buyer_key: strawberry.Private[UUID]

    @strawberry.field
    async def vendor(self, info: Info) -> Vendor | None:
        """Who delivers it."""
        return await info.context.load(load_vendors, self.vendor_key)

    @strawberry.field
    async def buyer(self, info: Info) -> Buyer | None:
        """Who bought it, for those who may read the buyer's card: not for vendors, who deliver to `delivery`."""
        return await info.context.load(load_buyers, self.buyer_key)

    @strawberry.field
    async def purchase(self, info: Info) -> "Purchase | None":
        """The purchase it belongs to, for those who may see the whole of it: not a field for vendors."""
        return await info.context.load(load_purchases, self.purchase_key)

    @strawberry.field
    async def delivery(self, info: Info) -> "Delivery | None":
        """Where it goes."""
        return await info.context.load(load_deliveries, self.purchase_key)

    @strawberry.field
    async def lines(self, info: Info) -> list[OrderLine]:
        """What is in it."""
        return await info.context.load(load_lines, self.key)

    @strawberry.field
    async def decisions(self, info: Info) -> list[Decision]:
        """What the rules said of it when it was placed, and when it was delivered; empty where `purchase` is null."""
        # They speak of what the buyer owes, too: no matter of the shop.
        if await info.context.load(load_purchases, self.purchase_key) is None:
            return []
        own = {str(line.key) for line in await info.context.load(load_lines, self.key)}
        placed = await info.context.load(load_decisions, self.purchase_key)
        of_this = [decision for decision in placed if not decision.about or not own.isdisjoint(decision.about)]
        return [*of_this, *await info.context.load(load_decisions, self.key)]


@strawberry.type
class Delivery:
    """Where goods go; the recipient may be another person than the buyer."""

    name: str = strawberry.field(description="Name of the recipient; empty for the buyer.")
    address: str = strawberry.field(description="Street and number.")
    note: str = strawberry.field(description="What the buyer asks the vendor to mind.")
    region_code: strawberry.Private[str]

    @strawberry.field
    async def kelurahan(self, info: Info) -> Region | None:
        """The kelurahan it goes to."""
        return await info.context.load(load_regions, self.region_code) if self.region_code else None


@strawberry.type
class Purchase(Node):
    """One act of buying: an order for each vendor, all or nothing."""

    amount: Rupiah = strawberry.field(description="Sum of its orders.")
    city_code: str = strawberry.field(description="Code of the city it was made in.")
    placed_at: datetime = strawberry.field(description="When it was placed.")
    buyer_key: strawberry.Private[UUID]

    @strawberry.field
    async def buyer(self, info: Info) -> Buyer | None:
        """Who bought."""
        return await info.context.load(load_buyers, self.buyer_key)

    @strawberry.field
    async def orders(self, info: Info) -> list[Order]:
        """Its orders, one for each vendor."""
        return await info.context.load(load_orders_of, self.key)

    @strawberry.field
    async def decisions(self, info: Info) -> list[Decision]:
        """What the rules said when it was placed."""
        return await info.context.load(load_decisions, self.key)


@strawberry.type
class PurchaseRefused(Node):
    """A purchase that was not placed, kept with every reason."""

    amount: Rupiah = strawberry.field(description="What it would have cost.")
    refused_at: datetime = strawberry.field(description="When it was refused.")
    objections: list[Objection] = strawberry.field(description="Every reason, the market's own and the rules'.")

    @strawberry.field
    async def decisions(self, info: Info) -> list[Decision]:
        """What every rule said, also those that did not object."""
        return await info.context.load(load_decisions, self.key)

    @strawberry.field
    async def similar_vendors(self, info: Info) -> list[SimilarVendors]:
        """Where to go now instead of the shops whose limits stopped it: one entry for each of these shops."""
        return await info.context.load(load_similar, self.key)


def order_of(row: Row) -> Order:
    """An order from its row."""
    return Order(
        key=row["id"],
        status=OrderStatus(row["status"]),
        amount=row["amount"],
        city_code=row["city_id"],
        reason=row["reason"],
        placed_at=row["placed_at"],
        delivered_at=row["delivered_at"],
        cancelled_at=row["cancelled_at"],
        purchase_key=row["purchase_id"],
        vendor_key=row["vendor_id"],
        buyer_key=row["buyer_id"],
    )


def line_of(row: Row) -> OrderLine:
    """A line from its row."""
    return OrderLine(
        key=row["id"],
        name=row["name"],
        unit=row["unit"],
        quantity=row["quantity"],
        unit_price=row["unit_price"],
        amount=row["amount"],
        product_key=row["product_id"],
    )


def refused_of(row: Row) -> PurchaseRefused:
    """A refused attempt from its row."""
    return PurchaseRefused(
        key=row["id"],
        amount=row["amount"],
        refused_at=row["at"],
        objections=[objection_of(PlainObjection(**plain)) for plain in row["objections"]],
    )


async def load_purchases(context: Context, keys: Sequence[UUID]) -> list[Purchase | None]:
    """Purchases by key, those that the actor may see as a whole."""
    rows = await models.Purchase.filter(orders.purchase_scope(context.actor), id__in=list(keys)).values(
        "id", "amount", "city_id", "placed_at", "buyer_id"
    )
    found = {
        row["id"]: Purchase(
            key=row["id"],
            amount=row["amount"],
            city_code=row["city_id"],
            placed_at=row["placed_at"],
            buyer_key=row["buyer_id"],
        )
        for row in rows
    }
    return [found.get(key) for key in keys]


async def load_deliveries(context: Context, purchases: Sequence[UUID]) -> list[Delivery | None]:
    """Where purchases go, by purchase; only ever asked from an order that the actor may see."""
    rows = await models.Purchase.filter(id__in=list(purchases)).values(
        "id", "recipient_name", "recipient_address", "recipient_region", "note"
    )
    found = {
        row["id"]: Delivery(
            name=row["recipient_name"],
            address=row["recipient_address"],
            note=row["note"],
            region_code=row["recipient_region"],
        )
        for row in rows
    }
    return [found.get(key) for key in purchases]


async def load_orders(context: Context, keys: Sequence[UUID]) -> list[Order | None]:
    """Orders by key, those that the actor may see."""
    rows = await models.Order.filter(orders.scope(context.actor), id__in=list(keys)).values(*COLUMNS)
    found = {row["id"]: order_of(row) for row in rows}
    return [found.get(key) for key in keys]


async def load_orders_of(context: Context, purchases: Sequence[UUID]) -> list[list[Order]]:
    """The orders of purchases, by purchase, those that the actor may see."""
    scope = orders.scope(context.actor)
    rows = await models.Order.filter(scope, purchase_id__in=list(purchases)).order_by("id").values(*COLUMNS)
    found: dict[UUID, list[Order]] = {purchase: [] for purchase in purchases}
    for row in rows:
        found[row["purchase_id"]].append(order_of(row))
    return [found[purchase] for purchase in purchases]


async def load_lines(context: Context, keys: Sequence[UUID]) -> list[list[OrderLine]]:
    """The lines of orders, by order."""
    rows = await models.OrderLine.filter(order_id__in=list(keys)).order_by("id").values(*LINE)
    found: dict[UUID, list[OrderLine]] = {key: [] for key in keys}
    for row in rows:
        found[row["order_id"]].append(line_of(row))
    return [found[key] for key in keys]


async def find_order(info: Info, key: UUID) -> Order | None:
    """The order of a key, if the actor may see it."""
    return await info.context.load(load_orders, key)


async def find_line(info: Info, key: UUID) -> OrderLine | None:
    """The line of a key, if the actor may see its order."""
    rows = await models.OrderLine.filter(id=key).values(*LINE)
    if not rows or await find_order(info, rows[0]["order_id"]) is None:
        return None
    return line_of(rows[0])


async def find_purchase(info: Info, key: UUID) -> Purchase | None:
    """The purchase of a key, if the actor may see all of it."""
    return await info.context.load(load_purchases, key)


async def find_refused(info: Info, key: UUID) -> PurchaseRefused | None:
    """The refused attempt of a key, if the actor may see it."""
    rows = await models.Attempt.filter(orders.purchase_scope(info.context.actor), id=key).values(*ATTEMPT)
    return refused_of(rows[0]) if rows else None


ATTEMPT = ("id", "amount", "objections", "at")
REFUSED = Sort("refusals", "at", Instant, descending=True)


@described(NEWEST="What was placed last comes first.", OLDEST="What was placed first comes first.")
class OrderSort(Enum):
    """In which order orders come."""

    NEWEST = Sort("orders.newest", "placed_at", Instant, descending=True)
    OLDEST = Sort("orders.oldest", "placed_at", Instant)


@strawberry.type
class OrderQuery:
    """What was bought, and what was not."""

    @strawberry.field
    async def orders(
        self,
        info: Info,
        status: Annotated[OrderStatus | None, strawberry.argument(description="Only those that stand here.")] = None,
        sort: Annotated[OrderSort, strawberry.argument(description="In which order they come.")] = OrderSort.NEWEST,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Order]:
        """Orders: a buyer's own, a shop's own, a department's own; for city hall those of its city."""
        narrowed = [Q(status=status)] if status is not None else []
        rows = models.Order.filter(orders.scope(info.context.actor), *narrowed)
        return await connect(info, rows, COLUMNS, sort.value, Window(first, after, last, before), order_of)

    @strawberry.field
    async def order(self, info: Info, id: Id) -> Order | None:
        """One order; null if there is none, or none for the one who asks."""
        return await find_order(info, key_of(id, "Order"))

    @strawberry.field
    async def purchase(self, info: Info, id: Id) -> Purchase | None:
        """One purchase; null if there is none, or none for the one who asks."""
        return await find_purchase(info, key_of(id, "Purchase"))

    @strawberry.field
    async def refusals(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[PurchaseRefused]:
        """Purchases that were refused: one's own; for city hall those of its city. Latest first."""
        rows = models.Attempt.filter(orders.purchase_scope(info.context.actor))
        return await connect(info, rows, ATTEMPT, REFUSED, Window(first, after, last, before), refused_of)

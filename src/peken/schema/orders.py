"""Purchases, orders and refused attempts in the graph."""

from collections.abc import Hashable, Sequence
from datetime import datetime
from enum import Enum
from operator import attrgetter
from typing import Annotated
from uuid import UUID

import strawberry
from tortoise.expressions import Q

from peken import models, orders
from peken.errors import Objection as PlainObjection
from peken.hookspecs import PlacedOrder
from peken.models.orders import OrderStatus
from peken.money import Rupiah
from peken.plans import Keyed, Listing, Rows, Scope, Sort, column, listed, loaded, private
from peken.plans.paging import Connection, Instant
from peken.schema.buyers import Buyer, load_buyers
from peken.schema.context import Context, Info
from peken.schema.enums import described
from peken.schema.nodes import Node, id_of
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


def _actor(context: Context) -> Hashable:
    return context.actor


@strawberry.type
class OrderLine(Node):
    """One variant in an order, as it was at the moment of buying."""

    name: str = strawberry.field(description="Name of product and variant at that moment.")
    unit: str = strawberry.field(description="Unit it was sold in.")
    quantity: Long = strawberry.field(description="How many units.")
    unit_price: Rupiah = strawberry.field(description="Price of one unit at that moment.")
    amount: Rupiah = strawberry.field(description="What the line cost.")
    product_key: strawberry.Private[UUID] = private("product_id")

    product: Product | None = loaded(
        lambda: load_products, "product_key", description="The product as it is now; null if it is no longer shown."
    )


LINES = Rows(OrderLine, models.OrderLine)
load_lines = LINES.each_by("order_id", "id")
"""The lines of orders, by order."""


@strawberry.type
class Order(Node):
    """What one vendor owes one buyer out of a purchase."""

    status: OrderStatus = strawberry.field(description="Where it stands.")
    amount: Rupiah = strawberry.field(description="Sum of its lines.")
    city_code: str = column("city_id", description="Code of the city it was placed in.")
    reason: str = strawberry.field(description="Why it was cancelled; empty otherwise.")
    placed_at: datetime = strawberry.field(description="When it was placed.")
    delivered_at: datetime | None = strawberry.field(description="When it was delivered.")
    cancelled_at: datetime | None = strawberry.field(description="When it was cancelled.")
    purchase_key: strawberry.Private[UUID] = private("purchase_id")
    vendor_key: strawberry.Private[UUID] = private("vendor_id")
    buyer_key: strawberry.Private[UUID] = private("buyer_id")

    vendor: Vendor | None = loaded(lambda: load_vendors, "vendor_key", description="Who delivers it.")
    buyer: Buyer | None = loaded(
        lambda: load_buyers,
        "buyer_key",
        description="Who bought it, for those who may read the buyer's card: "
        "not for vendors, who deliver to `delivery`.",
    )
    purchase: "Purchase | None" = loaded(
        lambda: load_purchases,
        "purchase_key",
        description="The purchase it belongs to, for those who may see the whole of it: not a field for vendors.",
    )
    delivery: "Delivery | None" = loaded(lambda: load_deliveries, "purchase_key", description="Where it goes.")
    lines: list[OrderLine] = loaded(lambda: load_lines, "key", description="What is in it.")

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

    name: str = column("recipient_name", description="Name of the recipient; empty for the buyer.")
    address: str = column("recipient_address", description="Street and number.")
    note: str = strawberry.field(description="What the buyer asks the vendor to mind.")
    region_code: strawberry.Private[str] = private("recipient_region")

    kelurahan: Region | None = loaded(lambda: load_regions, "region_code", description="The kelurahan it goes to.")


@strawberry.type
class Purchase(Node):
    """One act of buying: an order for each vendor, all or nothing."""

    amount: Rupiah = strawberry.field(description="Sum of its orders.")
    city_code: str = column("city_id", description="Code of the city it was made in.")
    placed_at: datetime = strawberry.field(description="When it was placed.")
    buyer_key: strawberry.Private[UUID] = private("buyer_id")

    buyer: Buyer | None = loaded(lambda: load_buyers, "buyer_key", description="Who bought.")
    orders: list[Order] = loaded(lambda: load_orders_of, "key", description="Its orders, one for each vendor.")
    decisions: list[Decision] = loaded(
        lambda: load_decisions, "key", description="What the rules said when it was placed."
    )


@strawberry.type
class PurchaseRefused(Node):
    """A purchase that was not placed, kept with every reason."""

    amount: Rupiah = strawberry.field(description="What it would have cost.")
    refused_at: datetime = column("at", description="When it was refused.")
    objections: list[Objection] = column(
        made=lambda plain: [objection_of(PlainObjection(**each)) for each in plain],
        description="Every reason, the market's own and the rules'.",
    )

    decisions: list[Decision] = loaded(
        lambda: load_decisions, "key", description="What every rule said, also those that did not object."
    )
    similar_vendors: list[SimilarVendors] = loaded(
        lambda: load_similar,
        "key",
        description="Where to go now instead of the shops whose limits stopped it: one entry for each of these shops.",
    )


ORDERS = Rows(Order, models.Order)
PURCHASES = Rows(Purchase, models.Purchase)
DELIVERIES = Rows(Delivery, models.Purchase)
REFUSALS = Rows(PurchaseRefused, models.Attempt)

OWN_ORDERS = Scope(lambda context: orders.scope(context.actor), _actor)
OWN_PURCHASES = Scope(lambda context: orders.purchase_scope(context.actor), _actor)

load_orders = ORDERS.by(scope=OWN_ORDERS)
"""Orders by key, those that the actor may see."""
load_orders_of: Keyed[Order] = ORDERS.each_by("purchase_id", "id", scope=OWN_ORDERS)
"""The orders of purchases, by purchase, those that the actor may see."""
load_purchases: Keyed[Purchase] = PURCHASES.by(scope=OWN_PURCHASES)
"""Purchases by key, those that the actor may see as a whole."""
load_deliveries: Keyed[Delivery] = DELIVERIES.by()
"""Where purchases go, by purchase; only ever asked from an order that the actor may see."""
load_refused = REFUSALS.by(scope=OWN_PURCHASES)
"""Refused attempts by key, those that the actor may see."""


async def find_order(context: Context, key: UUID) -> Order | None:
    """The order of a key, if the actor may see it."""
    return await context.load(load_orders, key)


async def find_line(context: Context, key: UUID) -> OrderLine | None:
    """The line of a key, if the actor may see its order."""
    rows = await LINES.find(models.OrderLine.filter(id=key), "order_id")
    if not rows or await find_order(context, rows[0]["order_id"]) is None:
        return None
    return LINES.make(rows[0])


async def find_purchase(context: Context, key: UUID) -> Purchase | None:
    """The purchase of a key, if the actor may see all of it."""
    return await context.load(load_purchases, key)


def purchase_of(context: Context, placed: Sequence[PlacedOrder]) -> Purchase:
    """The purchase that was made a moment ago by the one who asks, who sees all of it: nothing of it is read."""
    first, made = placed[0], [_order_of(order) for order in sorted(placed, key=attrgetter("id"))]
    context.learn(load_orders_of, {first.purchase: made})
    return Purchase(
        key=first.purchase,
        amount=Rupiah(sum(order.amount for order in placed)),
        city_code=first.city,
        placed_at=first.at,
        buyer_key=first.buyer,
    )


def _order_of(placed: PlacedOrder) -> Order:
    return Order(
        key=placed.id,
        status=OrderStatus.PLACED,
        amount=placed.amount,
        city_code=placed.city,
        reason="",
        placed_at=placed.at,
        delivered_at=None,
        cancelled_at=None,
        purchase_key=placed.purchase,
        vendor_key=placed.vendor,
        buyer_key=placed.buyer,
    )


async def find_refused(context: Context, key: UUID) -> PurchaseRefused | None:
    """The refused attempt of a key, if the actor may see it."""
    return await context.load(load_refused, key)


REFUSED = Sort("refusals", "at", Instant, descending=True)


@described(NEWEST="What was placed last comes first.", OLDEST="What was placed first comes first.")
class OrderSort(Enum):
    """In which order orders come."""

    NEWEST = Sort("orders.newest", "placed_at", Instant, descending=True)
    OLDEST = Sort("orders.oldest", "placed_at", Instant)


@strawberry.type
class OrderQuery:
    """What was bought, and what was not."""

    @listed(Connection[Order], viewpoint=_actor)
    @staticmethod
    def orders(
        context: Context,
        status: Annotated[OrderStatus | None, strawberry.argument(description="Only those that stand here.")] = None,
        sort: Annotated[OrderSort, strawberry.argument(description="In which order they come.")] = OrderSort.NEWEST,
    ) -> Listing:
        """Orders: a buyer's own, a shop's own, a department's own; for city hall those of its city."""
        narrowed = [Q(status=status)] if status is not None else []
        return Listing(ORDERS, models.Order.filter(orders.scope(context.actor), *narrowed), sort.value)

    order: Order | None = loaded(
        lambda: load_orders,
        by=id_of("Order"),
        description="One order; null if there is none, or none for the one who asks.",
    )
    purchase: Purchase | None = loaded(
        lambda: load_purchases,
        by=id_of("Purchase"),
        description="One purchase; null if there is none, or none for the one who asks.",
    )

    @listed(Connection[PurchaseRefused], viewpoint=_actor)
    @staticmethod
    def refusals(context: Context) -> Listing:
        """Purchases that were refused: one's own; for city hall those of its city. Latest first."""
        return Listing(REFUSALS, models.Attempt.filter(orders.purchase_scope(context.actor)), REFUSED)

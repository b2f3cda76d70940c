"""What was bought: a purchase of one buyer, its orders (one vendor each) and their lines."""

from enum import StrEnum

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from peken.models.buyers import Buyer
from peken.models.catalog import Product, Variant
from peken.models.regions import City
from peken.models.vendors import Vendor


class OrderStatus(StrEnum):
    """Where an order stands. Which may follow which is said in `peken.orders.moving`."""

    PLACED = "placed"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


class Purchase(Model):
    """One act of buying. `actor` and `idempotency_key` are unique together: a retry finds this row.

    The recipient may be another person than the buyer (goods given to families in need).
    """

    id = fields.UUIDField(primary_key=True)
    city: fields.ForeignKeyRelation[City] = fields.ForeignKeyField(
        "peken.City", related_name=False, on_delete=fields.RESTRICT
    )
    city_id: str
    buyer: fields.ForeignKeyRelation[Buyer] = fields.ForeignKeyField(
        "peken.Buyer", related_name=False, on_delete=fields.RESTRICT
    )
    buyer_id: str
    actor = fields.CharField(max_length=80)
    idempotency_key = fields.CharField(max_length=80)
    payload_hash = fields.CharField(max_length=64)
    amount = fields.BigIntField()
    recipient_name = fields.CharField(max_length=120, default="")
    recipient_region = fields.CharField(max_length=13, default="")
    recipient_address = fields.CharField(max_length=200, default="")
    note = fields.CharField(max_length=300, default="")
    placed_at = fields.DatetimeField()

    class Meta:
        table = "purchase"
        unique_together = (("actor", "idempotency_key"),)
        indexes = (Index(fields=("buyer_id", "placed_at", "id"), name="purchase_buyer"),)


class Order(Model):
    """What one vendor owes one buyer out of a purchase."""

    id = fields.UUIDField(primary_key=True)
    city: fields.ForeignKeyRelation[City] = fields.ForeignKeyField(
        "peken.City", related_name=False, on_delete=fields.RESTRICT
    )
    city_id: str
    purchase: fields.ForeignKeyRelation[Purchase] = fields.ForeignKeyField(
        "peken.Purchase", related_name=False, on_delete=fields.RESTRICT
    )
    purchase_id: str
    vendor: fields.ForeignKeyRelation[Vendor] = fields.ForeignKeyField(
        "peken.Vendor", related_name=False, on_delete=fields.RESTRICT
    )
    vendor_id: str
    buyer: fields.ForeignKeyRelation[Buyer] = fields.ForeignKeyField(
        "peken.Buyer", related_name=False, on_delete=fields.RESTRICT
    )
    buyer_id: str
    status = fields.CharEnumField(OrderStatus, max_length=10, default=OrderStatus.PLACED)
    amount = fields.BigIntField()
    reason = fields.CharField(max_length=300, default="")
    placed_at = fields.DatetimeField()
    delivered_at = fields.DatetimeField(null=True)
    cancelled_at = fields.DatetimeField(null=True)

    class Meta:
        table = "orders"
        indexes = (
            Index(fields=("purchase_id",), name="order_purchase"),
            Index(fields=("city_id", "placed_at", "id"), name="order_city"),
            Index(fields=("buyer_id", "placed_at", "id"), name="order_buyer"),
            Index(fields=("vendor_id", "placed_at", "id"), name="order_vendor"),
        )


class OrderLine(Model):
    """One variant in an order. Name, price and amount are those of the moment, and `amount` is the truth."""

    id = fields.UUIDField(primary_key=True)
    order: fields.ForeignKeyRelation[Order] = fields.ForeignKeyField(
        "peken.Order", related_name=False, on_delete=fields.RESTRICT
    )
    order_id: str
    product: fields.ForeignKeyRelation[Product] = fields.ForeignKeyField(
        "peken.Product", related_name=False, on_delete=fields.RESTRICT
    )
    product_id: str
    variant: fields.ForeignKeyRelation[Variant] = fields.ForeignKeyField(
        "peken.Variant", related_name=False, on_delete=fields.RESTRICT
    )
    variant_id: str
    name = fields.CharField(max_length=250)
    unit = fields.CharField(max_length=20)
    quantity = fields.BigIntField()
    unit_price = fields.BigIntField()
    amount = fields.BigIntField()

    class Meta:
        table = "order_line"
        indexes = (Index(fields=("order_id",), name="order_line_order"),)

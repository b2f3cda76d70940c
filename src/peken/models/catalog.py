"""What is sold: categories, products, their variants, and the ledger of stock."""

from enum import StrEnum

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from peken.models.regions import City
from peken.models.vendors import Vendor


class ProductStatus(StrEnum):
    """Whether buyers can see a product."""

    ACTIVE = "active"
    ARCHIVED = "archived"


class MeasureUnit(StrEnum):
    """Base units of content: a kilogram is 1000 g, a litre 1000 ml."""

    GRAM = "g"
    MILLILITRE = "ml"
    PIECE = "piece"


class Category(Model):
    """A class of goods: the dotted code is the key and names its parents ("staples.rice")."""

    code = fields.CharField(max_length=60, primary_key=True)
    parent_code = fields.CharField(max_length=60, null=True)
    name = fields.CharField(max_length=80)
    name_en = fields.CharField(max_length=80)

    class Meta:
        table = "category"


class Product(Model):
    """A listing of one vendor. `price` is the lowest price of its variants, kept for sorting."""

    id = fields.UUIDField(primary_key=True)
    city: fields.ForeignKeyRelation[City] = fields.ForeignKeyField(
        "peken.City", related_name=False, on_delete=fields.RESTRICT
    )
    city_id: str
    vendor: fields.ForeignKeyRelation[Vendor] = fields.ForeignKeyField(
        "peken.Vendor", related_name=False, on_delete=fields.RESTRICT
    )
    vendor_id: str
    category: fields.ForeignKeyRelation[Category] = fields.ForeignKeyField(
        "peken.Category", related_name=False, on_delete=fields.RESTRICT
    )
    category_id: str
    name = fields.CharField(max_length=160)
    description = fields.TextField(default="")
    own_production = fields.BooleanField(default=False)
    origin = fields.CharField(max_length=13, null=True)
    status = fields.CharEnumField(ProductStatus, max_length=10, default=ProductStatus.ACTIVE)
    price = fields.BigIntField()
    in_stock = fields.BooleanField(default=False)
    terms = fields.TextField(default="")
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    class Meta:
        table = "product"
        indexes = (
            Index(fields=("city_id", "status", "name", "id"), name="product_city_name"),
            Index(fields=("city_id", "status", "price", "id"), name="product_city_price"),
            Index(fields=("city_id", "status", "created_at", "id"), name="product_city_new"),
            Index(fields=("status", "name", "id"), name="product_name"),
            Index(fields=("status", "price", "id"), name="product_price"),
            Index(fields=("status", "created_at", "id"), name="product_new"),
            Index(fields=("vendor_id", "status"), name="product_vendor"),
            Index(fields=("category_id", "status"), name="product_category"),
        )


class Variant(Model):
    """What is put into a basket: one size or colour of a product, with its price and stock.

    `measure` is the net content of one unit in `measure_unit` (2 bags of 5 kg are 10,000 g).
    """

    id = fields.UUIDField(primary_key=True)
    product: fields.ForeignKeyRelation[Product] = fields.ForeignKeyField(
        "peken.Product", related_name=False, on_delete=fields.RESTRICT
    )
    product_id: str
    name = fields.CharField(max_length=80, default="")
    unit = fields.CharField(max_length=20, default="pcs")
    measure = fields.BigIntField(default=0)
    measure_unit = fields.CharEnumField(MeasureUnit, max_length=5, null=True)
    price = fields.BigIntField()
    stock = fields.BigIntField(default=0)
    position = fields.IntField(default=0)
    active = fields.BooleanField(default=True)

    class Meta:
        table = "variant"
        unique_together = (("product_id", "position"),)


class StockEntry(Model):
    """Append-only: the entries of a variant add up to its stock. `cause` says what moved it."""

    id = fields.UUIDField(primary_key=True)
    variant: fields.ForeignKeyRelation[Variant] = fields.ForeignKeyField(
        "peken.Variant", related_name=False, on_delete=fields.RESTRICT
    )
    variant_id: str
    delta = fields.BigIntField()
    cause = fields.CharField(max_length=20)
    line_id = fields.UUIDField(null=True)
    at = fields.DatetimeField()

    class Meta:
        table = "stock_entry"
        indexes = (Index(fields=("variant_id",), name="stock_entry_variant"),)
        unique_together = (("line_id", "cause"),)

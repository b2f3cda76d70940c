"""Those who sell."""

from enum import StrEnum

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from peken.models.regions import City


class VendorKind(StrEnum):
    """How a vendor trades: reselling daily goods, or selling its own production."""

    KELONTONG = "kelontong"
    UMKM = "umkm"


class VendorScale(StrEnum):
    """Size of the business, PP 7/2021."""

    MICRO = "micro"
    SMALL = "small"
    MEDIUM = "medium"


class Vendor(Model):
    """A shop. `region` is its kelurahan, `verified_at` is None until the city has looked at it.

    `place` is where the city's ranking puts it, as a sort key: lowest first, 0 until it was ranked or where nothing
    ranks. `place_because` is the code of the reason, `place_figures` fill its sentence.
    """

    id = fields.UUIDField(primary_key=True)
    city: fields.ForeignKeyRelation[City] = fields.ForeignKeyField(
        "peken.City", related_name=False, on_delete=fields.RESTRICT
    )
    city_id: str
    kind = fields.CharEnumField(VendorKind, max_length=10)
    scale = fields.CharEnumField(VendorScale, max_length=6, default=VendorScale.MICRO)
    sector = fields.CharField(max_length=20, null=True)
    name = fields.CharField(max_length=120)
    region = fields.CharField(max_length=13)
    address = fields.CharField(max_length=200, default="")
    verified_at = fields.DatetimeField(null=True)
    terms = fields.TextField(default="")
    place = fields.BigIntField(default=0, db_default=0)
    place_because = fields.CharField(max_length=60, default="", db_default="")
    place_figures: fields.JSONField[dict[str, object] | None] = fields.JSONField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "vendor"
        indexes = (
            Index(fields=("city_id", "name", "id"), name="vendor_city_name"),
            Index(fields=("name", "id"), name="vendor_name"),
            Index(fields=("created_at", "id"), name="vendor_new"),
            Index(fields=("region",), name="vendor_region"),
            Index(fields=("city_id", "place", "id"), name="vendor_city_place"),
        )

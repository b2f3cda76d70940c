"""Who may make which motif, and which products are said to bear one. The motifs themselves are parameters."""

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class MotifLicence(Model):
    """That a vendor may make a motif for a time, as city hall has seen it.

    `valid_to` is the first day on which it no longer holds. One that ends as it begins never held.
    """

    id = fields.UUIDField(primary_key=True)
    city: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "peken.City", related_name=False, on_delete=fields.RESTRICT
    )
    city_id: str
    motif = fields.CharField(max_length=60)
    vendor: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "peken.Vendor", related_name=False, on_delete=fields.RESTRICT
    )
    vendor_id: str
    valid_from = fields.DateField()
    valid_to = fields.DateField(null=True)
    granted_by = fields.CharField(max_length=120)
    source = fields.CharField(max_length=300)
    created_at = fields.DatetimeField()

    class Meta:
        table = "batik_suroboyo_licence"
        indexes = (Index(fields=("vendor_id", "motif"), name="batik_suroboyo_licence_vendor"),)


class MotifClaim(Model):
    """That a product is said to bear a motif: one at most."""

    id = fields.UUIDField(primary_key=True)
    city: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "peken.City", related_name=False, on_delete=fields.RESTRICT
    )
    city_id: str
    product: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "peken.Product", related_name=False, on_delete=fields.RESTRICT
    )
    product_id: str
    motif = fields.CharField(max_length=60)
    at = fields.DatetimeField()

    class Meta:
        table = "batik_suroboyo_claim"
        unique_together = (("product_id",),)
        indexes = (Index(fields=("city_id", "motif"), name="batik_suroboyo_claim_motif"),)

"""A shelf and its jars: every kind of column the house uses."""

from tortoise import fields
from tortoise.models import Model


class Shelf(Model):
    id = fields.UUIDField(primary_key=True)
    name = fields.CharField(max_length=50, unique=True)

    class Meta:
        table = "corner_shelf"


class Jar(Model):
    id = fields.UUIDField(primary_key=True)
    shelf: fields.ForeignKeyRelation[Shelf] = fields.ForeignKeyField(
        "corner.Shelf", related_name="jars", on_delete=fields.RESTRICT
    )
    label = fields.CharField(max_length=50)
    stock = fields.BigIntField(default=0)
    sealed = fields.BooleanField(default=False)
    notes: fields.JSONField[dict[str, object]] = fields.JSONField(default=dict)
    filled_at = fields.DatetimeField(null=True)
    best_before = fields.DateField(null=True)

    class Meta:
        table = "corner_jar"
        unique_together = (("shelf", "label"),)
        indexes = (("stock", "id"),)

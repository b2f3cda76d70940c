"""What a plugin adds: a table whose key points into the core."""

from typing import Any

from tortoise import fields
from tortoise.models import Model


class Offer(Model):
    id = fields.UUIDField(primary_key=True)
    jar: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField(
        "corner.Jar", related_name=False, on_delete=fields.CASCADE
    )
    price = fields.BigIntField()

    class Meta:
        table = "kiosk_offer"

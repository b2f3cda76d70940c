"""What the pier keeps of its own."""

from tortoise import fields
from tortoise.models import Model


class Arrival(Model):
    """An order that was told of to the pier."""

    id = fields.UUIDField(primary_key=True)
    fee = fields.IntField()

    class Meta:
        table = "dermaga_arrival"

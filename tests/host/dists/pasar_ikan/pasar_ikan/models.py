"""What was landed in the harbour, and in place of the core's table of products, one of its shape."""

from tortoise import fields
from tortoise.models import Model


class Landing(Model):
    """Fish as it came off a boat, for sale as one product."""

    id = fields.IntField(primary_key=True)
    product = fields.UUIDField()
    kind = fields.TextField()
    kilograms = fields.IntField()
    landed = fields.DateField()
    asked_for = fields.BooleanField(default=False)


class Ware(Model):
    """As much of a product as the clause of `visible` looks at."""

    id = fields.UUIDField(primary_key=True)

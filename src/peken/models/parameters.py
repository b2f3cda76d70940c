"""What city hall has set beside the tables that come with the plugins."""

from tortoise import fields
from tortoise.models import Model

from peken.models.regions import City


class ParameterVersion(Model):
    """A row that a city added to a plugin's table. Append-only, but for its withdrawal, which is written once.

    `number` counts the versions of a city in the order in which they were set. `columns` are those that are not
    columns here.
    """

    id = fields.UUIDField(primary_key=True)
    city: fields.ForeignKeyRelation[City] = fields.ForeignKeyField(
        "peken.City", related_name=False, on_delete=fields.RESTRICT
    )
    city_id: str
    number = fields.IntField()
    plugin = fields.CharField(max_length=60)
    table_name = fields.CharField(max_length=60)
    columns: fields.JSONField[dict[str, object]] = fields.JSONField()
    valid_from = fields.DateField()
    valid_to = fields.DateField(null=True)
    source = fields.CharField(max_length=300)
    mark = fields.CharField(max_length=4)
    replaces = fields.BooleanField(default=False)
    actor = fields.CharField(max_length=80)
    role = fields.CharField(max_length=20)
    reason = fields.CharField(max_length=300)
    at = fields.DatetimeField()
    withdrawn_at = fields.DatetimeField(null=True)
    withdrawn_by = fields.CharField(max_length=80, null=True)
    withdrawn_reason = fields.CharField(max_length=300, null=True)

    class Meta:
        table = "parameter_version"
        unique_together = (("city_id", "number"),)

"""What city hall sets beside the tables of the plugins."""

from uuid import uuid4

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.migrations import operations as ops

from peken.migrating import AddCheck


class Migration(migrations.Migration):
    dependencies = [("peken", "0005_findings")]

    initial = False

    operations = [
        ops.CreateModel(
            name="ParameterVersion",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "city",
                    fields.ForeignKeyField(
                        "peken.City",
                        source_field="city_id",
                        db_constraint=True,
                        to_field="code",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("number", fields.IntField()),
                ("plugin", fields.CharField(max_length=60)),
                ("table_name", fields.CharField(max_length=60)),
                ("columns", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("valid_from", fields.DateField()),
                ("valid_to", fields.DateField(null=True)),
                ("source", fields.CharField(max_length=300)),
                ("mark", fields.CharField(max_length=4)),
                ("replaces", fields.BooleanField(default=False)),
                ("actor", fields.CharField(max_length=80)),
                ("role", fields.CharField(max_length=20)),
                ("reason", fields.CharField(max_length=300)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("withdrawn_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("withdrawn_by", fields.CharField(null=True, max_length=80)),
                ("withdrawn_reason", fields.CharField(null=True, max_length=300)),
            ],
            options={
                "table": "parameter_version",
                "app": "peken",
                "unique_together": (("city_id", "number"),),
                "pk_attr": "id",
                "table_description": "A row that a city added to a plugin's table. Append-only, but for its withdrawal, which is written once.",
            },
            bases=["Model"],
        ),
        AddCheck("parameter_version", "parameter_version_dates_in_order", "valid_to IS NULL OR valid_to > valid_from"),
    ]

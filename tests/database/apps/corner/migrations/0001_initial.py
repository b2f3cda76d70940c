from uuid import uuid4

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    initial = True

    operations = [
        ops.CreateModel(
            name="Shelf",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("name", fields.CharField(unique=True, max_length=50)),
            ],
            options={"table": "corner_shelf", "app": "corner", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Jar",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "shelf",
                    fields.ForeignKeyField(
                        "corner.Shelf",
                        source_field="shelf_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="jars",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("label", fields.CharField(max_length=50)),
                ("stock", fields.BigIntField(default=0)),
                ("sealed", fields.BooleanField(default=False)),
                ("notes", fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ("filled_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("best_before", fields.DateField(null=True)),
            ],
            options={
                "table": "corner_jar",
                "app": "corner",
                "unique_together": (("shelf", "label"),),
                "indexes": [Index(fields=["stock", "id"])],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
    ]

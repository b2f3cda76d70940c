from uuid import uuid4

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("corner", "0001_initial")]

    initial = True

    operations = [
        ops.CreateModel(
            name="Offer",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "jar",
                    fields.ForeignKeyField(
                        "corner.Jar",
                        source_field="jar_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("price", fields.BigIntField()),
            ],
            options={"table": "kiosk_offer", "app": "kiosk", "pk_attr": "id"},
            bases=["Model"],
        ),
    ]

from uuid import uuid4

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    initial = True

    operations = [
        ops.CreateModel(
            name="FamilyInNeed",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("recipient", fields.CharField(max_length=32)),
                ("valid_from", fields.DateField()),
                ("valid_to", fields.DateField(null=True)),
            ],
            options={
                "table": "beras_tanggal_kembar_family",
                "app": "beras_tanggal_kembar",
                "unique_together": (("recipient", "valid_from"),),
                "pk_attr": "id",
                "table_description": "A family, by `peken.ids.recipient_key` of the number on its card and its kelurahan, for a time.",
            },
            bases=["Model"],
        ),
    ]

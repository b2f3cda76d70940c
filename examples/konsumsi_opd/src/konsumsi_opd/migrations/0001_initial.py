from uuid import uuid4

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    initial = True

    operations = [
        ops.CreateModel(
            name="MealBudget",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("department_id", fields.UUIDField()),
                ("year", fields.IntField()),
                ("amount", fields.BigIntField()),
            ],
            options={
                "table": "konsumsi_opd_budget",
                "app": "konsumsi_opd",
                "unique_together": (("department_id", "year"),),
                "pk_attr": "id",
                "table_description": "What a department may spend on meals in a year, in whole Rupiah.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Member",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("team", fields.CharField(max_length=80)),
                ("vendor_id", fields.UUIDField()),
                ("poor", fields.BooleanField()),
                ("valid_from", fields.DateField()),
                ("valid_to", fields.DateField(null=True)),
            ],
            options={
                "table": "konsumsi_opd_member",
                "app": "konsumsi_opd",
                "unique_together": (("vendor_id", "team", "valid_from"),),
                "pk_attr": "id",
                "table_description": "A vendor in a group (`team`) for a time, `poor` if on the list of the poor.",
            },
            bases=["Model"],
        ),
    ]

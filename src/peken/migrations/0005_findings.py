"""Windows that were closed, and what was found of each who owed."""

from uuid import uuid4

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from peken.migrating import AddCheck
from peken.models.findings import FindingStatus


class Migration(migrations.Migration):
    dependencies = [("peken", "0004_monitor")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Closing",
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
                ("rule", fields.CharField(max_length=80)),
                ("win", fields.CharField(max_length=30)),
                ("met", fields.BigIntField()),
                ("short", fields.BigIntField()),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "closing",
                "app": "peken",
                "unique_together": (("city_id", "rule", "win"),),
                "pk_attr": "id",
                "table_description": "A window of an obligation that has ended and was closed: how many met it, and how many fell short.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Finding",
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
                ("rule", fields.CharField(max_length=80)),
                ("subject_kind", fields.CharField(max_length=12)),
                ("subject", fields.CharField(max_length=60)),
                ("win", fields.CharField(max_length=30)),
                ("unit", fields.CharField(max_length=10)),
                ("value", fields.BigIntField()),
                ("floor", fields.BigIntField()),
                ("missing", fields.BigIntField()),
                ("scheme", fields.CharField(default="", max_length=30)),
                ("code", fields.CharField(default="", max_length=30)),
                ("citation", fields.TextField(unique=False)),
                ("source", fields.TextField(default="", unique=False)),
                ("mark", fields.CharField(default="", max_length=4)),
                (
                    "department",
                    fields.ForeignKeyField(
                        "peken.Department",
                        source_field="department_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "status",
                    fields.CharEnumField(
                        default=FindingStatus.OPEN,
                        description="OPEN: open\nDECIDED: decided",
                        enum_type=FindingStatus,
                        max_length=8,
                    ),
                ),
                ("decision", fields.CharField(default="", max_length=300)),
                ("decided_by", fields.CharField(default="", max_length=80)),
                ("decided_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "finding",
                "app": "peken",
                "unique_together": (("rule", "subject", "win"),),
                "indexes": [
                    Index(fields=["city_id", "at", "id"], name="finding_city"),
                    Index(fields=["city_id", "rule", "win", "missing", "id"], name="finding_window"),
                ],
                "pk_attr": "id",
                "table_description": "How one subject stood under an obligation when its window was closed, for a person to decide on.",
            },
            bases=["Model"],
        ),
        AddCheck("finding", "finding_missing_not_negative", "missing >= 0"),
        AddCheck("finding", "finding_status_known", "status IN ('open', 'decided')"),
    ]

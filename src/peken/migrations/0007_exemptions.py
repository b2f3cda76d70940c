"""Leave and exemptions: days on which a buyer owes nothing."""

from uuid import uuid4

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from peken.migrating import AddCheck, AddIndexOn
from peken.models.buyers import ExemptionKind


class Migration(migrations.Migration):
    dependencies = [("peken", "0006_parameters")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Exemption",
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
                (
                    "buyer",
                    fields.ForeignKeyField(
                        "peken.Buyer",
                        source_field="buyer_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "kind",
                    fields.CharEnumField(
                        description="LEAVE: leave\nEXEMPTION: exemption", enum_type=ExemptionKind, max_length=10
                    ),
                ),
                ("rule", fields.CharField(default="", max_length=80)),
                ("reason", fields.CharField(max_length=300)),
                ("valid_from", fields.DateField()),
                ("valid_to", fields.DateField(null=True)),
                ("granted_by", fields.CharField(max_length=80)),
                ("granted_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("revoked_by", fields.CharField(null=True, max_length=80)),
                ("revoked_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("revoked_reason", fields.CharField(null=True, max_length=300)),
            ],
            options={
                "table": "exemption",
                "app": "peken",
                "indexes": [Index(fields=["buyer_id", "valid_from"], name="exemption_buyer")],
                "pk_attr": "id",
                "table_description": "Days on which a buyer owes nothing, under one rule or, where `rule` is empty, under all.",
            },
            bases=["Model"],
        ),
        AddCheck("exemption", "exemption_dates_in_order", "valid_to IS NULL OR valid_to > valid_from"),
        AddCheck("exemption", "exemption_kind_known", "kind IN ('leave', 'exemption')"),
        AddCheck("exemption", "exemption_has_a_reason", "reason <> ''"),
        AddCheck(
            "exemption",
            "exemption_revoked_as_a_whole",
            "(revoked_at IS NULL) = (revoked_by IS NULL) AND (revoked_at IS NULL) = (revoked_reason IS NULL)",
        ),
        AddIndexOn(
            "exemption",
            "exemption_once",
            "(buyer_id, kind, rule, valid_from) WHERE revoked_at IS NULL",
            unique=True,
        ),
    ]

"""Licences of makers, and the motifs that products are said to bear."""

from uuid import uuid4

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from peken.migrating import AddCheck


class Migration(migrations.Migration):
    dependencies = [("peken", "0001_initial")]

    initial = True

    operations = [
        ops.CreateModel(
            name="MotifClaim",
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
                    "product",
                    fields.ForeignKeyField(
                        "peken.Product",
                        source_field="product_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("motif", fields.CharField(max_length=60)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "batik_suroboyo_claim",
                "app": "batik_suroboyo",
                "unique_together": (("product_id",),),
                "indexes": [Index(fields=["city_id", "motif"], name="batik_suroboyo_claim_motif")],
                "pk_attr": "id",
                "table_description": "That a product is said to bear a motif: one at most.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="MotifLicence",
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
                ("motif", fields.CharField(max_length=60)),
                (
                    "vendor",
                    fields.ForeignKeyField(
                        "peken.Vendor",
                        source_field="vendor_id",
                        db_constraint=True,
                        to_field="id",
                        related_name=False,
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("valid_from", fields.DateField()),
                ("valid_to", fields.DateField(null=True)),
                ("granted_by", fields.CharField(max_length=120)),
                ("source", fields.CharField(max_length=300)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "batik_suroboyo_licence",
                "app": "batik_suroboyo",
                "indexes": [Index(fields=["vendor_id", "motif"], name="batik_suroboyo_licence_vendor")],
                "pk_attr": "id",
                "table_description": "That a vendor may make a motif for a time, as city hall has seen it.",
            },
            bases=["Model"],
        ),
        AddCheck(
            "batik_suroboyo_licence",
            "batik_suroboyo_licence_dates_in_order",
            "valid_to IS NULL OR valid_to >= valid_from",
        ),
    ]

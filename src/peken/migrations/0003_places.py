"""Where a ranking puts vendors, and a short way to those that are near a limit."""

from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from peken.migrating import AddIndexOn


class Migration(migrations.Migration):
    dependencies = [("peken", "0002_constraints")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Vendor",
            name="place",
            field=fields.BigIntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name="Vendor",
            name="place_because",
            field=fields.CharField(default="", db_default="", max_length=60),
        ),
        ops.AddField(
            model_name="Vendor",
            name="place_figures",
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddIndex(
            model_name="Vendor",
            index=Index(fields=["city_id", "place", "id"], name="vendor_city_place"),
        ),
        AddIndexOn(
            "tally_balance",
            "tally_balance_half_full",
            "(rule, win, subject) WHERE ceiling IS NOT NULL AND value * 2 >= ceiling",
        ),
    ]

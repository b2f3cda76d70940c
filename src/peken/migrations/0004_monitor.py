"""What the monitor of obligations pages by: what is still to do, in a city, a department, a class."""

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from peken.migrating import AddIndexOn

_BEHIND = "(CASE WHEN floor > 0 THEN CASE WHEN value < floor THEN floor - value ELSE 0 END ELSE -1 END)"


class Migration(migrations.Migration):
    dependencies = [("peken", "0003_places")]

    initial = False

    operations = [
        ops.AddIndex(model_name="Buyer", index=Index(fields=["city_id", "id"], name="buyer_city")),
        # Nobody read by it.
        ops.RemoveIndex(model_name="TallyBalance", name="tally_balance_standing"),
        ops.AddField(model_name="TallyBalance", name="department_id", field=fields.UUIDField(null=True)),
        ops.AddField(model_name="TallyBalance", name="classes", field=fields.TextField(null=True)),
        AddIndexOn("tally_balance", "tally_balance_behind", f"(city_id, rule, win, {_BEHIND}, id)"),
        AddIndexOn("tally_balance", "tally_balance_department", f"(department_id, rule, win, {_BEHIND}, id)"),
        AddIndexOn("tally_balance", "tally_balance_class", f"(city_id, rule, win, classes, {_BEHIND}, id)"),
    ]

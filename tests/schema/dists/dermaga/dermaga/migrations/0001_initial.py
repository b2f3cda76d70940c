from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    initial = True

    operations = [
        ops.CreateModel(
            name="Arrival",
            fields=[
                ("id", fields.UUIDField(primary_key=True, unique=True, db_index=True)),
                ("fee", fields.IntField()),
            ],
            options={"table": "dermaga_arrival", "app": "dermaga", "pk_attr": "id"},
            bases=["Model"],
        ),
    ]

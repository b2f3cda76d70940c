from tortoise import migrations

from peken.migrating.operations import AddCheck, AddIndexOn


class Migration(migrations.Migration):
    dependencies = [("corner", "0001_initial")]

    operations = [
        AddCheck("corner_jar", "jar_stock_not_negative", "stock >= 0"),
        AddIndexOn("corner_jar", "jar_sealed_label", "(label) WHERE sealed", unique=True),
    ]

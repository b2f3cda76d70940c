"""What the database itself holds, and the index of the text search."""

from tortoise import migrations

from peken.migrating import AddCheck, DialectSQL

_ONE_OPEN_CLASS = "CREATE UNIQUE INDEX buyer_class_open ON buyer_class (buyer_id, scheme) WHERE valid_to IS NULL"


class Migration(migrations.Migration):
    dependencies = [("peken", "0001_initial")]

    operations = [
        AddCheck("variant", "variant_stock_not_negative", "stock >= 0"),
        AddCheck("variant", "variant_price_positive", "price > 0"),
        AddCheck("variant", "variant_measure_has_unit", "(measure > 0) = (measure_unit IS NOT NULL)"),
        AddCheck("product", "product_price_positive", "price > 0"),
        AddCheck("purchase", "purchase_amount_not_negative", "amount >= 0"),
        AddCheck("orders", "orders_amount_not_negative", "amount >= 0"),
        AddCheck("orders", "orders_status_known", "status IN ('placed', 'delivered', 'cancelled')"),
        AddCheck("order_line", "order_line_quantity_positive", "quantity > 0"),
        AddCheck("order_line", "order_line_amount_not_negative", "amount >= 0"),
        AddCheck("stock_entry", "stock_entry_moves_something", "delta <> 0"),
        AddCheck("tally_balance", "tally_balance_not_negative", "value >= 0"),
        AddCheck("buyer_class", "buyer_class_dates_in_order", "valid_to IS NULL OR valid_to > valid_from"),
        DialectSQL(
            postgres=[_ONE_OPEN_CLASS],
            sqlite=[_ONE_OPEN_CLASS],
            reverse_postgres=["DROP INDEX buyer_class_open"],
            reverse_sqlite=["DROP INDEX buyer_class_open"],
        ),
        DialectSQL(
            postgres=["CREATE INDEX product_terms ON product USING gin (to_tsvector('simple', terms))"],
            reverse_postgres=["DROP INDEX product_terms"],
            reverse_sqlite=[],
        ),
    ]

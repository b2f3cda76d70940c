"""Full-text indexes that a search reads and nothing else, and lists of all cities together in each of their orders."""

from tortoise import migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from peken.migrating import DialectSQL


def _full_text(table: str) -> DialectSQL:
    """PostgreSQL keeps the vector in the row, so that what walks a list in its order need not make it of each row.

    SQLite's index knows rows by number. Numbers of the table's own would change with VACUUM, by which it is backed up.
    """
    words, numbers = f"{table}_words", f"{table}_number"
    enter = f"INSERT INTO {words} (rowid, terms) SELECT number, NEW.terms FROM {numbers} WHERE id = NEW.id"
    leave = f"INSERT INTO {words} ({words}, rowid, terms) SELECT 'delete', number, OLD.terms FROM {numbers} WHERE id = OLD.id"
    changed = "UPDATE OF terms"
    return DialectSQL(
        postgres=[
            f"ALTER TABLE {table} ADD COLUMN words tsvector GENERATED ALWAYS AS (to_tsvector('simple', terms)) STORED",
            f"CREATE INDEX {words} ON {table} USING gin (words)",
        ],
        sqlite=[
            f"CREATE TABLE {numbers} (number INTEGER PRIMARY KEY, id CHAR(36) NOT NULL UNIQUE)",
            f"CREATE VIRTUAL TABLE {words}"
            " USING fts5(terms, content='', detail='none', tokenize='ascii', prefix='1 2 3')",
            f"INSERT INTO {numbers} (id) SELECT id FROM {table}",
            f"INSERT INTO {words} (rowid, terms)"
            f" SELECT number, terms FROM {numbers} JOIN {table} ON {table}.id = {numbers}.id",
            f"CREATE TRIGGER {words}_insert AFTER INSERT ON {table}"
            f" BEGIN INSERT INTO {numbers} (id) VALUES (NEW.id); {enter}; END",
            f"CREATE TRIGGER {words}_update AFTER {changed} ON {table} BEGIN {leave}; {enter}; END",
            f"CREATE TRIGGER {words}_delete AFTER DELETE ON {table}"
            f" BEGIN {leave}; DELETE FROM {numbers} WHERE id = OLD.id; END",
        ],
        reverse_postgres=[f"DROP INDEX {words}", f"ALTER TABLE {table} DROP COLUMN words"],
        reverse_sqlite=[
            *(f"DROP TRIGGER {words}_{event}" for event in ("insert", "update", "delete")),
            f"DROP TABLE {words}",
            f"DROP TABLE {numbers}",
        ],
    )


class Migration(migrations.Migration):
    dependencies = [("peken", "0007_exemptions")]

    initial = False

    operations = [
        ops.AddIndex(model_name="Product", index=Index(fields=["status", "name", "id"], name="product_name")),
        ops.AddIndex(model_name="Product", index=Index(fields=["status", "price", "id"], name="product_price")),
        ops.AddIndex(model_name="Product", index=Index(fields=["status", "created_at", "id"], name="product_new")),
        ops.AddIndex(model_name="Vendor", index=Index(fields=["name", "id"], name="vendor_name")),
        ops.AddIndex(model_name="Vendor", index=Index(fields=["created_at", "id"], name="vendor_new")),
        # Made of each row that was looked at; the column holds it once.
        DialectSQL(
            postgres=["DROP INDEX product_terms"],
            reverse_postgres=["CREATE INDEX product_terms ON product USING gin (to_tsvector('simple', terms))"],
            reverse_sqlite=[],
        ),
        _full_text("product"),
        _full_text("vendor"),
    ]

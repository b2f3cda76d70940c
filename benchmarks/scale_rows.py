"""Rows of a large city, shaped as the market's own code writes them, made inside PostgreSQL; measures nothing."""

from typing import Any, Final
from uuid import UUID

CITY: Final = "35.73"
RULE: Final = "malang.quota"
DEPARTMENTS: Final = 200
ORDERS_EACH: Final = 5
"""Orders of one person in the window."""
PEOPLE_PER_SHOP: Final = 50
WARES_PER_SHOP: Final = 10
LOADED: Final = (
    *("department", "vendor", "product", "variant", "buyer", "buyer_class"),
    *("purchase", "orders", "order_line", "stock_entry", "tally_entry", "tally_balance"),
)
_KINDS: Final = {name: number for number, name in enumerate(LOADED, start=1)}


def key(kind: str, number: int) -> UUID:
    """The key of a row, as `_key` makes it in SQL."""
    return UUID(f"019b{_KINDS[kind]:04x}-0000-7000-8000-{number:012x}")


def _key(kind: str, number: str) -> str:
    return f"('019b{_KINDS[kind]:04x}-0000-7000-8000-' || lpad(to_hex({number}), 12, '0'))::uuid"


_CLASSES: Final = (
    """('[["golongan","' || g.code || '"]' || CASE WHEN n % 499 = 0 THEN ',["post","camat"]]' ELSE ']' END)"""
)
_GOLONGAN: Final = """(ARRAY['I/a','I/b','I/c','I/d','II/a','II/b','II/c','II/d','III/a','III/b','III/c','III/d',
                              'IV/a','IV/b','IV/c','IV/d','IV/e'])[1 + n % 17]"""
_DEPARTMENT: Final = f"1 + (floor({DEPARTMENTS} * power((n * 7919 % 10007) / 10007.0, 2)))::bigint"
_AMOUNT: Final = "20000 + m * 7919 % 30 * 5000"

# `n` counts people, `s` shops, `w` wares, `m` orders; {first} and {last} are people, {orders_...} orders.
_STATEMENTS: Final = (
    f"""INSERT INTO department (id, city_id, code, name, region)
        SELECT {_key("department", "n")}, '{CITY}', 'opd-' || n, 'Dinas ' || n, '{CITY}.01.1001'
          FROM generate_series(1::bigint, {DEPARTMENTS}) n ON CONFLICT DO NOTHING""",
    f"""INSERT INTO vendor (id, city_id, kind, scale, name, region, address, verified_at, terms, created_at)
        SELECT {_key("vendor", "s")}, '{CITY}', 'umkm', 'micro', 'Toko ' || s, '{CITY}.01.1001', '', now(), 'toko',
               now()
          FROM generate_series({{first_shop}}::bigint, {{last_shop}}) s""",
    f"""INSERT INTO product (id, city_id, vendor_id, category_id, name, description, own_production, status, price,
                             in_stock, terms, created_at, updated_at)
        SELECT {_key("product", "w")}, '{CITY}', {_key("vendor", f"1 + (w - 1) / {WARES_PER_SHOP}")}, 'staples.rice',
               'Beras ' || w, '', true, 'active', 50000, true, 'beras', now(), now()
          FROM generate_series({{first_ware}}::bigint, {{last_ware}}) w""",
    f"""INSERT INTO variant (id, product_id, name, unit, measure, price, stock, position, active)
        SELECT {_key("variant", "w")}, {_key("product", "w")}, '', 'pcs', 0, 50000, 1000000, 0, true
          FROM generate_series({{first_ware}}::bigint, {{last_ware}}) w""",
    f"""INSERT INTO buyer (id, city_id, kind, asn, name, region, department_id, created_at)
        SELECT {_key("buyer", "n")}, '{CITY}', 'employee', true, 'Pegawai ' || n, '{CITY}.01.1001',
               {_key("department", _DEPARTMENT)}, now()
          FROM generate_series({{first}}::bigint, {{last}}) n""",
    f"""INSERT INTO buyer_class (id, buyer_id, scheme, code, valid_from)
        SELECT {_key("buyer_class", "2 * n")}, {_key("buyer", "n")}, 'golongan', {_GOLONGAN}, '2015-01-01'::date
          FROM generate_series({{first}}::bigint, {{last}}) n UNION ALL
        SELECT {_key("buyer_class", "2 * n + 1")}, {_key("buyer", "n")}, 'post', 'camat', '2015-01-01'::date
          FROM generate_series({{first}}::bigint, {{last}}) n WHERE n % 499 = 0""",
    f"""CREATE TEMP TABLE bought AS
        SELECT m, {_key("buyer", "1 + m * 7919 % {last}")} AS buyer, {_AMOUNT} AS amount,
               1 + m * 40503 % {{last_ware}} AS w, now() - interval '1 hour' + m * interval '1 millisecond' / 1000 AS at
          FROM generate_series({{first_order}}::bigint, {{last_order}}) m""",
    f"""INSERT INTO purchase (id, city_id, buyer_id, actor, idempotency_key, payload_hash, amount, recipient_name,
                              recipient_region, recipient_address, note, placed_at)
        SELECT {_key("purchase", "m")}, '{CITY}', buyer, 'buyer-' || buyer, md5(m::text),
               md5(m::text) || md5(buyer::text), amount, 'Penerima', '{CITY}.01.1001', 'Jalan Ijen', '', at
          FROM bought ORDER BY m""",
    f"""INSERT INTO orders (id, city_id, purchase_id, vendor_id, buyer_id, status, amount, reason, placed_at,
                            delivered_at)
        SELECT {_key("orders", "m")}, '{CITY}', {_key("purchase", "m")},
               {_key("vendor", f"1 + (w - 1) / {WARES_PER_SHOP}")}, buyer, 'delivered', amount, '', at, at
          FROM bought ORDER BY m""",
    f"""INSERT INTO order_line (id, order_id, product_id, variant_id, name, unit, quantity, unit_price, amount)
        SELECT {_key("order_line", "m")}, {_key("orders", "m")}, {_key("product", "w")}, {_key("variant", "w")},
               'Beras', 'pcs', 1, amount, amount FROM bought ORDER BY m""",
    f"""INSERT INTO stock_entry (id, variant_id, delta, cause, line_id, at)
        SELECT {_key("stock_entry", "m")}, {_key("variant", "w")}, -1, 'placed', {_key("order_line", "m")}, at
          FROM bought ORDER BY m""",
    f"""INSERT INTO tally_entry (id, rule, subject, win, line_id, amount, cause, at)
        SELECT {_key("tally_entry", "m")}, '{RULE}', buyer::text, '{{window}}', {_key("order_line", "m")}, amount,
               'delivered', at FROM bought ORDER BY m""",
    "DROP TABLE bought",
    "TRUNCATE tally_balance",
    f"""INSERT INTO tally_balance (id, city_id, rule, subject, win, value, floor, department_id, classes)
        SELECT {_key("tally_balance", "n")}, '{CITY}', '{RULE}', {_key("buyer", "n")}::text, '{{window}}',
               COALESCE(t.value, 0), 500000, {_key("department", _DEPARTMENT)}, {_CLASSES}
          FROM generate_series(1::bigint, {{last}}) n
         CROSS JOIN LATERAL (SELECT {_GOLONGAN} AS code) g
          LEFT JOIN (SELECT subject, SUM(amount)::bigint AS value FROM tally_entry GROUP BY subject) t
            ON t.subject = {_key("buyer", "n")}::text""",
)


async def grow(connection: Any, first: int, last: int, window: str) -> None:
    """People `first` to `last` with their orders in `window`, their shops and wares; balances are made for all anew.

    Indexes that hold nothing unique are made after the rows, which is quicker.
    """
    numbers = {
        "first": first,
        "last": last,
        "first_shop": 1 + (first - 1) // PEOPLE_PER_SHOP,
        "last_shop": last // PEOPLE_PER_SHOP,
        "first_ware": 1 + (first - 1) // PEOPLE_PER_SHOP * WARES_PER_SHOP,
        "last_ware": last // PEOPLE_PER_SHOP * WARES_PER_SHOP,
        "first_order": 1 + (first - 1) * ORDERS_EACH,
        "last_order": last * ORDERS_EACH,
        "window": window,
    }
    for setting in ("session_replication_role = replica", "synchronous_commit = off", "work_mem = '256MB'"):
        await connection.execute(f"SET {setting}")
    await connection.execute("SET maintenance_work_mem = '512MB'")
    indexes = await connection.fetch(
        """SELECT c.relname AS name, pg_get_indexdef(i.indexrelid) AS text FROM pg_index i
             JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
            WHERE NOT i.indisunique AND t.relname = ANY ($1::text[])""",
        list(LOADED),
    )
    # What the orders measured before have left behind would keep new indexes from being used for a while.
    await connection.execute("VACUUM")
    for index in indexes:
        await connection.execute(f'DROP INDEX "{index["name"]}"')
    for statement in _STATEMENTS:
        await connection.execute(statement.format(**numbers))
    for index in indexes:
        await connection.execute(index["text"])
    await connection.execute("VACUUM ANALYZE")
    # Else the first to touch a page after the load would pay for its being written.
    await connection.execute("CHECKPOINT")

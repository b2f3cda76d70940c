"""The SQL of R0, as one writes it who knows what is asked."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

_LIST: Final = """
SELECT p.id, p.name, p.price, p.in_stock, v.id, v.name, v.kind
  FROM product p JOIN vendor v ON v.id = p.vendor_id
 WHERE p.status = 'active' AND v.verified_at IS NOT NULL AND p.city_id = $1
 ORDER BY p.name, p.id LIMIT 21
"""
_DETAIL: Final = """
SELECT p.id, p.name, p.description, p.price, p.in_stock, p.created_at, v.id, v.name, v.address, c.code, c.name
  FROM product p JOIN vendor v ON v.id = p.vendor_id JOIN category c ON c.code = p.category_id
 WHERE p.id = $1 AND p.status = 'active' AND v.verified_at IS NOT NULL
"""
_VARIANTS: Final = """
SELECT id, name, unit, measure, measure_unit, price, stock FROM variant WHERE product_id = $1 ORDER BY position
"""
_PAGE: Final = """
SELECT id, name FROM vendor WHERE verified_at IS NOT NULL AND city_id = $1 ORDER BY name, id LIMIT 20
"""
_LATERAL: Final = f"""
SELECT v.id, v.name, p.id, p.name, p.price FROM ({_PAGE}) v
  LEFT JOIN LATERAL (SELECT id, name, price FROM product WHERE vendor_id = v.id AND status = 'active'
                      ORDER BY name, id LIMIT 5) p ON true
 ORDER BY v.name, v.id, p.name, p.id
"""
_WINDOW: Final = f"""
SELECT v.id, v.name, p.id, p.name, p.price FROM ({_PAGE}) v
  LEFT JOIN (SELECT id, name, price, vendor_id, ROW_NUMBER() OVER (PARTITION BY vendor_id ORDER BY name, id) AS place
               FROM product WHERE status = 'active' AND vendor_id IN (SELECT id FROM ({_PAGE}))) p
    ON p.vendor_id = v.id AND p.place <= 5
 ORDER BY v.name, v.id, p.name, p.id
"""
_WARES: Final = """
SELECT v.id, p.id, p.city_id, p.vendor_id, p.name, v.unit, v.price
  FROM variant v JOIN product p ON p.id = v.product_id JOIN vendor s ON s.id = p.vendor_id
  JOIN buyer b ON b.id = $2 AND b.city_id = p.city_id
 WHERE v.id {among} AND v.active AND p.status = 'active' AND s.verified_at IS NOT NULL ORDER BY v.id
"""


def _question_marks(text: str) -> str:
    return text.replace("$", "?")


STATEMENTS: Final = {
    "postgres": {
        **{"list": _LIST, "detail": _DETAIL, "variants": _VARIANTS, "nested": _LATERAL},
        "wares": _WARES.format(among="= ANY(($1::text)::uuid[])"),
    },
    "sqlite": {
        name: _question_marks(text)
        for name, text in {
            **{"list": _LIST, "detail": _DETAIL, "variants": _VARIANTS, "nested": _WINDOW},
            "wares": _WARES.format(among="IN (SELECT value FROM json_each($1))"),
        }.items()
    },
}
_PURCHASE: Final = """
INSERT INTO purchase (id, city_id, buyer_id, actor, idempotency_key, payload_hash, amount, recipient_name,
                      recipient_region, recipient_address, note, placed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, '', '', '', '', $8) ON CONFLICT (actor, idempotency_key) DO NOTHING RETURNING id
"""
_ORDER: Final = """
INSERT INTO orders (id, city_id, purchase_id, vendor_id, buyer_id, status, amount, reason, placed_at)
VALUES ($1, $2, $3, $4, $5, 'placed', $6, '', $7)
"""
_LINE: Final = "(id, order_id, product_id, variant_id, name, unit, quantity, unit_price, amount)"
_STOCK: Final = "(id, variant_id, delta, cause, line_id, at)"
_AUDIT: Final = "(id, city_id, actor, role, action, subject, reason, changes, at)"
_OUTBOX: Final = "(id, city_id, topic, key, payload, created_at)"
_BOUGHT: Final = f"""
WITH o AS ({_ORDER}),
     n (id, product, variant, name, unit, quantity, price, amount, entry) AS (
       SELECT * FROM unnest($8::text[]::uuid[], $9::text[]::uuid[], $10::text[]::uuid[], $11::text[], $12::text[],
                            $13::bigint[], $14::bigint[], $15::bigint[], $16::text[]::uuid[])),
     l AS (INSERT INTO order_line {_LINE}
           SELECT id, $1, product, variant, name, unit, quantity, price, amount FROM n)
INSERT INTO stock_entry {_STOCK} SELECT entry, variant, -quantity, 'placed', id, $7 FROM n
"""
_TAKE: Final = """
WITH n (id, quantity) AS (SELECT * FROM unnest($1::text[]::uuid[], $2::bigint[])),
     l AS (SELECT v.id FROM variant v WHERE v.id IN (SELECT id FROM n) ORDER BY v.id FOR NO KEY UPDATE)
UPDATE variant v SET stock = stock - n.quantity FROM n
 WHERE v.id = n.id AND v.id IN (SELECT id FROM l) AND v.stock >= n.quantity RETURNING v.id
"""
_PAPERS: Final = f"""
WITH a AS (INSERT INTO audit {_AUDIT} VALUES ($1, $2, $3, $4, 'order.placed', $5::text, '', '{{}}', $6))
INSERT INTO outbox {_OUTBOX} VALUES ($7, $2, 'order.placed', $5::text, '{{}}', $6)
"""
Statement = tuple[str, list[Any]]


def order(dialect: str, written: Mapping[str, Any], at: datetime) -> Iterator[Statement]:
    """The statements that write an order, after those that began and read."""
    purchase, (order, vendor), lines = written["purchase"], written["order"], written["lines"]
    audit, outbox, role = written["papers"]
    _, city, buyer, actor, _, _, amount = purchase
    if dialect == "postgres":
        ids, products, variants, names, units, quantities, prices, amounts, entries = map(
            list, zip(*lines, strict=True)
        )
        yield _PURCHASE, [*purchase, at]
        yield _TAKE, [variants, quantities]
        told = [order, city, purchase[0], vendor, buyer, amount, at]
        yield _BOUGHT, [*told, ids, products, variants, names, units, quantities, prices, amounts, entries]
        yield _PAPERS, [audit, city, actor, role, order, at, outbox]
        return
    then = at.isoformat(" ")
    yield _question_marks(_PURCHASE), [*purchase, then]
    for line in lines:
        take = "UPDATE variant SET stock = stock - ?1 WHERE id = ?2 AND stock >= ?1 RETURNING id"
        yield take, [line[5], line[2]]
    yield _question_marks(_ORDER), [order, city, purchase[0], vendor, buyer, amount, then]
    marks = ", ".join(["(?, ?, ?, ?, ?, ?, ?, ?, ?)"] * len(lines))
    told = [value for line in lines for value in (line[0], order, *line[1:8])]
    yield f"INSERT INTO order_line {_LINE} VALUES {marks}", told
    marks = ", ".join(["(?, ?, ?, 'placed', ?, ?)"] * len(lines))
    told = [value for line in lines for value in (line[8], line[2], -line[5], line[0], then)]
    yield f"INSERT INTO stock_entry {_STOCK} VALUES {marks}", told
    yield (
        f"INSERT INTO audit {_AUDIT} VALUES (?, ?, ?, ?, 'order.placed', ?, '', '{{}}', ?)",
        [*(audit, city, actor, role, order, then)],
    )
    yield f"INSERT INTO outbox {_OUTBOX} VALUES (?, ?, 'order.placed', ?, '{{}}', ?)", [*(outbox, city, order, then)]

"""What must hold of every market at rest, as queries for what breaks it; knows no test."""

from typing import Final

from peken.database import Database

BREACHES: Final = {
    "a balance is the sum of its entries": """
        SELECT COALESCE(b.rule, e.rule) AS rule, COALESCE(b.subject, e.subject) AS subject, b.value, e.amount
          FROM tally_balance b
          FULL JOIN (SELECT rule, subject, win, SUM(amount) AS amount FROM tally_entry GROUP BY rule, subject, win) e
            ON e.rule = b.rule AND e.subject = b.subject AND e.win = b.win
         WHERE COALESCE(b.value, 0) <> COALESCE(e.amount, 0)""",
    "no balance is beyond its ceiling": """
        SELECT rule, subject, win, value, ceiling FROM tally_balance WHERE value > ceiling""",
    "stock is the sum of its entries and never negative": """
        SELECT v.id, v.stock, e.delta FROM variant v
          LEFT JOIN (SELECT variant_id, SUM(delta) AS delta FROM stock_entry GROUP BY variant_id) e
            ON e.variant_id = v.id
         WHERE v.stock <> COALESCE(e.delta, 0) OR v.stock < 0""",
    "a product is in stock when one of its variants is": """
        SELECT p.id FROM product p
         WHERE p.in_stock <> EXISTS (SELECT 1 FROM variant v WHERE v.product_id = p.id AND v.active AND v.stock > 0)""",
    "an order is the sum of its lines": """
        SELECT o.id, o.amount FROM orders o
         WHERE o.amount <> (SELECT COALESCE(SUM(n.amount), -1) FROM order_line n WHERE n.order_id = o.id)""",
    "a purchase is the sum of its orders": """
        SELECT p.id, p.amount FROM purchase p
         WHERE p.amount <> (SELECT COALESCE(SUM(o.amount), -1) FROM orders o WHERE o.purchase_id = p.id)""",
    "a line has taken its stock, or given it back once": """
        SELECT n.id, o.status FROM order_line n JOIN orders o ON o.id = n.order_id
         WHERE (SELECT COALESCE(SUM(e.delta), 0) FROM stock_entry e WHERE e.line_id = n.id)
            <> CASE o.status WHEN 'cancelled' THEN 0 ELSE -n.quantity END""",
    "a cancelled line counts nowhere": """
        SELECT n.id FROM order_line n JOIN orders o ON o.id = n.order_id
         WHERE o.status = 'cancelled'
           AND (SELECT COALESCE(SUM(e.amount), 0) FROM tally_entry e WHERE e.line_id = n.id) <> 0""",
    "every step of an order is in the audit and in the outbox once": """
        SELECT o.id, s.action FROM orders o
          CROSS JOIN (SELECT 'order.placed' AS action UNION SELECT 'order.delivered' UNION SELECT 'order.cancelled') s
         WHERE CASE s.action WHEN 'order.placed' THEN 1
                             WHEN 'order.delivered' THEN CASE WHEN o.delivered_at IS NULL THEN 0 ELSE 1 END
                             ELSE CASE WHEN o.cancelled_at IS NULL THEN 0 ELSE 1 END END
               NOT IN (SELECT COUNT(*) FROM audit a WHERE a.subject = {id} AND a.action = s.action)
            OR (SELECT COUNT(*) FROM audit a WHERE a.subject = {id} AND a.action = s.action)
            <> (SELECT COUNT(*) FROM outbox m WHERE m.key = {id} AND m.topic = s.action)""",
    "nothing is told of an order that is not there": """
        SELECT a.subject FROM audit a
         WHERE a.action LIKE 'order.%' AND NOT EXISTS (SELECT 1 FROM orders o WHERE {id} = a.subject)""",
}


async def assert_books_balance(database: Database) -> None:
    """Fails with each invariant that does not hold, and the rows that break it."""
    key = "CAST(o.id AS text)"
    found = {holds: await database.fetch(sql.replace("{id}", key)) for holds, sql in BREACHES.items()}
    broken = {holds: rows[:5] for holds, rows in found.items() if rows}
    assert broken == {}

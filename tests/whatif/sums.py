"""What a simulation should come to, counted once more by the database itself: no rule, no engine of ours."""

from typing import Any

from peken.database import Database

MONTH = {
    "sqlite": "strftime('%Y-%m', {at}, '+7 hours')",
    "postgres": "to_char({at} AT TIME ZONE 'UTC' + interval '7 hours', 'YYYY-MM')",
}


def month(database: Database, at: str) -> str:
    """SQL of the month in WIB that an instant is in."""
    return MONTH[database.dialect].format(at=at)


def under_a_cap(database: Database, cap: int) -> str:
    """SQL of all purchases, each of one shop; `fits` is 1 where it fits under the cap of shop and month, else 0."""
    return f"""
    WITH RECURSIVE basket AS MATERIALIZED (
        SELECT p.id, p.buyer_id, p.amount, o.vendor_id, {month(database, "p.placed_at")} AS win,
               ROW_NUMBER() OVER (PARTITION BY o.vendor_id, {month(database, "p.placed_at")}
                                  ORDER BY p.placed_at, p.id) AS turn
          FROM purchase p JOIN orders o ON o.purchase_id = p.id),
    run AS (
        SELECT id, buyer_id, amount, vendor_id, win, turn,
               CAST(CASE WHEN amount <= {cap} THEN amount ELSE 0 END AS BIGINT) AS taken,
               CASE WHEN amount <= {cap} THEN 1 ELSE 0 END AS fits
          FROM basket WHERE turn = 1
        UNION ALL
        SELECT b.id, b.buyer_id, b.amount, b.vendor_id, b.win, b.turn,
               CAST(r.taken + CASE WHEN r.taken + b.amount <= {cap} THEN b.amount ELSE 0 END AS BIGINT),
               CASE WHEN r.taken + b.amount <= {cap} THEN 1 ELSE 0 END
          FROM run r JOIN basket b ON b.vendor_id = r.vendor_id AND b.win = r.win AND b.turn = r.turn + 1)
    """


async def placed_and_refused(database: Database, cap: int) -> dict[int, tuple[int, int]]:
    """Count and amount of purchases by whether they fit."""
    rows = await database.fetch(
        f"{under_a_cap(database, cap)} SELECT fits, COUNT(*) AS count, SUM(amount) AS amount FROM run GROUP BY fits"
    )
    return {row["fits"]: (row["count"], int(row["amount"])) for row in rows}


async def spread(database: Database, cap: int) -> dict[str, float]:
    """Gini by mean differences of all pairs, the share of the top tenth, and who sold nothing."""
    rows = await database.fetch(
        f"""{under_a_cap(database, cap)},
        sold AS (SELECT v.id, CAST(COALESCE(SUM(r.amount * r.fits), 0) AS BIGINT) AS x
                   FROM vendor v LEFT JOIN run r ON r.vendor_id = v.id GROUP BY v.id),
        size AS (SELECT COUNT(*) AS n, SUM(x) AS total FROM sold),
        top AS (SELECT x FROM sold ORDER BY x DESC LIMIT (SELECT (n + 9) / 10 FROM size))
        SELECT (SELECT SUM(ABS(a.x - b.x)) FROM sold a CROSS JOIN sold b) * 1.0
                   / (2.0 * (SELECT n * total FROM size)) AS gini,
               (SELECT SUM(x) FROM top) * 1.0 / (SELECT total FROM size) AS top_tenth,
               (SELECT COUNT(*) FROM sold WHERE x = 0) AS never_sold"""
    )
    return {name: float(value) for name, value in rows[0].items()}


async def staples_owed(database: Database, cap: int, floor: int) -> list[tuple[str, int, int, int]]:
    """By month: how many buyers met a floor of staples, what counted, and what was missing, of what the cap let by."""
    rows = await database.fetch(
        f"""{under_a_cap(database, cap)},
        months AS (SELECT DISTINCT win FROM basket),
        spent AS (
            SELECT r.buyer_id, r.win, SUM(l.amount) AS amount
              FROM run r JOIN orders o ON o.purchase_id = r.id JOIN order_line l ON l.order_id = o.id
              JOIN product p ON p.id = l.product_id
             WHERE r.fits = 1 AND p.category_id LIKE 'staples%' GROUP BY r.buyer_id, r.win)
        SELECT m.win, SUM(CASE WHEN COALESCE(s.amount, 0) >= {floor} THEN 1 ELSE 0 END) AS met,
               SUM(COALESCE(s.amount, 0)) AS done,
               SUM(CASE WHEN COALESCE(s.amount, 0) < {floor} THEN {floor} - COALESCE(s.amount, 0) ELSE 0 END) AS missing
          FROM months m CROSS JOIN buyer b LEFT JOIN spent s ON s.buyer_id = b.id AND s.win = m.win
         GROUP BY m.win ORDER BY m.win"""
    )
    return [(row["win"], int(row["met"]), int(row["done"]), int(row["missing"])) for row in rows]


async def rows_of(database: Database) -> dict[str, Any]:
    """How many rows each table holds: a what-if adds none."""
    return {
        model._meta.db_table: (await database.fetch(f"SELECT COUNT(*) AS n FROM {model._meta.db_table}"))[0]["n"]
        for model in database.model_classes()
    }

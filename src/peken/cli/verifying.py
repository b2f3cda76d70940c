"""Whether what is kept twice agrees: ledgers with balances, lines with totals; asks the database, changes nothing."""

from dataclasses import dataclass
from typing import Final

from peken.database import Database


@dataclass(frozen=True, slots=True)
class Difference:
    """Two sums that should be equal."""

    what: str
    of: str
    kept: int
    counted: int

    def __str__(self) -> str:
        return f"{self.what} {self.of}: kept {self.kept}, counted {self.counted}, off by {self.kept - self.counted}"


# Each gives rows (key, kept, counted) of what is there once (kept) and as many parts (counted).
# One statement each, so that it sees one moment of a market at work.
_PAIRS: Final = {
    "tally": """
        SELECT rule || ' / ' || subject || ' / ' || win AS key, value AS kept, 0 AS counted FROM tally_balance
        UNION ALL SELECT rule || ' / ' || subject || ' / ' || win, 0, amount FROM tally_entry""",
    "stock of variant": """
        SELECT CAST(id AS TEXT) AS key, stock AS kept, 0 AS counted FROM variant
        UNION ALL SELECT CAST(variant_id AS TEXT), 0, delta FROM stock_entry""",
    "amount of order": """
        SELECT CAST(id AS TEXT) AS key, amount AS kept, 0 AS counted FROM orders
        UNION ALL SELECT CAST(order_id AS TEXT), 0, amount FROM order_line""",
    "amount of purchase": """
        SELECT CAST(id AS TEXT) AS key, amount AS kept, 0 AS counted FROM purchase
        UNION ALL SELECT CAST(purchase_id AS TEXT), 0, amount FROM orders""",
}


async def differences(database: Database) -> list[Difference]:
    """Every pair of sums that disagrees; none in a sound market."""
    found = []
    for what, pairs in _PAIRS.items():
        rows = await database.fetch(
            f"""SELECT key, SUM(kept) AS kept, SUM(counted) AS counted FROM ({pairs}) AS pairs
                GROUP BY key HAVING SUM(kept) <> SUM(counted) ORDER BY key"""
        )
        found += [Difference(what, row["key"], int(row["kept"]), int(row["counted"])) for row in rows]
    return found

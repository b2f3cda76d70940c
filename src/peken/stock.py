"""Taking pieces off the shelf and putting them back: guarded, in one order, whatever the number of lines."""

from collections.abc import Mapping, Sequence
from functools import cache
from uuid import UUID

from peken.database import Database, Insert, placeholders, uuid_of


class AlreadyThere(Exception):
    """The row under whose name pieces were to be taken was written before: nothing was taken."""


async def take(database: Database, wanted: Mapping[UUID, int], by: Insert, once: str) -> Mapping[UUID, int] | None:
    """Takes pieces of several variants, all or none, within the caller's transaction, and writes the rows of `by`.

    Returns None when taken; otherwise what is left of each, and the caller must undo its transaction. Raises
    AlreadyThere where a row with the same `once`, columns that are unique together, is there.
    """
    taken = await _take(database, {variant: -pieces for variant, pieces in wanted.items()}, by, once)
    if len(taken) == len(wanted):
        if not all(taken.values()):
            await refresh(database, [variant for variant, left in taken.items() if not left])
        return None
    rows = await database.fetch(f"SELECT id, stock FROM variant WHERE id {database.among(1)}", database.listed(wanted))
    before = {uuid_of(row["id"]): int(row["stock"]) for row in rows}
    return {key: before[key] + (wanted[key] if key in taken else 0) for key in wanted}


async def _take(database: Database, deltas: Mapping[UUID, int], by: Insert, once: str) -> dict[UUID, int]:
    """The new stock of what could be taken. PostgreSQL writes one row in the same statement, none for an old one."""
    unless = f"ON CONFLICT ({once}) DO NOTHING RETURNING id"
    if database.dialect == "sqlite" or len(by.rows) != 1:
        if len(await database.insert(*by, unless)) < len(by.rows):
            raise AlreadyThere
        return await _shift(database, deltas)
    [row] = by.rows
    wanted, params = database.pairs(deltas)
    text = _taking(by.table, by.columns, unless, wanted, database.among(1), database.for_update)
    rows = await database.records(text, *params, *row)
    if not rows:
        raise AlreadyThere
    return {key: int(left) for key, left in rows if key is not None}


@cache
def _taking(table: str, columns: tuple[str, ...], unless: str, wanted: str, among: str, lock: str) -> str:
    values = placeholders(len(columns), 3)
    new = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values}) {unless}"
    # By the keys themselves, which leads to the index whatever the planner thinks of the size of a table.
    locked = _LOCKED.format(f"{among} AND EXISTS (SELECT 1 FROM new)", lock)
    return f"""WITH new AS ({new}), wanted (id, delta) AS ({wanted}), locked AS ({locked}), taken AS ({_MOVED})
               SELECT taken.id, taken.stock FROM new LEFT JOIN taken ON true"""


async def put_back(database: Database, pieces: Mapping[UUID, int]) -> bool:
    """Puts pieces of several variants on the shelf, within the caller's transaction.

    False when a negative number would leave less than nothing: the caller must undo its transaction.
    """
    stock = await _shift(database, pieces)
    turned = [variant for variant, left in stock.items() if left in (0, pieces[variant])]
    if turned:
        await refresh(database, turned)
    return len(stock) == len(pieces)


async def _shift(database: Database, deltas: Mapping[UUID, int]) -> dict[UUID, int]:
    """Moves the stock of each variant by its delta where that leaves no less than nothing: the new stock.

    Rows are locked in the order of their keys, so that two purchases never wait for each other in a ring.
    """
    wanted, params = database.pairs(deltas)
    among = database.among(1) if database.dialect == "postgres" else "IN (SELECT id FROM wanted)"
    locked = _LOCKED.format(among, database.for_update)
    rows = await database.records(f"WITH wanted (id, delta) AS ({wanted}), locked AS ({locked}) {_MOVED}", *params)
    return {uuid_of(key): int(left) for key, left in rows}


_LOCKED = "SELECT v.id FROM variant v WHERE v.id {} ORDER BY v.id{}"
# Counted, since that waits for all the locks; to look for each key among them would take as long as keys squared.
_MOVED = """UPDATE variant SET stock = stock + wanted.delta FROM wanted
 WHERE variant.id = wanted.id AND (SELECT COUNT(*) FROM locked) > 0 AND stock + wanted.delta >= 0
RETURNING variant.id, stock"""


async def refresh(database: Database, variants: Sequence[UUID]) -> None:
    """Brings price and `in_stock` of the variants' products up to date, for the lists that sort and filter by them.

    Locked first: else two purchases that each empty one of two variants would both still see the other one's.
    Whoever locks both locks variants before products, so that nobody waits in a ring.
    """
    of_these = f"SELECT product_id FROM variant WHERE id {database.among(1)}"
    locked = f"SELECT id FROM product WHERE id IN ({of_these}) ORDER BY id{database.for_update}"
    await database.fetch(locked, database.listed(variants))
    await database.execute(
        f"""UPDATE product SET
                  price = COALESCE((SELECT MIN(v.price) FROM variant v
                                     WHERE v.product_id = product.id AND v.active), price),
                  in_stock = EXISTS (SELECT 1 FROM variant v
                                      WHERE v.product_id = product.id AND v.active AND v.stock > 0)
            WHERE id IN ({of_these})""",
        database.listed(variants),
    )

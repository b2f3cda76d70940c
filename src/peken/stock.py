"""Taking pieces off the shelf and putting them back: guarded, in one order, whatever the number of lines."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from peken.database import Database, uuid_of


async def take(database: Database, wanted: Mapping[UUID, int]) -> Mapping[UUID, int] | None:
    """Takes pieces of several variants, all or none, within the caller's transaction.

    Returns None when taken; otherwise what is left of each, and the caller must undo its transaction.
    """
    taken = await _shift(database, {variant: -pieces for variant, pieces in wanted.items()})
    if len(taken) == len(wanted):
        if not all(taken.values()):
            await refresh(database, [variant for variant, left in taken.items() if not left])
        return None
    rows = await database.fetch(f"SELECT id, stock FROM variant WHERE id {database.among(1)}", database.listed(wanted))
    before = {uuid_of(row["id"]): int(row["stock"]) for row in rows}
    return {key: before[key] + (wanted[key] if key in taken else 0) for key in wanted}


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
    rows = await database.fetch(
        f"""WITH wanted (id, delta) AS ({wanted}),
                 locked AS (SELECT v.id, w.delta FROM wanted w JOIN variant v ON v.id = w.id
                             ORDER BY v.id{database.for_update}{" OF v" if database.for_update else ""})
            UPDATE variant SET stock = stock + delta FROM locked
             WHERE locked.id = variant.id AND stock + delta >= 0 RETURNING variant.id, stock""",
        *params,
    )
    return {uuid_of(row["id"]): int(row["stock"]) for row in rows}


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

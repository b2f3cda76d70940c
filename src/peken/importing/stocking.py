"""Writes imported products: shelves are locked first, and what differs of the stock goes through its ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from peken.database import placeholders, uuid_of
from peken.errors import PekenError
from peken.ids import new_id
from peken.importing.rows import Change, Desk, portions, upsert
from peken.models import Product, Variant
from peken.stock import put_back, refresh

_OF_PRODUCT: Final = frozenset({"id", "city_id", "vendor_id", "price", "in_stock", "created_at"})
_OF_VARIANT: Final = frozenset({"id", "product_id", "stock", "position"})


@dataclass(frozen=True, slots=True)
class ProductPlan:
    """Products and variants as the file wants them; `stock` says whether it speaks of what lies on the shelves."""

    changes: Sequence[Change]
    variants: Sequence[Change]
    stock: bool

    async def write(self, desk: Desk) -> None:
        """Writes them. Locks variants before products, as everybody does."""
        needed = [variant for variant in self.variants if variant.is_needed]
        lying = await _locked(desk, [_key(variant) for variant in needed if not variant.is_new])
        await upsert(desk, Product, self.changes, _OF_PRODUCT)
        await upsert(desk, Variant, [_empty(variant) for variant in needed], _OF_VARIANT)
        if self.stock:
            await _stock_up(desk, needed, lying)
        for some in portions(sorted(_key(variant) for variant in needed)):
            await refresh(desk.market.database, some)
        await desk.record("product", [change for change in self.changes if change.is_needed])


def _key(variant: Change) -> UUID:
    return uuid_of(variant.key)


def _empty(variant: Change) -> Change:
    """A new variant begins with nothing: what it has comes by the ledger."""
    return replace(variant, values={**variant.values, "stock": 0}) if variant.is_new else variant


async def _locked(desk: Desk, variants: Sequence[UUID]) -> dict[UUID, int]:
    """What lies on the shelves now, held until the end: orders may have taken some since the file was checked."""
    database = desk.market.database
    found: dict[UUID, int] = {}
    for some in portions(sorted(variants)):
        held = f"SELECT id, stock FROM variant WHERE id IN ({placeholders(len(some))}) ORDER BY id"
        rows = await database.fetch(held + database.for_update, *some)
        found |= {uuid_of(row["id"]): int(row["stock"]) for row in rows}
    return found


async def _stock_up(desk: Desk, variants: Sequence[Change], lying: Mapping[UUID, int]) -> None:
    deltas = {_key(each): each.values["stock"] - lying.get(_key(each), 0) for each in variants}
    database, moved = desk.market.database, sorted(key for key, delta in deltas.items() if delta)
    for some in portions(moved):
        if not await put_back(database, {key: deltas[key] for key in some}):
            raise PekenError("stock_below_zero", "There are fewer in stock than that.")
    await database.insert(
        "stock_entry",
        ("id", "variant_id", "delta", "cause", "at"),
        [(new_id(), key, deltas[key], "restocked" if key in lying else "listed", desk.now) for key in moved],
    )

"""What the tests of versions share: a wish of city hall, and what a person buys under it."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

from peken import models, orders
from peken.actors import Actor
from peken.app import assemble
from peken.ids import to_global
from peken.market import Market
from peken.orders import Basket, Item, Placed
from peken.parameters import NewVersion
from peken.testing.world import World

MALANG, SURABAYA = "35.73", "35.78"
RULE: Final = "malang.quota"


def day(text: str) -> date:
    return date.fromisoformat(f"2026-{text}")


def noon(text: str) -> datetime:
    """Noon in WIB."""
    return datetime.combine(day(text), datetime.min.time(), UTC).replace(hour=5)


def wish(amount: str = "600000", begins: str = "04-01", ends: str = "", **more: Any) -> NewVersion:
    """A new minimum for Malang, unless told otherwise."""
    said: dict[str, Any] = {
        "plugin": "malang_quota",
        "table": "minimum",
        "columns": {"amount": amount},
        "valid_from": day(begins),
        "valid_to": day(ends) if ends else None,
        "source": "Surat edaran 1/2026",
        "mark": "A",
        "reason": "Anggaran baru",
    }
    return NewVersion(**(said | more))


async def bought(market: World, actor: Actor, variant: models.Variant, quantity: int, key: str) -> models.Order:
    """One order, placed."""
    assert actor.buyer is not None
    basket = Basket(buyer=actor.buyer, items=(Item(variant.id, quantity),), key=key)
    placed = await orders.place(market.market, actor, basket)
    assert isinstance(placed, Placed)
    return await models.Order.get(purchase_id=placed.purchase)


def second(world: World) -> Market:
    """Another process on the same database, as far as rules are concerned: it has heard of nothing yet."""
    own = assemble(world.market.settings, world.clock)
    return replace(own, database=world.market.database, strict=True)


def version_id(key: UUID) -> str:
    return to_global("ParameterVersion", key)

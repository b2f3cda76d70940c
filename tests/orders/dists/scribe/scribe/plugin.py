"""Writes down what it is told of, by one statement for each order."""

from datetime import datetime

from peken.database.bound import current
from peken.hookspecs import PlacedOrder, hookimpl


@hookimpl
async def order_placed(order: PlacedOrder) -> None:
    await _write("placed", order)


@hookimpl
async def order_delivered(order: PlacedOrder, at: datetime) -> None:
    await _write("delivered", order)


@hookimpl
async def order_cancelled(order: PlacedOrder, at: datetime) -> None:
    await _write("cancelled", order)


async def _write(what: str, order: PlacedOrder) -> None:
    await current().insert("note", ("name", "value"), [(f"scribe.{what}.{order.id}", {"lines": len(order.lines)})])

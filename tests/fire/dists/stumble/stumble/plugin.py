"""Fails when told of an order of one of three amounts: one for each step."""

from peken.hookspecs import PlacedOrder, hookimpl

PLACED, DELIVERED, CANCELLED = 13_000, 14_000, 15_000


@hookimpl
async def order_placed(order: PlacedOrder) -> None:
    _stumble(order, PLACED)


@hookimpl
async def order_delivered(order: PlacedOrder) -> None:
    _stumble(order, DELIVERED)


@hookimpl
async def order_cancelled(order: PlacedOrder) -> None:
    _stumble(order, CANCELLED)


def _stumble(order: PlacedOrder, amount: int) -> None:
    if order.amount == amount:
        raise RuntimeError("stumbled")

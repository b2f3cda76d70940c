"""Fails when it is told of an order, and refuses every delivery on purpose."""

from peken.errors import PekenError
from peken.hookspecs import hookimpl


@hookimpl
async def order_placed() -> None:
    raise LookupError("no pier")


@hookimpl
async def order_delivered() -> None:
    raise PekenError("high_water", "The quay is under water.")

"""Asks for arguments that the hook does not have."""

from peken.hookspecs import hookimpl


@hookimpl
async def order_placed(basket: object, order: object) -> None:
    """Never called."""

"""Misspells a hook."""

from peken.hookspecs import hookimpl


@hookimpl
async def order_plaiced() -> None:
    """Never called."""

"""Wants to be called before everyone else."""

from peken.hookspecs import hookimpl


@hookimpl(tryfirst=True)
async def order_placed() -> None:
    """Never called."""

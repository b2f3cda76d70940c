"""Writes a plain def where the hook is async."""

from peken.hookspecs import hookimpl


@hookimpl
def order_placed() -> None:
    """Never awaited."""

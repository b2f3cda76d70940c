"""Writes an async def where the hook is plain."""

from collections.abc import Sequence

from peken.hookspecs import hookimpl


@hookimpl
async def types() -> Sequence[type]:
    return []

"""Markets that live as a server lets them, from their start to their end; several of them can share one database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.types import ASGIApp

from peken.app import application, assemble
from peken.settings import Settings
from peken.testing.world import Clock, World
from peken.tokens import Issuer


@asynccontextmanager
async def living(settings: Settings, issuer: Issuer, clock: Clock) -> AsyncIterator[World]:
    """One process of a market, as far as it shares nothing with another."""
    market = assemble(settings, clock)
    app = application(market)
    async with started(app):
        with market.database.bound():
            yield World(market, app, issuer, clock)


@asynccontextmanager
async def started(app: ASGIApp) -> AsyncIterator[None]:
    """An application between its start and its end."""
    said: asyncio.Queue[Any] = asyncio.Queue()
    heard: asyncio.Queue[Any] = asyncio.Queue()

    async def live() -> None:
        await app({"type": "lifespan", "asgi": {"version": "3.0"}}, said.get, heard.put)

    life = asyncio.create_task(live())
    await said.put({"type": "lifespan.startup"})
    assert await heard.get() == {"type": "lifespan.startup.complete"}
    try:
        yield
    finally:
        await said.put({"type": "lifespan.shutdown"})
        assert await heard.get() == {"type": "lifespan.shutdown.complete"}
        await life

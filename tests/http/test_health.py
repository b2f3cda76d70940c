"""Alive and ready."""

import asyncio
from collections.abc import Callable

import httpx2
import pytest
from starlette.types import ASGIApp

from peken.http.health import health_routes

pytestmark = pytest.mark.anyio
Build = Callable[..., ASGIApp]


async def well() -> None: ...


async def ill() -> None:
    raise ConnectionRefusedError("postgres://peken:secret@database/")


async def stuck() -> None:
    await asyncio.Event().wait()


def over(app: ASGIApp) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://library")


async def test_it_is_ready_when_every_check_passes(build: Build) -> None:
    async with over(build(checks={"database": well, "plugins": well})) as client:
        answer = await client.get("/health/ready")

    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "checks": {"database": "ok", "plugins": "ok"}}


async def test_a_failed_check_is_named_without_its_text(build: Build) -> None:
    async with over(build(checks={"plugins": well, "database": ill})) as client:
        ready, live = await client.get("/health/ready"), await client.get("/health/live")

    assert (ready.status_code, live.status_code) == (503, 200)
    assert ready.json()["checks"] == {"plugins": "ok", "database": "ConnectionRefusedError"}


async def test_a_check_that_hangs_has_failed() -> None:
    (_, ready) = health_routes({"database": stuck}, seconds=0.05)

    async with over(ready) as client:
        answer = await client.get("/health/ready")

    assert answer.json()["checks"] == {"database": "TimeoutError"}

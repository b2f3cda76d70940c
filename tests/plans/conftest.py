"""A market served in both ways: by plans, and by ordinary execution alone; no answer is kept."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
from starlette.types import ASGIApp

from peken.actors import PUBLIC, Actor
from peken.app import application
from peken.metrics import Metrics
from peken.settings import CacheSettings
from peken.testing.world import World

_FAULT = re.compile(rb'"id":"[0-9a-f]{16}"')
DISTS = Path(__file__).parent / "dists"


class _Watched(Metrics):
    """Metrics that show the counts they are given."""

    reads: Mapping[str, int]

    def counts(self, name: str, says: str, label: str, source: Mapping[str, int]) -> None:
        if name == "peken_reads":
            self.reads = source
        super().counts(name, says, label, source)


@dataclass
class Both:
    """One market, asked in both ways."""

    world: World
    planned: ASGIApp
    executed: ASGIApp
    reads: Mapping[str, int]

    async def ask(
        self, document: str, variables: Mapping[str, Any] | None = None, *, actor: Actor = PUBLIC
    ) -> dict[str, Any]:
        """The answer, which is the same to the byte in both ways; what is asked first and what is asked again.

        A document that is new is executed; so there is a third time.
        """
        asked = {"query": document, "variables": dict(variables or {})}
        executed = await self.send(self.executed, asked, actor)
        for _ in range(3):
            assert await self.send(self.planned, asked, actor) == executed
        answer: dict[str, Any] = orjson.loads(executed[1])
        return answer

    async def data(
        self, document: str, variables: Mapping[str, Any] | None = None, *, actor: Actor = PUBLIC
    ) -> dict[str, Any]:
        """The data of an answer that plans gave."""
        before = dict(self.reads)
        answer = await self.ask(document, variables, actor=actor)
        assert self.reads["compiled"] >= before.get("compiled", 0) + 2, answer
        assert {**self.reads, "compiled": 0} == {**before, "compiled": 0}, answer
        data: dict[str, Any] = answer["data"]
        return data

    async def statements(self, document: str, variables: Mapping[str, Any] | None = None) -> list[str]:
        """What is asked of the database for an answer that plans give."""
        await self.data(document, variables)
        with self.world.market.database.counting() as seen:
            await self.send(self.planned, {"query": document, "variables": dict(variables or {})}, PUBLIC)
        return seen

    async def send(self, app: ASGIApp, asked: Mapping[str, Any], actor: Actor) -> tuple[int, bytes]:
        """Status and body of an answer."""
        headers = {"accept-language": "en"}
        if actor is not PUBLIC:
            headers["authorization"] = f"Bearer {self.world.token(actor)}"
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://market") as client:
            response = await client.post("/graphql", json=asked, headers=headers)
        # The id under which a fault of ours is logged is another one each time.
        return response.status_code, _FAULT.sub(b'"id":""', response.content)


@pytest.fixture
def timbangan(monkeypatch: pytest.MonkeyPatch) -> None:
    """The plugin of these tests can be found. Named before `both`."""
    monkeypatch.syspath_prepend(str(DISTS / "timbangan"))


@pytest.fixture
async def both(timbangan: None, market: World) -> Both:
    """The market of a test, served in both ways."""
    watched = _Watched()
    settings = market.market.settings.model_copy(update={"cache": CacheSettings(memory_bytes=0)})
    alone = settings.model_copy(update={"plans": False})
    planned = application(replace(market.market, settings=settings, metrics=watched))
    executed = application(replace(market.market, settings=alone, metrics=Metrics()))
    return Both(market, planned, executed, watched.reads)

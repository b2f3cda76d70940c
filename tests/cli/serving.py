"""`peken serve` in a process of its own, over real HTTP, for tests of what becomes of its workers."""

import asyncio
import json
import re
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.cli.conftest import BARE

from peken import models
from peken.cli.serve import STARTING
from peken.testing.world import World, as_buyer, global_id
from peken.tokens import Issuer, claims_of

CITY = "35.73"
UNMEASURED = {name: value for name, value in BARE.items() if not name.startswith("COVERAGE")}
"""Coverage makes workers start several times slower, and speaks up among the lines of their log."""
PLACE = """
mutation ($variant: ID!) {
  placeOrder(idempotencyKey: "once", basket: {items: [{variant: $variant, quantity: 1}]}) { __typename }
}
"""


@dataclass
class Serving:
    """`peken serve` in a process of its own."""

    url: str
    issuer: Issuer
    process: asyncio.subprocess.Process
    workers: list[int] = field(default_factory=list)
    ended: list[int] = field(default_factory=list)

    async def until(self, event: str) -> None:
        """Reads the log up to a line with this event, and keeps in mind which workers began and ended."""
        assert self.process.stderr is not None
        # Longer than a parent may wait for a worker that died while it was asked.
        async with asyncio.timeout(240 + STARTING):
            async for line in self.process.stderr:
                said = json.loads(line)["event"]
                if word := re.match(r"(Started|Finished) server process \[(\d+)\]", said):
                    (self.workers if word[1] == "Started" else self.ended).append(int(word[2]))
                if event in said:
                    return
        pytest.fail(f"the log ended without: {event}")

    async def ask(self, query: str, **variables: Any) -> httpx2.Response:
        """Asks as somebody of the public."""
        return await self.send({"query": query, "variables": variables})

    async def buy(self, buyer: models.Buyer, variant: models.Variant) -> httpx2.Response:
        """Buys one piece."""
        token = self.issuer.issue(claims_of(as_buyer(buyer)))
        return await self.send({"query": PLACE, "variables": {"variant": global_id(variant)}}, token)

    async def send(self, body: dict[str, Any], token: str = "") -> httpx2.Response:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        async with httpx2.AsyncClient(timeout=240) as client:
            return await client.post(self.url, json=body, headers=headers)


@asynccontextmanager
async def serving(market: World, folder: Path, workers: int, **settings: str) -> AsyncIterator[Serving]:
    """The market of a test behind real HTTP, on a socket that the test holds; ended when the block is over."""
    issuer = Issuer.create(prefix="city-")
    (folder / "jwks.json").write_text(json.dumps(issuer.public_jwks()))
    told = {
        "PEKEN_DATABASE_URL": market.market.database.url,
        "PEKEN_CITIES": json.dumps([{"code": CITY, "name": "Malang"}]),
        "PEKEN_AUTH__JWKS_FILE": str(folder / "jwks.json"),
        "PEKEN_LOCK_WAIT": "60",
        "PEKEN_STATEMENT_SECONDS": "60",
        "PEKEN_LIMITS__SECONDS": "60",
        **settings,
    }
    with socket.create_server(("127.0.0.1", 0)) as listener:
        command = ["-m", "peken.cli", "serve", "--workers", str(workers), "--fd", str(listener.fileno())]
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *command,
            env=UNMEASURED | told,
            stderr=asyncio.subprocess.PIPE,
            pass_fds=[listener.fileno()],
        )
        found = Serving(f"http://127.0.0.1:{listener.getsockname()[1]}/graphql", issuer, process)
        try:
            for _ in range(workers):
                await found.until("Application startup complete")
            yield found
        finally:
            if process.returncode is None:
                process.terminate()
            await process.communicate()

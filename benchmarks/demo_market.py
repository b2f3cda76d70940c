"""The demo's market in a database of its own, and `peken serve` on it, under the eye of who measures; asks nothing."""

import asyncio
import json
import os
import socket
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

from peken.app import opened
from peken.cli.folder import DemoFolder, demo_settings
from peken.cli.making import Making, Scale, prepare
from peken.ids import new_id, to_global
from peken.market import Market, wall_clock
from peken.settings import Settings
from peken.tokens import Issuer

CITY: Final = "35.73"
PLENTY: Final = 1_000_000
PATIENCE: Final = 300


@dataclass(frozen=True)
class DemoMarket:
    """A filled market: its settings, some of its buyers (with tokens) and what can be bought."""

    settings: Settings
    tokens: list[str]
    wares: list[str]

    @property
    def environment(self) -> dict[str, str]:
        """What a command must be told to mean this market."""
        return self.environment_of(self.settings.database_url)

    def environment_of(self, url: str) -> dict[str, str]:
        """The same with another database."""
        jwks = self.settings.auth.jwks
        assert jwks is not None
        bare = {name: value for name, value in os.environ.items() if not name.startswith("PEKEN_")}
        return bare | {
            "PEKEN_DATABASE_URL": url,
            "PEKEN_CITIES": json.dumps([city.model_dump() for city in self.settings.cities]),
            "PEKEN_AUTH__JWKS": jwks.get_secret_value(),
        }


async def demo_market(folder: Path, url: str, scale: Scale, clients: int) -> DemoMarket:
    """Fills the empty database at `url`; there is enough of everything, and each client is another buyer."""
    issuer = Issuer.create(prefix="measured-")
    settings = demo_settings(url, auth=issuer.auth())
    await prepare(Making(DemoFolder(folder), settings, scale, wall_clock, lambda *_: None))
    async with opened(settings) as market:
        buyers = await market.database.fetch(
            "SELECT id FROM buyer WHERE city_id = $1 AND kind = 'public' ORDER BY id LIMIT $2", CITY, clients
        )
        tokens = [issuer.issue(_claims(str(buyer["id"]))) for buyer in buyers]
        return DemoMarket(settings, tokens, await _stocked(market))


def _claims(buyer: str) -> dict[str, Any]:
    return {"sub": f"measured-{buyer}", "peken": {"roles": ["buyer"], "city": CITY, "buyer": buyer}}


async def _stocked(market: Market) -> list[str]:
    """Variants that are for sale, of which there is plenty now."""
    database = market.database
    rows = await database.fetch(
        """SELECT v.id FROM variant v JOIN product p ON p.id = v.product_id JOIN vendor s ON s.id = p.vendor_id
           WHERE p.city_id = $1 AND p.in_stock AND s.verified_at IS NOT NULL ORDER BY v.id LIMIT 200""",
        CITY,
    )
    keys = [row["id"] for row in rows]
    now = market.now()
    async with database.unit_of_work():
        await database.execute(
            f"UPDATE variant SET stock = stock + {PLENTY} WHERE id {database.among(1)}", database.listed(keys)
        )
        entries = [(new_id(), key, PLENTY, "restocked", now) for key in keys]
        await database.insert("stock_entry", ("id", "variant_id", "delta", "cause", "at"), entries)
    return [to_global("Variant", key) for key in keys]


@dataclass
class Serving:
    """A running `peken serve`, whose log is read as it comes."""

    process: asyncio.subprocess.Process
    errors: list[str]
    _seen: Counter[str] = field(default_factory=Counter)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)
    _reading: asyncio.Task[None] | None = None
    workers: list[int] = field(default_factory=list)

    @classmethod
    async def start(cls, market: DemoMarket, listener: socket.socket, workers: int, errors: list[str]) -> Self:
        """Starts it on a listening socket that stays the caller's, and waits until all workers serve.

        What it logs as an error is added to `errors`.
        """
        words = ["-m", "peken.cli", "serve", "--fd", str(listener.fileno()), "--workers", str(workers)]
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *words,
            env=market.environment,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            pass_fds=[listener.fileno()],
            limit=2**22,
        )
        serving = cls(process, errors)
        serving._reading = asyncio.create_task(serving._read())
        await serving.seen("Application startup complete.", workers)
        return serving

    async def _read(self) -> None:
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            event = self._event(line.decode().strip())
            if event.startswith("Started server process"):
                self.workers.append(int(event.split("[")[1].rstrip("]")))
            async with self._news:
                self._seen[event.split(" [")[0]] += 1
                self._news.notify_all()

    def _event(self, line: str) -> str:
        """What a line of the log says. One that is no JSON comes from Python itself."""
        said: dict[str, Any] = json.loads(line) if line.startswith("{") else {"level": "error", "event": line}
        if said["level"] in ("error", "critical"):
            self.errors.append(line)
        return str(said["event"])

    def count(self, event: str) -> int:
        """How often the log said so until now."""
        return self._seen[event]

    async def seen(self, event: str, times: int) -> None:
        """Waits until the log has said so as often."""
        try:
            async with self._news, asyncio.timeout(PATIENCE):
                await self._news.wait_for(lambda: self._seen[event] >= times)
        except TimeoutError:
            raise RuntimeError(f"the market never said: {event}\n" + "\n".join(self.errors)) from None

    async def end(self) -> None:
        """Asks it to end, and waits for that."""
        if self.process.returncode is None:
            self.process.terminate()
        await self.process.wait()
        if self._reading is not None:
            await self._reading

"""Clients that read and buy until told to stop, and the books of what they were told; knows no server's process."""

import asyncio
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from benchmarks.connections import BrokenAnswer, Connection, NoAnswer
from benchmarks.demo_market import CITY, DemoMarket
from peken.app import opened
from peken.ids import key_of

READ: Final = """
query ($city: String!) {
  products(first: 10, filter: {city: $city, inStock: true}) {
    nodes { name price vendor { name } variants { id stock } }
  }
}
"""
PLACE: Final = """
mutation ($key: String!, $variant: ID!) {
  placeOrder(idempotencyKey: $key, basket: {items: [{variant: $variant, quantity: 1}]}) {
    __typename ... on Purchase { id orders { id } }
  }
}
"""
RETRIES: Final = 600


@dataclass
class Books:
    """What all clients saw."""

    answered: Counter[str] = field(default_factory=Counter)
    retried: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    acknowledged: dict[str, str] = field(default_factory=dict)
    waits: list[float] = field(default_factory=list)

    @property
    def requests(self) -> int:
        """Everything sent, retries included."""
        return sum(self.answered.values()) + sum(self.retried.values()) + len(self.failed)

    def lines(self) -> Iterator[str]:
        """The books, to be read."""
        yield f"requests                   {self.requests:>8}  ({_listed(self.answered)})"
        yield f"sent again after no answer {sum(self.retried.values()):>8}  ({_listed(self.retried)})"
        yield f"failed otherwise           {len(self.failed):>8}"
        yield from (f"  {text}" for text in self.failed[:5])
        hundredths = statistics.quantiles(self.waits, n=100)
        yield (
            f"until answered, retries included: median {hundredths[49] * 1000:.0f} ms, "
            f"99 of 100 within {hundredths[98] * 1000:.0f} ms, longest {max(self.waits) * 1000:.0f} ms"
        )


@dataclass
class Load:
    """Clients at work on one market; each is a buyer with one connection, and sends one request after another."""

    market: DemoMarket
    port: int
    books: Books = field(default_factory=Books)
    _over: asyncio.Event = field(default_factory=asyncio.Event)
    _progress: asyncio.Event = field(default_factory=asyncio.Event)
    _clients: list[asyncio.Task[None]] = field(default_factory=list)

    def begin(self) -> None:
        """Sets the clients to work."""
        for number, token in enumerate(self.market.tokens):
            self._clients.append(asyncio.create_task(self._client(number, token)))

    async def orders(self, more: int) -> None:
        """Waits until this many more orders were acknowledged."""
        wanted = len(self.books.acknowledged) + more
        while len(self.books.acknowledged) < wanted and not self.books.failed:
            self._progress.clear()
            await self._progress.wait()

    async def end(self) -> None:
        """Lets each client finish what it has begun, retries included."""
        self._over.set()
        await asyncio.gather(*self._clients)

    async def _client(self, number: int, token: str) -> None:
        connection, turn = Connection(self.port), 0
        while not self._over.is_set():
            ware = self.market.wares[(number * 7 + turn) % len(self.market.wares)]
            await self._settled(connection, token, {"query": READ, "variables": {"city": CITY}})
            key = f"measured-{number}-{turn}"
            bought = await self._settled(
                connection, token, {"query": PLACE, "variables": {"key": key, "variant": ware}}
            )
            if bought is not None and bought["placeOrder"]["__typename"] == "Purchase":
                self.books.acknowledged[key] = bought["placeOrder"]["id"]
            self._progress.set()
            turn += 1
        connection.close()

    async def _settled(self, connection: Connection, token: str, body: dict[str, Any]) -> dict[str, Any] | None:
        """Sends a request until it has an answer; the same body each time, and so the same key."""
        began = time.perf_counter()
        for _ in range(RETRIES):
            try:
                status, answer = await connection.post(body, token)
            except NoAnswer as error:
                self.books.retried[str(error)] += 1
            except BrokenAnswer as error:
                self.books.failed.append(f"cut off in the middle of an answer: {error}")
                return None
            else:
                codes = [fault.get("extensions", {}).get("code", "?") for fault in answer.get("errors", [])]
                if not codes:
                    return self._answered(answer["data"], time.perf_counter() - began)
                if status != 503:
                    self.books.failed.append(f"{status} {codes}")
                    return None
                self.books.retried[codes[0]] += 1
            await asyncio.sleep(0.05)
        self.books.failed.append("never answered")
        return None

    def _answered(self, data: dict[str, Any], seconds: float) -> dict[str, Any]:
        [(name, value)] = data.items()
        self.books.answered[value.get("__typename", name)] += 1
        self.books.waits.append(seconds)
        return data


@dataclass(frozen=True)
class Audit:
    """The clients' books against the rows."""

    orders: int
    doubled: list[str]
    lost: list[str]
    unasked: list[str]

    @property
    def sound(self) -> bool:
        """Whether each acknowledged key is one order, and each order has such a key."""
        return not (self.doubled or self.lost or self.unasked)

    def lines(self) -> Iterator[str]:
        """The audit, to be read."""
        yield f"orders in the database     {self.orders:>8}"
        yield f"keys with several orders   {len(self.doubled):>8}"
        yield f"acknowledged and lost      {len(self.lost):>8}"
        yield f"written, not acknowledged  {len(self.unasked):>8}"


async def audit(market: DemoMarket, acknowledged: dict[str, str]) -> Audit:
    """Compares what the clients were told with what is kept. A key is a client's own, so it is one buyer's."""
    async with opened(market.settings) as found:
        rows = await found.database.fetch(
            """SELECT p.idempotency_key AS key, p.id AS purchase, COUNT(o.id) AS orders
               FROM purchase p LEFT JOIN orders o ON o.purchase_id = p.id
               WHERE p.idempotency_key LIKE 'measured-%' GROUP BY p.idempotency_key, p.id"""
        )
    kept: dict[str, list[str]] = {}
    for row in rows:
        kept.setdefault(row["key"], []).extend([str(row["purchase"])] * int(row["orders"]))
    told = {key: str(key_of(purchase, "Purchase")) for key, purchase in acknowledged.items()}
    return Audit(
        orders=sum(map(len, kept.values())),
        doubled=[key for key, purchases in kept.items() if len(purchases) > 1],
        lost=[key for key, purchase in told.items() if purchase not in kept.get(key, [])],
        unasked=[key for key in kept if key not in told],
    )


def _listed(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counter.items())) or "none"

"""The rows of the table: who answers what beside whom, checked to be the same before it is measured; prints nothing."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import count
from typing import Any, Final, Literal
from uuid import uuid4

import orjson
from starlette.types import ASGIApp

from benchmarks import asked, bulk, by_hand, newcomer, plugins
from benchmarks.driving import Ask, Asking, Work, asking
from benchmarks.market import QUOTA, Engine, Measured
from peken import monitor
from peken.database import Database
from peken.ids import to_global
from peken.monitor import Among, Status
from peken.settings import Settings
from peken.tokens import Verifier

MARKET, HAND, NEWCOMER = "market", "by hand", "newcomer"
Unit = Literal["speed", "times", "ms"]


@dataclass(frozen=True, slots=True)
class Bar:
    """What a row is held to. `speed` is that of R0 over the market's, `times` that of R1; `ms` is read by the clock."""

    title: str
    least: float
    aim: float
    unit: Unit = "speed"


BARS: Final = {
    "list": Bar("list of 20 products with vendor", 0.80, 0.95),
    "detail": Bar("detail of a product", 0.80, 0.95),
    "nested": Bar("20 vendors, 5 products each", 0.70, 0.85),
    "fields": Bar("list with three plugin batch fields", 0.75, 0.88),
    "completion": Bar("list by plain resolvers, completed by a plan", 0.20, 0.30),
    "ordinary": Bar("list, ordinary execution, caches on", 0.06, 0.08),
    "cached": Bar("public list from cache, memory", 5, 12),
    "order": Bar("place an order, 10 plugins hooked", 0.75, 0.90),
    "newcomer": Bar("list against R1", 25, 38, "times"),
    "standings": Bar("page of 50 of the obligation list", 5, 1, "ms"),
    "balances": Bar("the same, its rows alone", 5, 1, "ms"),
}


class Differs(Exception):
    """Two that were to give the same answer did not."""


class Rows:
    """What is measured on one engine. Use within `plugins.installed()`."""

    def __init__(self, measured: Measured, engine: Engine, stack: AsyncExitStack) -> None:
        self._measured, self._engine, self._stack = measured, engine, stack
        self._token = measured.buyer()
        self._costs: dict[str, int] = {}
        self._lend: by_hand.Lend | None = None

    async def of(self, name: str) -> Mapping[str, Work]:
        """The contenders of a row. Raises Differs."""
        makers: dict[str, Callable[[], Awaitable[Mapping[str, Work]]]] = {
            "list": lambda: self._read("list", asked.LIST, _CITY),
            "detail": lambda: self._read("detail", asked.DETAIL, {"id": to_global("Product", bulk.key("product", 7))}),
            "nested": lambda: self._read("nested", asked.NESTED, _CITY),
            "fields": lambda: self._read("fields", asked.FIELDS, _CITY, [plugins.FIELDS]),
            "completion": lambda: self._read("plain", asked.PLAIN, _CITY, [plugins.FIELDS]),
            "ordinary": lambda: self._read("list", asked.LIST, _CITY, **_PLANS_OFF),
            "cached": self._cached,
            "order": self._order,
            "newcomer": self._newcomer,
            "standings": self._standings,
            "balances": self._balances,
        }
        return await makers[name]()

    async def _read(
        self, name: str, document: str, variables: Mapping[str, Any], named: Sequence[str] = (), **others: Any
    ) -> Mapping[str, Asking]:
        app = await self._measured.app(named, **others)
        market = asking(app, Ask("/graphql", document, variables, self._token))
        answer = await market()
        self._costs[name] = orjson.loads(answer)["extensions"]["cost"]
        hand = asking(await self.by_hand(), Ask(f"/{name}", document, variables, self._token))
        if (same := await hand()) != answer:
            raise Differs(f"{name}:\n{same.decode()[:2000]}\n{answer.decode()[:2000]}")
        return {MARKET: market, HAND: hand}

    async def _cached(self) -> Mapping[str, Work]:
        app = await self._measured.app(cache={})
        market = asking(app, Ask("/graphql", asked.LIST, _CITY))
        computed = await self._read("list", asked.LIST, _CITY)
        hand = asking(await self.by_hand(), Ask("/list", asked.LIST, _CITY))
        if not await market() == await market() == await hand() == await computed[MARKET]():
            raise Differs("cached")
        return {MARKET: market, HAND: hand}

    async def _newcomer(self) -> Mapping[str, Work]:
        both = await self._read("list", asked.LIST, _CITY)
        app = await self._stack.enter_async_context(newcomer.opened(self._measured.url))
        theirs = asking(app, Ask("/", asked.LIST, _CITY))
        if orjson.loads(await theirs())["data"] != orjson.loads(await both[MARKET]())["data"]:
            raise Differs("newcomer")
        return {MARKET: both[MARKET], NEWCOMER: theirs}

    async def _order(self) -> Mapping[str, Work]:
        market = await self._measured.app(plugins.HOOKED)
        hand = await self.by_hand()
        placing = {MARKET: self._placing(market, "/graphql"), HAND: self._placing(hand, "/place")}
        plain = await self._measured.market()
        written = {}
        for name, work in placing.items():
            # To the recipient's name, to an id and an instant.
            purchase = orjson.loads(await work())["data"]["placeOrder"]
            written[name] = await written_of(plain.database, purchase["amount"])
        if written[MARKET] != written[HAND]:
            raise Differs(f"order: {written}")
        return placing

    def _placing(self, app: ASGIApp, path: str) -> Asking:
        """An order of three products of one shop, under another key each time."""
        run, numbers = uuid4().hex, count()
        items = [{"variant": to_global("Variant", bulk.key("variant", n)), "quantity": 1 + n} for n in range(3)]

        async def place() -> bytes:
            variables = {"key": f"{run}-{next(numbers)}", "items": items}
            return await asking(app, Ask(path, asked.PLACE, variables, self._token))()

        return place

    async def _standings(self) -> Mapping[str, Work]:
        app, hall = await self._measured.app([QUOTA]), self._measured.token("city_hall")
        return {MARKET: asking(app, Ask("/graphql", asked.STANDINGS, {"rule": bulk.RULE}, hall))}

    async def _balances(self) -> Mapping[str, Work]:
        market = await self._measured.market([QUOTA])
        watched = monitor.watched(market.city(bulk.CITY), bulk.RULE, self._measured.window, market.now())
        assert watched is not None
        among = Among(Status.BEHIND)

        async def page() -> object:
            with market.database.bound():
                return await monitor.page(market, watched, among, size=51, descending=True)

        return {MARKET: page}

    async def by_hand(self) -> ASGIApp:
        """R0 over the same rows, on a pool of its own."""
        if self._lend is None:
            opened = by_hand.postgres if self._engine == "postgres" else by_hand.sqlite
            self._lend = await self._stack.enter_async_context(opened(self._measured.url))
        verifier = Verifier(self._measured.settings().auth)
        return by_hand.ByHand(self._lend, self._engine, verifier, self._costs).app()


_CITY: Final = {"city": bulk.CITY}
_PLANS_OFF: Final[dict[str, Any]] = {"plans": False} if "plans" in Settings.model_fields else {}

_WRITTEN: Final = (
    "SELECT city_id, buyer_id, amount, recipient_name, note FROM purchase WHERE id = $1",
    "SELECT city_id, vendor_id, buyer_id, status, amount, reason FROM orders WHERE purchase_id = $1",
    """SELECT l.product_id, l.variant_id, l.name, l.unit, l.quantity, l.unit_price, l.amount FROM order_line l
         JOIN orders o ON o.id = l.order_id WHERE o.purchase_id = $1 ORDER BY l.variant_id""",
    """SELECT s.variant_id, s.delta, s.cause FROM stock_entry s JOIN order_line l ON l.id = s.line_id
         JOIN orders o ON o.id = l.order_id WHERE o.purchase_id = $1 ORDER BY s.variant_id""",
    """SELECT a.city_id, a.role, a.action, a.reason FROM audit a
         JOIN orders o ON CAST(o.id AS text) = a.subject WHERE o.purchase_id = $1""",
    "SELECT b.city_id, b.topic FROM outbox b JOIN orders o ON CAST(o.id AS text) = b.key WHERE o.purchase_id = $1",
)


async def written_of(database: Database, amount: int) -> list[list[dict[str, Any]]]:
    """What the newest purchase has left in each table, but for keys and instants of its own."""
    [newest] = await database.fetch("SELECT id, amount FROM purchase ORDER BY placed_at DESC LIMIT 1")
    if newest["amount"] != amount:
        raise Differs("order: another one is the newest")
    return [await database.fetch(text, newest["id"]) for text in _WRITTEN]

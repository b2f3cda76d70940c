"""R0: the same answers written by hand, a route and its SQL each: Starlette, asyncpg or aiosqlite, orjson.

Everything around an answer is done here too, in the plainest way: the token, the caps on body and time, the log's line.
Of the market only what verifies tokens is used, and the form of its ids.
"""

import asyncio
import base64
import hashlib
import logging
import os
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final, Protocol, TextIO

import aiosqlite
import asyncpg  # type: ignore[import-untyped]
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks import sql
from benchmarks.fields import initial, label, tier
from peken.actors import Actor
from peken.ids import new_id
from peken.settings import AuthSettings
from peken.tokens import Verifier

MOST_BYTES: Final = 1_048_576
SECONDS: Final = 30.0
Row = Sequence[Any]
Answered = Callable[[Actor, Mapping[str, Any]], Awaitable[Mapping[str, Any]]]
log = logging.getLogger("by_hand")


class Rows(Protocol):
    """A connection that is lent."""

    async def fetch(self, text: str, *params: Any) -> Sequence[Row]: ...


Lend = Callable[[], AbstractAsyncContextManager[Rows]]


class ByHand:
    """The routes. `costs` are what the market says that the same answers cost, which it tells with each."""

    def __init__(self, lend: Lend, dialect: str, verifier: Verifier, costs: Mapping[str, int]) -> None:
        self._lend, self._dialect, self._verifier, self._costs = lend, dialect, verifier, costs
        self.sql = sql.STATEMENTS[dialect]

    def app(self) -> Starlette:
        """The application."""
        works: dict[str, Answered] = {
            "list": self.list,
            "detail": self.detail,
            "nested": self.nested,
            "fields": self.fields,
            "plain": self.plain,
            "place": self.place,
        }
        return Starlette(
            routes=[Route(f"/{name}", self._route(name, work), methods=["POST"]) for name, work in works.items()]
        )

    def _route(self, name: str, work: Answered) -> Callable[[Request], Awaitable[Response]]:
        extensions = {"cost": self._costs.get(name, 0)}

        async def answer(request: Request) -> Response:
            begun, status = time.perf_counter(), 500
            try:
                async with asyncio.timeout(SECONDS):
                    actor = self._verifier.authenticate(request.headers.get("authorization"))
                    asked = await _body(request)
                    if asked is None:
                        status = 413
                        return Response(status_code=status)
                    data = await work(actor, orjson.loads(asked)["variables"])
                status = 200
                content = orjson.dumps({"data": data, "extensions": extensions})
                return Response(content, media_type="application/json")
            finally:
                spent = round((time.perf_counter() - begun) * 1000, 1)
                told = {"method": request.method, "path": request.url.path, "status": status, "ms": spent}
                log.info(orjson.dumps({"at": datetime.now(UTC), **told}).decode())

        return answer

    async def list(self, actor: Actor, given: Mapping[str, Any]) -> Mapping[str, Any]:
        async with self._lend() as rows:
            found = await rows.fetch(self.sql["list"], given["city"])
        return {"products": {"nodes": [_listed(row) for row in found[:20]], "pageInfo": _page(found)}}

    async def plain(self, actor: Actor, given: Mapping[str, Any]) -> Mapping[str, Any]:
        async with self._lend() as rows:
            found = await rows.fetch(self.sql["list"], given["city"])
        return {"benchProducts": [_listed(row) for row in found[:20]]}

    async def fields(self, actor: Actor, given: Mapping[str, Any]) -> Mapping[str, Any]:
        async with self._lend() as rows:
            found = await rows.fetch(self.sql["list"], given["city"])
        nodes = [
            {
                **_listed(row),
                "benchTier": tier(row[2]),
                "benchInitial": initial(row[1]),
                "benchLabel": label(row[1], row[2]),
            }
            for row in found[:20]
        ]
        return {"products": {"nodes": nodes, "pageInfo": _page(found)}}

    async def detail(self, actor: Actor, given: Mapping[str, Any]) -> Mapping[str, Any]:
        key = _key(given["id"])
        async with self._lend() as rows:
            [row] = await rows.fetch(self.sql["detail"], key)
            variants = await rows.fetch(self.sql["variants"], key)
        return {
            "product": {
                "id": _id("Product", row[0]),
                "name": row[1],
                "description": row[2],
                "price": row[3],
                "inStock": bool(row[4]),
                "createdAt": _instant(row[5]),
                "vendor": {"id": _id("Vendor", row[6]), "name": row[7], "address": row[8]},
                "category": {"code": row[9], "name": row[10]},
                "variants": [
                    {
                        "id": _id("Variant", each[0]),
                        "name": each[1],
                        "unit": each[2],
                        "measure": each[3] if each[4] else None,
                        "price": each[5],
                        "stock": each[6],
                    }
                    for each in variants
                ],
            }
        }

    async def nested(self, actor: Actor, given: Mapping[str, Any]) -> Mapping[str, Any]:
        async with self._lend() as rows:
            found = await rows.fetch(self.sql["nested"], given["city"])
        nodes: dict[str, Any] = {}
        for vendor, name, product, product_name, price in found:
            node = nodes.get(vendor)
            if node is None:
                node = nodes[vendor] = {"id": _id("Vendor", vendor), "name": name, "products": {"nodes": []}}
            if product is not None:
                node["products"]["nodes"].append({"id": _id("Product", product), "name": product_name, "price": price})
        return {"vendors": {"nodes": [*nodes.values()]}}

    async def place(self, actor: Actor, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """The five statements that an order takes at least, and no rule, hook, limit or refusal."""
        wanted = {_key(item["variant"]): item["quantity"] for item in given["items"]}
        at, purchase, order = datetime.now(UTC), new_id(), new_id()
        async with self._lend() as rows:
            await rows.fetch("BEGIN" if self._dialect == "postgres" else "BEGIN IMMEDIATE")
            wares = await rows.fetch(self.sql["wares"], _listing(wanted, self._dialect), str(actor.buyer))
            amount = sum(ware[6] * wanted[str(ware[0])] for ware in wares)
            paper = hashlib.sha256(orjson.dumps(given["items"])).hexdigest()
            written = {
                "purchase": [str(purchase), wares[0][2], str(actor.buyer), actor.subject, given["key"], paper, amount],
                "order": [str(order), str(wares[0][3])],
                "lines": [
                    [
                        *(str(new_id()), str(ware[1]), str(ware[0]), ware[4], ware[5]),
                        *(wanted[str(ware[0])], ware[6], ware[6] * wanted[str(ware[0])], str(new_id())),
                    ]
                    for ware in wares
                ],
                "papers": [str(new_id()), str(new_id()), actor.leading_role],
            }
            for text, params in sql.order(self._dialect, written, at):
                await rows.fetch(text, *params)
            await rows.fetch("COMMIT")
        placed = {"id": _id("Order", order), "amount": amount}
        purchased = {"__typename": "Purchase", "id": _id("Purchase", purchase), "amount": amount, "orders": [placed]}
        return {"placeOrder": purchased}


async def _body(request: Request) -> bytes | None:
    """What was sent; None where that is too much."""
    if int(request.headers.get("content-length", 0)) > MOST_BYTES:
        return None
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MOST_BYTES:
            return None
        parts.append(part)
    return b"".join(parts)


def _id(kind: str, key: object) -> str:
    return base64.urlsafe_b64encode(f"{kind}:{key}".encode()).decode().rstrip("=")


def _key(text: str) -> str:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().partition(":")[2]


def _listing(keys: Mapping[str, int], dialect: str) -> str:
    return "{" + ",".join(keys) + "}" if dialect == "postgres" else orjson.dumps([*keys]).decode()


def _listed(row: Row) -> dict[str, Any]:
    return {
        "id": _id("Product", row[0]),
        "name": row[1],
        "price": row[2],
        "inStock": bool(row[3]),
        "vendor": {"id": _id("Vendor", row[4]), "name": row[5], "kind": row[6].upper()},
    }


def _page(found: Sequence[Row]) -> dict[str, Any]:
    last = found[:20][-1]
    cursor = orjson.dumps(["products.name", last[1], str(last[0])])
    return {"hasNextPage": len(found) > 20, "endCursor": base64.urlsafe_b64encode(cursor).decode().rstrip("=")}


def _instant(value: datetime | str) -> str:
    return value.replace(" ", "T") if isinstance(value, str) else value.isoformat()


@asynccontextmanager
async def postgres(url: str) -> AsyncIterator[Lend]:
    """A pool as the market has one."""

    async def nothing_to_reset(connection: Any) -> None:
        pass

    pool: Any = await asyncpg.create_pool(url, min_size=1, max_size=16, reset=nothing_to_reset)
    try:
        yield pool.acquire
    finally:
        await pool.close()


class _Sqlite:
    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def fetch(self, text: str, *params: Any) -> Sequence[Row]:
        return [*await self._connection.execute_fetchall(text, params)]


@asynccontextmanager
async def sqlite(url: str) -> AsyncIterator[Lend]:
    """One connection, with the market's own settings."""
    async with aiosqlite.connect(url.removeprefix("sqlite:///"), isolation_level=None) as connection:
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=5000"):
            await connection.execute_fetchall(f"PRAGMA {pragma}")
        lock, rows = asyncio.Lock(), _Sqlite(connection)

        @asynccontextmanager
        async def lend() -> AsyncIterator[Rows]:
            async with lock:
                yield rows

        yield lend


def write_to(stream: TextIO) -> None:
    """Where the log's lines go."""
    log.handlers, log.propagate = [logging.StreamHandler(stream)], False
    log.setLevel(logging.INFO)


def serve(url: str, auth: AuthSettings, fd: int) -> None:
    """Serves the routes over this database on a socket that listens already, as `peken serve` would."""
    import uvicorn

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with (postgres if dialect == "postgres" else sqlite)(url) as lend:
            lending.append(lend)
            yield

    write_to(sys.stderr)
    lending: list[Lend] = []
    dialect = "postgres" if url.startswith("postgres") else "sqlite"
    app = ByHand(lambda: lending[0](), dialect, Verifier(auth), {}).app()
    app.router.lifespan_context = lifespan
    config = uvicorn.Config(app, log_config=None, access_log=False, server_header=False, timeout_keep_alive=75)
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=fd)])


if __name__ == "__main__":
    serve(os.environ["BY_HAND_URL"], AuthSettings.model_validate_json(os.environ["BY_HAND_AUTH"]), int(sys.argv[1]))

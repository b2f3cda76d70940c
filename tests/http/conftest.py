"""A small library to ask over HTTP: its schema, its application, and a client without a network."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import httpx2
import pytest
import strawberry
import uvicorn
from starlette.types import ASGIApp

from peken.errors import PekenError
from peken.http.app import graphql_app
from peken.http.guard import GuardedSchema
from peken.http.limits import Limits
from peken.http.seen import Seen

LIBRARIAN = frozenset({"librarian"})
LEFT = threading.Event()
"""Set once nobody follows `never` any more."""


@dataclass
class Visitor:
    """Who asks the library."""

    name: str | None
    roles: frozenset[str]

    @property
    def signed_in(self) -> bool:
        return self.name is not None


VISITORS = {
    "": Visitor(None, frozenset({"public"})),
    "Bearer reader": Visitor("Wati", frozenset({"reader"})),
    "Bearer librarian": Visitor("Bambang", LIBRARIAN),
}


class Genre(Enum):
    NOVEL = "novel"


strawberry.enum(Genre)


@strawberry.interface
class Thing:
    id: strawberry.ID
    note: str = strawberry.field(default="", description="For the staff.")


@strawberry.type
class Book(Thing):
    title: str = "Laskar"
    note: str = strawberry.field(default="worn", metadata={"roles": LIBRARIAN})

    @strawberry.field
    def sequels(self, first: int | None = None, last: int | None = None) -> list["Book"]:
        return [Book(id=strawberry.ID(str(n))) for n in range(min(first or last or 1, 2))]

    @strawberry.field(metadata={"cost": 7})  # type: ignore[untyped-decorator]
    def review(self) -> str:
        return "good"


@strawberry.type
class Ledger(Thing):
    total: int = 0


@strawberry.type
class Shelf:
    books: list[Book]
    owner: Book


@strawberry.type
class Query:
    @strawberry.field
    def hello(self, name: str = "world") -> str:
        return f"hello {name}"

    @strawberry.field
    def number(self, n: int) -> int:
        return n

    @strawberry.field
    def book(self) -> Book:
        return Book(id=strawberry.ID("1"))

    @strawberry.field
    def books(self, first: int | None = 10) -> list[Book]:
        return [Book(id=strawberry.ID(str(n))) for n in range(first or 0)]

    @strawberry.field
    def thing(self) -> Thing:
        return Book(id=strawberry.ID("1"))

    @strawberry.field
    def ledger(self) -> Ledger:
        return Ledger(id=strawberry.ID("1"))

    @strawberry.field(metadata={"roles": LIBRARIAN | {"reader"}})  # type: ignore[untyped-decorator]
    def me(self, info: strawberry.Info) -> str:
        return str(info.context.name)

    @strawberry.field
    def broken(self) -> str | None:
        raise RuntimeError("the number 3578012345678901 is in this text")

    @strawberry.field
    def refused(self) -> str | None:
        raise PekenError("shelf_locked", "Shelf {shelf} is locked.", status=409, shelf=4)

    @strawberry.field
    def nothing(self) -> str:
        return None  # type: ignore[return-value]

    @strawberry.field
    def genre(self) -> Genre | None:
        return "essay"  # type: ignore[return-value]

    @strawberry.field
    def surrogate(self) -> str:
        return "\ud800"

    @strawberry.field
    async def never(self) -> str:
        await asyncio.Event().wait()
        return "late"


@strawberry.type
class Mutation:
    @strawberry.mutation
    def rename(self, title: str) -> str:
        return title


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def hello(self) -> AsyncIterator[str]:
        yield "hello"
        yield "again"

    @strawberry.subscription
    async def broken(self) -> AsyncIterator[str]:
        yield "hello"
        raise PekenError("no_more", "There is no more.")

    @strawberry.subscription
    async def never(self) -> AsyncIterator[str]:
        yield "hello"
        LEFT.clear()
        try:
            await asyncio.Event().wait()
        finally:
            # As a transaction is given back: not cancelled again while it is about it.
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            LEFT.set()

    @strawberry.subscription
    async def fault(self) -> AsyncIterator[str]:
        yield "hello"
        raise RuntimeError("secret")

    @strawberry.subscription
    async def lost(self) -> AsyncIterator[str]:
        yield "hello"
        raise asyncio.CancelledError

    @strawberry.subscription
    async def endless(self) -> AsyncIterator[str]:
        while True:
            yield "hello"

    @strawberry.subscription(metadata={"roles": LIBRARIAN})  # type: ignore[untyped-decorator]
    async def keys(self) -> AsyncIterator[str]:
        yield "key"


def library_schema() -> GuardedSchema:
    return GuardedSchema(query=Query, mutation=Mutation, subscription=Subscription, types=[Book, Ledger])


async def visitor(seen: Seen) -> Visitor:
    found = VISITORS.get(seen.said(b"authorization") or "")
    if found is None:
        raise PekenError("bad_token", "The token is not valid.", status=401)
    return found


def library_app(**changes: Any) -> ASGIApp:
    settings: dict[str, Any] = {
        "context": visitor,
        "asker": lambda context: context,
        "roles": {"Ledger": LIBRARIAN},
        "limits": replace(Limits(), **changes.pop("limits", {})),
    }
    return graphql_app(library_schema(), **{**settings, **changes})


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def build() -> Callable[..., ASGIApp]:
    """Makes an application; keywords as those of graphql_app, `limits` as a dict of what differs."""
    return library_app


@pytest.fixture
def schema() -> GuardedSchema:
    return library_schema()


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(library_app()), base_url="http://library") as found:
        yield found


@pytest.fixture
def serving() -> Callable[[ASGIApp], Any]:
    """A real server on a free port, as a context manager that gives host and port."""

    @contextmanager
    def serve(app: ASGIApp) -> Iterator[tuple[str, int]]:
        # Listening before the server starts: early connections wait in the backlog, and no test has to.
        listening = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None, ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield listening.getsockname()
        finally:
            server.should_exit = True
            thread.join()
            listening.close()

    return serve

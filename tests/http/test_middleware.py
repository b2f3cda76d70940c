"""Size, time, ids and log lines around every request, on real connections where it matters."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from http.client import HTTPResponse
from typing import Any

import httpx2
import pytest
import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from peken.errors import PekenError

pytestmark = pytest.mark.anyio
Build = Callable[..., ASGIApp]
HEADERS = {"content-type": "application/json"}


def over(app: ASGIApp) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://library")


def code_of(answer: httpx2.Response) -> str:
    return str(answer.json()["errors"][0]["extensions"]["code"])


async def pieces(count: int, size: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b" " * size


async def test_a_body_of_exactly_the_limit_is_read(build: Build) -> None:
    body = b'{"query": "{ hello }"}'

    async with over(build(limits={"body": len(body)})) as client:
        fits = await client.post("/graphql", content=body, headers=HEADERS)
        over_it = await client.post("/graphql", content=body + b" ", headers=HEADERS)

    assert fits.status_code == 200
    assert (over_it.status_code, code_of(over_it)) == (413, "body_too_large")


async def test_a_body_without_its_length_is_cut_off_on_the_way(build: Build) -> None:
    async with over(build(limits={"body": 1_000})) as client:
        answer = await client.post("/graphql", content=pieces(30, 100), headers=HEADERS)

    assert (answer.status_code, code_of(answer)) == (413, "body_too_large")


@pytest.mark.parametrize("told", [True, False])
def test_fifty_megabytes_are_refused_and_the_server_answers_on(
    build: Build, serving: Callable[[ASGIApp], Any], told: bool
) -> None:
    def sent() -> Any:
        yield from (b" " * 1_000_000 for _ in range(50))

    with serving(build()) as (host, port), httpx2.Client(base_url=f"http://{host}:{port}", timeout=240) as client:
        headers = {**HEADERS, "content-length": "50000000"} if told else HEADERS
        refused = client.post("/graphql", content=sent(), headers=headers)
        after = client.post("/graphql", json={"query": "{ hello }"})

    assert (refused.status_code, code_of(refused)) == (413, "body_too_large")
    assert after.json()["data"] == {"hello": "hello world"}


def test_a_body_that_comes_too_slowly_is_refused_with_408(build: Build, serving: Callable[[ASGIApp], Any]) -> None:
    start = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{"

    with (
        serving(build(limits={"seconds": 0.1})) as address,
        closing(socket.create_connection(address)) as line,
    ):
        line.sendall(start)
        answer = HTTPResponse(line)
        answer.begin()
        body = answer.read()

    assert answer.status == 408
    assert b"too_slow" in body


async def test_work_that_takes_too_long_is_cancelled_with_504(build: Build) -> None:
    ended = asyncio.Event()

    async def stuck(request: Request) -> object:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return None

    async with over(build(limits={"seconds": 0.1}, context=stuck)) as client:
        by_post = await client.post("/graphql", json={"query": "{ hello }"})
        by_get = await client.get("/graphql?query={hello}")

    assert (by_post.status_code, code_of(by_post)) == (504, "too_slow")
    assert by_get.status_code == 504
    assert ended.is_set()


async def test_a_resolver_that_takes_too_long_is_cancelled_too(build: Build) -> None:
    async with over(build(limits={"seconds": 0.1})) as client:
        answer = await client.post("/graphql", json={"query": "{ never }"})

    assert (answer.status_code, code_of(answer)) == (504, "too_slow")


async def test_a_request_has_one_line_and_nothing_of_who_asked(client: httpx2.AsyncClient) -> None:
    headers = {"authorization": "Bearer reader", "x-request-id": "3578012345678901"}

    with structlog.testing.capture_logs() as lines:
        answer = await client.get("/graphql?query={hello(name:%22Wati%22)}", headers=headers)

    assert answer.json()["data"] == {"hello": "hello Wati"}
    (line,) = lines
    assert {key: line[key] for key in ("event", "method", "path", "status")} == {
        "event": "request",
        "method": "GET",
        "path": "/graphql",
        "status": 200,
    }
    assert line["ms"] > 0
    assert "Wati" not in str(line) + answer.headers["x-request-id"]
    assert answer.headers["x-request-id"] != headers["x-request-id"]


async def test_an_id_given_by_a_proxy_is_kept(client: httpx2.AsyncClient) -> None:
    given = "0f8fad5b-d9cb-469f-a165-70867728950e"

    answer = await client.get("/health/live", headers={"x-request-id": given})

    assert answer.headers["x-request-id"] == given


async def test_what_another_route_raises_is_answered_like_the_rest(build: Build) -> None:
    async def broken(request: Request) -> PlainTextResponse:
        raise RuntimeError("secret")

    async def refused(request: Request) -> PlainTextResponse:
        raise PekenError("gone", "It is gone.", status=410)

    async with over(build(routes=[Route("/a", broken), Route("/b", refused)])) as client:
        ours, theirs = await client.get("/a"), await client.get("/b")

    assert (ours.status_code, code_of(ours)) == (500, "internal_error")
    assert (theirs.status_code, code_of(theirs)) == (410, "gone")
    assert "secret" not in ours.text


async def test_half_an_answer_is_cut_off_and_not_continued(build: Build) -> None:
    async def torn(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("in the middle")

    app = build(routes=[Route("/torn", type("Torn", (), {"__call__": staticmethod(torn)})())])

    async with over(app) as client:
        with pytest.raises(RuntimeError, match="in the middle"):
            await client.get("/torn")


async def test_the_lifespan_of_the_application_is_run(build: Build) -> None:
    seen: list[str] = []

    @asynccontextmanager
    async def lifespan(app: object) -> AsyncIterator[None]:
        seen.append("up")
        yield
        seen.append("down")

    messages = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        seen.append(message["type"])

    await build(lifespan=lifespan)({"type": "lifespan"}, receive, send)

    assert seen == ["up", "lifespan.startup.complete", "down", "lifespan.shutdown.complete"]


async def test_a_client_that_goes_away_is_no_fault_of_ours(build: Build) -> None:
    messages = iter([{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}])
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/graphql",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
    }

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None: ...

    with structlog.testing.capture_logs() as lines:
        await build()(scope, receive, send)

    assert [(line["event"], line["status"]) for line in lines] == [("request", 400)]

"""Subscriptions over a real connection: what comes as events, who may follow, and how it ends."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from typing import Any, cast

import httpx2
import orjson
import pytest
from starlette.types import ASGIApp
from tests.http.conftest import LEFT

from peken.http.streaming import _events

pytestmark = pytest.mark.anyio
EVENTS = {"accept": "text/event-stream"}
BROAD = {"accept": "application/graphql-response+json, application/json, text/event-stream, multipart/mixed"}


@pytest.fixture
async def client(build: Callable[..., ASGIApp], serving: Callable[[ASGIApp], Any]) -> AsyncIterator[httpx2.AsyncClient]:
    with serving(build()) as (host, port):
        async with httpx2.AsyncClient(base_url=f"http://{host}:{port}", timeout=60) as found:
            yield found


async def ask(
    client: httpx2.AsyncClient, query: str, headers: dict[str, str] | None = None, **more: Any
) -> httpx2.Response:
    return await client.post("/graphql", json={"query": query, **more}, headers=headers or EVENTS)


def code_of(response: httpx2.Response) -> str:
    code: str = response.json()["errors"][0]["extensions"]["code"]
    return code


def told(response: httpx2.Response) -> list[Any]:
    """What the events `next` say, of a stream that is complete."""
    *events, end = response.text.replace("\r\n", "\n").removesuffix("\n\n").split("\n\n")
    assert end == "event: complete\ndata: "
    return [orjson.loads(each.removeprefix("event: next\ndata: ")) for each in events]


@pytest.mark.parametrize("headers", [EVENTS, BROAD])
async def test_each_result_is_an_event_and_the_last_says_that_it_is_complete(
    client: httpx2.AsyncClient, headers: dict[str, str]
) -> None:
    answer = await ask(client, "subscription { hello }", headers)

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-store"
    assert len(answer.headers["x-request-id"]) == 32
    assert [each["data"] for each in told(answer)] == [{"hello": "hello"}, {"hello": "again"}]


async def test_a_subscription_can_be_followed_with_get(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/graphql", params={"query": "subscription { hello }"}, headers=BROAD)

    assert [each["data"] for each in told(answer)] == [{"hello": "hello"}, {"hello": "again"}]


async def test_what_is_no_subscription_is_answered_once_or_not_at_all(client: httpx2.AsyncClient) -> None:
    plain = await ask(client, "{ hello }", BROAD)
    named = await ask(client, 'query { hello(name: "subscription") }', BROAD)
    only_events = await ask(client, "{ hello }", EVENTS)
    renamed = await ask(client, 'mutation { rename(title: "subscription") }', EVENTS)

    assert plain.json()["data"] == {"hello": "hello world"}
    assert named.json()["data"] == {"hello": "hello subscription"}
    assert [(each.status_code, code_of(each)) for each in (only_events, renamed)] == [(406, "not_acceptable")] * 2


@pytest.mark.parametrize(
    ("accept", "events"),
    [
        ("text/event-stream", True),
        ("Text/Event-Stream", True),
        ("text/event-stream;q=0.5", True),
        ("text/event-stream; charset=utf-8", True),
        ("text/event-stream, */*;q=0.1", True),
        ("text/event-stream;q=0, application/json", False),
        ("application/json", False),
        ("*/*", False),
    ],
)
async def test_events_are_for_those_who_take_them(client: httpx2.AsyncClient, accept: str, events: bool) -> None:
    answers = [
        await ask(client, "subscription { hello }", {"accept": accept}),
        await client.get("/graphql", params={"query": "subscription { hello }"}, headers={"accept": accept}),
    ]

    for answer in answers:
        assert answer.headers["content-type"].startswith("text/event-stream") is events
        assert events or code_of(answer) == "subscription_by_http"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription {", "bad_document"),
        ("subscription { nope }", "bad_document"),
        ("subscription { hello never }", "bad_document"),
        ("subscription { keys }", "unauthenticated"),
        ("subscription a { hello } subscription b { hello }", "operation_name_needed"),
    ],
)
async def test_a_subscription_that_is_refused_says_why_and_is_complete(
    client: httpx2.AsyncClient, query: str, code: str
) -> None:
    (only,) = told(await ask(client, query))

    assert [error["extensions"]["code"] for error in only["errors"]] == [code]
    assert "data" not in only


async def test_who_may_follow_is_asked(client: httpx2.AsyncClient) -> None:
    reader = await ask(client, "subscription { keys }", EVENTS | {"authorization": "Bearer reader"})
    librarian = await ask(client, "subscription { keys }", EVENTS | {"authorization": "Bearer librarian"})
    nobody = await ask(client, "subscription { keys }", EVENTS | {"authorization": "Bearer forged"})

    assert told(reader)[0]["errors"][0]["extensions"]["code"] == "forbidden"
    assert told(librarian)[0]["data"] == {"keys": "key"}
    assert (nobody.status_code, code_of(nobody)) == (401, "bad_token")


async def test_an_error_on_the_way_is_told_after_what_came_before(client: httpx2.AsyncClient) -> None:
    first, last = told(await ask(client, "subscription { broken }"))

    assert first["data"] == {"broken": "hello"}
    assert last["errors"][0]["extensions"]["code"] == "no_more"


async def test_what_is_seen_of_a_stream_is_what_was_said_in_it(
    build: Callable[..., ASGIApp], serving: Callable[[ASGIApp], Any]
) -> None:
    seen: list[tuple[str, int | None, tuple[str, ...]]] = []

    def watch(kind: str, status: int | None, seconds: float, errors: Sequence[str], refusals: Sequence[str]) -> None:
        seen.append((kind, status, (*errors,)))

    with serving(build(watch=watch)) as (host, port):
        async with httpx2.AsyncClient(base_url=f"http://{host}:{port}", timeout=60) as client:
            await ask(client, "subscription { hello }")
            await ask(client, "subscription { broken }")

    assert seen == [("subscription", 200, ()), ("subscription", 200, ("no_more",))]


@pytest.mark.parametrize("field", ["fault", "lost"])
async def test_a_stream_that_breaks_by_our_fault_says_so_and_is_complete(
    client: httpx2.AsyncClient, field: str
) -> None:
    first, last = told(await ask(client, f"subscription {{ {field} }}"))

    assert first["data"] == {field: "hello"}
    assert last["errors"][0]["extensions"]["code"] == "internal_error"
    assert "secret" not in str(last)


async def test_results_that_are_ready_are_bounded_too(
    build: Callable[..., ASGIApp], serving: Callable[[ASGIApp], Any]
) -> None:
    with serving(build(limits={"stream": 0.3})) as (host, port):
        async with httpx2.AsyncClient(base_url=f"http://{host}:{port}", timeout=60) as client:
            *_, last = told(await ask(client, "subscription { endless }"))

    assert last["errors"][0]["extensions"]["code"] == "too_slow"


async def test_a_client_that_leaves_ends_it_once_and_for_all(client: httpx2.AsyncClient) -> None:
    request = client.build_request("POST", "/graphql", json={"query": "subscription { never }"}, headers=EVENTS)
    answer = await client.send(request, stream=True)
    first = await anext(answer.aiter_lines())
    LEFT.clear()

    await answer.aclose()

    assert first == "event: next"
    assert LEFT.wait(60), "what was begun in leaving was not brought to its end"


async def test_a_stream_has_a_bound_of_its_own(
    build: Callable[..., ASGIApp], serving: Callable[[ASGIApp], Any]
) -> None:
    with serving(build(limits={"seconds": 0.2, "stream": 0.6})) as (host, port):
        async with httpx2.AsyncClient(base_url=f"http://{host}:{port}", timeout=60) as client:
            late = await ask(client, "{ never }", BROAD)
            first, last = told(await ask(client, "subscription { never }"))

    assert (late.status_code, code_of(late)) == (504, "too_slow")
    assert first["data"] == {"never": "hello"}
    assert last["errors"][0]["extensions"]["code"] == "too_slow"


async def test_who_leaves_after_the_bound_without_having_read_keeps_nobody_waiting() -> None:
    ended = asyncio.Event()

    async def endless() -> AsyncGenerator[bytes]:
        try:
            while True:
                yield b"{}"
        finally:
            ended.set()

    events = cast("AsyncGenerator[dict[str, str]]", _events(endless(), 0.01, lambda: b"late"))
    await anext(events)
    await ended.wait()

    async with asyncio.timeout(60):
        await events.aclose()


async def test_what_fails_in_being_left_is_kept_from_nobody_and_hangs_nothing() -> None:
    begun = asyncio.Event()

    async def failing() -> AsyncGenerator[bytes]:
        try:
            yield b"{}"
            begun.set()
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            yield b'{"errors": []}'

    events = cast("AsyncGenerator[dict[str, str]]", _events(failing(), 60, lambda: b"late"))
    await anext(events)
    await begun.wait()

    async with asyncio.timeout(60):
        await events.aclose()

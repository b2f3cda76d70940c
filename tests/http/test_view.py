"""GraphQL over HTTP: media types, status codes, and errors that tell no more than they should."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest
import structlog
from starlette.types import ASGIApp

from peken.errors import PekenError
from peken.http.seen import current

pytestmark = pytest.mark.anyio
NEW = "application/graphql-response+json"
OLD = "application/json"


async def ask(client: httpx2.AsyncClient, query: str, accept: str = NEW, **more: Any) -> httpx2.Response:
    headers = {"accept": accept, **more.pop("headers", {})}
    return await client.post("/graphql", json={"query": query, **more}, headers=headers)


def code_of(answer: httpx2.Response) -> str:
    return str(answer.json()["errors"][0]["extensions"]["code"])


def over(app: ASGIApp) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://library")


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (NEW, NEW),
        (OLD, OLD),
        ("*/*", OLD),
        ("", OLD),
        (f"{NEW}, {OLD};q=0.9", NEW),
        (f"{OLD}, {NEW}", NEW),
        (f"{NEW};q=0.5, {OLD}", OLD),
        ("text/plain, application/*;q=0.1", OLD),
    ],
)
async def test_the_answer_comes_in_the_media_type_preferred(
    client: httpx2.AsyncClient, accept: str, media: str
) -> None:
    answer = await ask(client, "{ hello }", accept)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == f"{media}; charset=utf-8"
    assert answer.json() == {"data": {"hello": "hello world"}, "extensions": {"cost": 1}}


@pytest.mark.parametrize("accept", ["text/plain", f"{OLD};q=0", "application/xml;q=x"])
async def test_a_type_that_is_not_given_is_refused_with_406(client: httpx2.AsyncClient, accept: str) -> None:
    answer = await ask(client, "{ hello }", accept)

    assert (answer.status_code, code_of(answer)) == (406, "not_acceptable")


@pytest.mark.parametrize(
    ("query", "code", "new", "old"),
    [
        ("{", "bad_document", 400, 200),
        ("{ nope }", "bad_document", 400, 200),
        ("query ($n: Int!) { number(n: $n) }", "bad_variables", 400, 200),
        ("query a { hello } query b { hello }", "operation_name_needed", 400, 400),
        ("{ me }", "unauthenticated", 401, 200),
        ("{ ledger { total } }", "unauthenticated", 401, 200),
        ("{ books(first: 1000) { id } }", "page_too_large", 400, 400),
        ("subscription { hello }", "subscription_by_http", 400, 400),
    ],
)
async def test_a_request_error_has_no_data_and_tells_by_its_status(
    client: httpx2.AsyncClient, query: str, code: str, new: int, old: int
) -> None:
    modern = await ask(client, query, NEW)
    legacy = await ask(client, query, OLD)

    assert (modern.status_code, legacy.status_code) == (new, old)
    assert code_of(modern) == code_of(legacy) == code
    assert "data" not in modern.json()


async def test_an_unknown_operation_name_is_a_request_error(client: httpx2.AsyncClient) -> None:
    modern = await ask(client, "query a { hello }", operationName="b")
    legacy = await ask(client, "query a { hello }", OLD, operationName="b")

    assert (modern.status_code, code_of(modern)) == (400, "operation_unknown")
    assert (legacy.status_code, code_of(legacy)) == (400, "operation_unknown")


async def test_every_fault_of_a_document_is_told_with_its_place(client: httpx2.AsyncClient) -> None:
    errors = (await ask(client, "{ nope book { nix } }")).json()["errors"]

    assert [error["locations"][0]["column"] for error in errors] == [3, 15]
    assert {error["extensions"]["code"] for error in errors} == {"bad_document"}


async def test_a_message_quotes_only_the_start_of_what_was_sent(client: httpx2.AsyncClient) -> None:
    unknown = await ask(client, "{ " + "h" * 50_000 + " }")
    unfit = await ask(client, "query ($n: Int!) { number(n: $n) }", variables={"n": "9" * 50_000})

    assert (code_of(unknown), code_of(unfit)) == ("bad_document", "bad_variables")
    assert len(unknown.text) + len(unfit.text) < 1_500


async def test_definitions_of_types_are_refused_as_one_fault(client: httpx2.AsyncClient) -> None:
    answer = await ask(client, "{ hello }" + "type T { a: Int } " * 400)

    assert [error["extensions"]["code"] for error in answer.json()["errors"]] == ["bad_document"]


async def test_variables_nested_deeply_are_refused(client: httpx2.AsyncClient) -> None:
    body = b'{"query": "query ($n: Int!) { number(n: $n) }", "variables": {"n": ' + b"[" * 900 + b"]" * 900 + b"}}"
    headers = {"content-type": OLD, "accept": NEW}

    answer = await client.post("/graphql", content=body, headers=headers)

    assert (answer.status_code, code_of(answer)) == (400, "bad_variables")


async def test_a_role_opens_a_field(client: httpx2.AsyncClient) -> None:
    reader = await ask(client, "{ me }", headers={"authorization": "Bearer reader"})
    denied = await ask(client, "{ thing { note } }", headers={"authorization": "Bearer reader"})
    staff = await ask(client, "{ thing { note } }", headers={"authorization": "Bearer librarian"})

    assert reader.json()["data"] == {"me": "Wati"}
    assert (denied.status_code, code_of(denied)) == (403, "forbidden")
    assert denied.json()["errors"][0]["extensions"]["field"] == "Thing.note"
    assert staff.json()["data"] == {"thing": {"note": "worn"}}


async def test_a_bad_token_is_refused_before_anything_runs(client: httpx2.AsyncClient) -> None:
    answer = await ask(client, "{ hello }", headers={"authorization": "Bearer nonsense"})

    assert (answer.status_code, code_of(answer)) == (401, "bad_token")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_what_a_caller_got_wrong_is_told_in_full(client: httpx2.AsyncClient) -> None:
    with structlog.testing.capture_logs() as lines:
        answer = await ask(client, "{ hello refused }")

    assert answer.status_code == 200
    assert answer.json()["data"] == {"hello": "hello world", "refused": None}
    assert answer.json()["errors"] == [
        {
            "message": "Shelf 4 is locked.",
            "locations": [{"line": 1, "column": 9}],
            "path": ["refused"],
            "extensions": {"shelf": 4, "code": "shelf_locked"},
        }
    ]
    assert [line["event"] for line in lines] == ["request"]


@pytest.mark.parametrize("field", ["broken", "nothing", "genre"])
async def test_what_is_our_fault_is_masked_and_logged_under_its_id(client: httpx2.AsyncClient, field: str) -> None:
    with structlog.testing.capture_logs() as lines:
        answer = await ask(client, f"{{ {field} }}")

    error = answer.json()["errors"][0]
    assert (error["message"], error["extensions"]["code"]) == ("internal error", "internal_error")
    assert [line["id"] for line in lines if line["event"] == "internal_error"] == [error["extensions"]["id"]]
    assert "3578012345678901" not in answer.text + str(lines)


async def test_debugging_lets_the_text_out(build: Callable[..., ASGIApp]) -> None:
    async with over(build(debug=True)) as client:
        answer = await ask(client, "{ broken }")

    assert "RuntimeError: the number" in answer.json()["errors"][0]["message"]


async def test_data_that_is_no_json_is_our_fault(client: httpx2.AsyncClient) -> None:
    answer = await ask(client, "{ surrogate }")

    assert (answer.status_code, code_of(answer)) == (500, "internal_error")


async def test_variables_are_not_logged(client: httpx2.AsyncClient) -> None:
    with structlog.testing.capture_logs() as lines:
        await ask(client, "query ($n: Int!) { number(n: $n) broken }", variables={"n": "secret"})
        await ask(client, "query ($n: String!) { hello(name: $n) broken }", variables={"n": "secret"})

    assert "secret" not in str(lines)


async def test_a_mutation_by_post_runs(client: httpx2.AsyncClient) -> None:
    answer = await ask(client, 'mutation { rename(title: "x") }')

    assert answer.json()["data"] == {"rename": "x"}


async def test_a_context_that_fails_is_our_fault(build: Callable[..., ASGIApp]) -> None:
    async def broken(request: object) -> object:
        raise RuntimeError("no database")

    async with over(build(context=broken)) as client:
        answer = await ask(client, "{ hello }")

    assert (answer.status_code, code_of(answer)) == (500, "internal_error")


async def test_messages_are_worded_by_who_knows_the_language(build: Callable[..., ASGIApp]) -> None:
    def wording(error: PekenError) -> str:
        seen = current.get()
        assert seen
        return f"{seen.said(b'accept-language')}: {error.code}"

    app = build(wording=wording)
    async with over(app) as client:
        answer = await ask(client, "{ me }", headers={"accept-language": "id"})

    assert answer.json()["errors"][0]["message"] == "id: unauthenticated"


async def test_without_introspection_the_schema_is_not_told(build: Callable[..., ASGIApp]) -> None:
    async with over(build(introspection=False)) as client:
        asked = await ask(client, "{ __schema { types { name } } }")
        guessed = await ask(client, "{ helo thing { ... on Boook { id } } }")
        named = await ask(client, "{ __typename }")

    assert code_of(asked) == "introspection_off"
    assert "Did you mean" not in guessed.text
    assert named.json()["data"] == {"__typename": "Query"}


async def test_deep_introspection_is_refused(client: httpx2.AsyncClient) -> None:
    text = "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }"

    answer = await ask(client, text)

    assert (answer.status_code, code_of(answer)) == (400, "bad_document")


async def test_the_introspection_of_tools_is_within_the_limits(client: httpx2.AsyncClient) -> None:
    from graphql import get_introspection_query

    answer = await ask(client, get_introspection_query(input_value_deprecation=True))

    assert "errors" not in answer.json()

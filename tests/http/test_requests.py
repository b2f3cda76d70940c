"""Bodies and query strings, good and hostile: each a clean answer with a code."""

from typing import Any
from urllib.parse import quote

import httpx2
import orjson
import pytest

pytestmark = pytest.mark.anyio
JSON = {"content-type": "application/json"}


async def post(client: httpx2.AsyncClient, body: bytes, **headers: str) -> tuple[int, str]:
    answer = await client.post("/graphql", content=body, headers={**JSON, **headers})
    return answer.status_code, answer.json()["errors"][0]["extensions"]["code"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "bad_json"),
        (b"{", "bad_json"),
        (b"{'query': 1}", "bad_json"),
        (b'{"query": NaN}', "bad_json"),
        (b'{"query": "{ hello(name: \\"\xff\\") }"}', "bad_encoding"),
        (b'{"query": "{ hello }", "variables": {"n": "\\ud800"}}', "bad_json"),
        (b"[" * 100_000 + b"]" * 100_000, "bad_json"),
        (b"[]", "batching_off"),
        (b'[{"query": "{ hello }"}, {"query": "{ hello }"}]', "batching_off"),
        (b'"{ hello }"', "bad_request"),
        (b"7", "bad_request"),
        (b"null", "bad_request"),
        (b"{}", "query_missing"),
        (b'{"query": null}', "query_missing"),
        (b'{"query": ""}', "query_missing"),
        (b'{"query": 7}', "bad_request"),
        (b'{"query": ["{ hello }"]}', "bad_request"),
        (b'{"query": "{ hello }", "operationName": 7}', "bad_request"),
        (b'{"query": "{ hello }", "operationName": {}}', "bad_request"),
        (b'{"query": "{ hello }", "variables": 7}', "bad_request"),
        (b'{"query": "{ hello }", "variables": []}', "bad_request"),
        (b'{"query": "{ hello }", "variables": "{}"}', "bad_request"),
        (b'{"query": "{ hello }", "extensions": []}', "bad_request"),
        (b'{"query": "{ hello }", "variables": {"n": ["a\\u0000b"]}}', "bad_text"),
        (b'{"query": "{ hello }", "variables": {"n": {"a\\u0000b": 1}}}', "bad_text"),
        (b'{"query": "{ hello(name: \\"\\\\u0000\\") }"}', "bad_text"),
        (b'{"query": "{ hello(name: \\"\\\\u{000}\\") }"}', "bad_text"),
    ],
)
async def test_a_bad_body_is_refused_with_400(client: httpx2.AsyncClient, body: bytes, code: str) -> None:
    assert await post(client, body) == (400, code)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "text/plain",
        "application/graphql",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-16",
    ],
)
async def test_other_content_is_refused_with_415(client: httpx2.AsyncClient, content: str) -> None:
    found = await post(client, b'{"query": "mutation { rename(title: \\"x\\") }"}', **{"content-type": content})

    assert found == (415, "unsupported_media")


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "gzip, gzip"])
async def test_compressed_bodies_are_refused_with_415(client: httpx2.AsyncClient, encoding: str) -> None:
    found = await post(client, b"\x1f\x8b\x08\x00", **{"content-encoding": encoding})

    assert found == (415, "unsupported_media")


@pytest.mark.parametrize("content", ["application/json", "APPLICATION/JSON; charset=UTF-8"])
async def test_json_in_utf_8_is_understood(client: httpx2.AsyncClient, content: str) -> None:
    body = orjson.dumps({"query": '{ hello(name: "Čaçak 🍜") }', "operationName": None, "more": 1})

    answer = await client.post("/graphql", content=body, headers={"content-type": content})

    assert answer.json()["data"] == {"hello": "hello Čaçak 🍜"}


@pytest.mark.parametrize(
    ("n", "message"),
    [
        ("1" + "0" * 400, None),
        ("99999999999999999999", "32-bit"),
        ("2147483648", "32-bit"),
        ("1e400", None),
    ],
)
async def test_huge_numbers_are_refused(client: httpx2.AsyncClient, n: str, message: str | None) -> None:
    body = b'{"query": "query ($n: Int!) { number(n: $n) }", "variables": {"n": %s}}' % n.encode()
    headers = {**JSON, "accept": "application/graphql-response+json"}

    answer = await client.post("/graphql", content=body, headers=headers)

    error = answer.json()["errors"][0]
    assert answer.status_code == 400
    assert error["extensions"]["code"] in ("bad_variables", "bad_json")
    assert message is None or message in error["message"]


async def test_a_lone_surrogate_in_a_document_is_refused(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/graphql", json={"query": '{ hello(name: "\\ud800") }'})

    assert answer.json()["errors"][0]["extensions"]["code"] == "bad_document"


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("", 400, "query_missing"),
        ("query=", 400, "query_missing"),
        ("query=%ff", 400, "bad_encoding"),
        ("query=" + "&a=1" * 50, 400, "bad_request"),
        ("query={hello}&variables={", 400, "bad_json"),
        ("query={hello}&variables=[]", 400, "bad_request"),
        ("query=mutation{rename(title:%22x%22)}", 405, "mutation_by_get"),
    ],
)
async def test_a_bad_query_string_is_refused(client: httpx2.AsyncClient, query: str, status: int, code: str) -> None:
    answer = await client.get(f"/graphql?{query}")

    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (status, code)


async def test_a_query_by_get_is_answered(client: httpx2.AsyncClient) -> None:
    text = quote("query a($n: String!) { hello(name: $n) } query b { book { title } }")
    variables: dict[str, Any] = {"n": "you"}

    answer = await client.get(f"/graphql?query={text}&operationName=a&variables={quote(orjson.dumps(variables))}")

    assert answer.json()["data"] == {"hello": "hello you"}


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"])
async def test_other_methods_are_refused_with_405(client: httpx2.AsyncClient, method: str) -> None:
    answer = await client.request(method, "/graphql")

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")


@pytest.mark.parametrize("nested", [False, True])
async def test_an_object_of_more_entries_than_any_type_has_is_refused_at_once(
    client: httpx2.AsyncClient, nested: bool
) -> None:
    large = {f"k{number}": "x" * 60 for number in range(1_001)}
    body = {"query": "{ hello }", "variables": {"a": [large] if nested else large}}

    refused = await client.post("/graphql", json=body)
    large.popitem()
    answered = await client.post("/graphql", json=body)

    assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (400, "too_many_values")
    assert answered.json()["data"] == {"hello": "hello world"}

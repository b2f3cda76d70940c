"""What a visitor of the demo can ask, for each part to play; knows the graph by heart and no row."""

import json
from collections.abc import Mapping
from typing import Any, Final

# The last of these that somebody has is what the part is about.
_QUERIES: Final[Mapping[str, str]] = {
    "public": "{ products(first: 3, filter: {city: $city}) { nodes { name price vendor { name } } } }",
    "buyer": (
        "{ me { buyer { name obligations { title due done remaining until } } } "
        "products(first: 2, filter: {city: $city, inStock: true}) { nodes { name price variants { id stock } } } }"
    ),
    "vendor": "{ me { vendor { name } } orders(first: 3) { totalCount nodes { id status amount } } }",
    "officer": "{ me { department { name } } orders(first: 3) { totalCount nodes { id status amount } } }",
    "lurah": "{ me { areaCode } vendors(first: 3, filter: {verified: false}) { totalCount nodes { id name } } }",
    "city_hall": "{ refusals(first: 3) { totalCount nodes { id amount objections { code message } } } }",
    "auditor": "{ orders(first: 3) { totalCount nodes { id status amount decisions { rule outcome } } } }",
}


def query_for(claims: Mapping[str, Any]) -> str:
    """A query that shows what somebody with these claims is here for."""
    bound = claims.get("peken", {})
    held = bound.get("roles", ())
    query = next((text for role, text in reversed([*_QUERIES.items()]) if role in held), _QUERIES["public"])
    return query.replace("$city", json.dumps(bound.get("city", "")))


def curl(url: str, query: str) -> str:
    """The query as a line for a shell in which TOKEN is set. No query holds a single quote."""
    body = json.dumps({"query": query})
    return f"curl -s {url} -H 'content-type: application/json' -H \"authorization: Bearer $TOKEN\" -d '{body}'"

"""What a visitor of the demo can ask, for each part to play; knows the graph by heart and no row."""

from collections.abc import Mapping
from typing import Any, Final

# The last of these that somebody has is what the part is about.
_QUERIES: Final[Mapping[str, str]] = {
    "public": "{ products(first: 3) { nodes { name price vendor { name } } } }",
    "buyer": "{ me { buyer { name obligations { title due done remaining until } } } }",
    "vendor": "{ me { vendor { name } } orders(first: 3) { totalCount nodes { id status amount } } }",
    "officer": "{ me { department { name } } orders(first: 3) { totalCount nodes { id status amount } } }",
    "lurah": "{ me { areaCode } vendors(first: 3) { totalCount nodes { id name verified } } }",
    "city_hall": "{ refusals(first: 3) { totalCount nodes { id amount objections { code message } } } }",
    "auditor": "{ orders(first: 3) { totalCount nodes { id status amount decisions { rule outcome } } } }",
}


def query_for(claims: Mapping[str, Any]) -> str:
    """A query that shows what somebody with these claims is here for."""
    roles = claims.get("peken", {}).get("roles", ())
    return next((text for role, text in reversed([*_QUERIES.items()]) if role in roles), _QUERIES["public"])


def curl(url: str, query: str) -> str:
    """The query as a line for a shell in which TOKEN is set. The queries hold no quotes."""
    return (
        f"curl -s {url} -H 'content-type: application/json' -H \"authorization: Bearer $TOKEN\" "
        f'-d \'{{"query": "{query}"}}\''
    )

"""Documents made to cost much: the work they make is bounded, grows with their size and no faster, and leaves nothing.

Work is counted in calls, which are the same on every machine. `benchmarks/hostile.py` tells the milliseconds.
"""

import gc
import sys
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any

import pytest
from benchmarks.hostile_documents import Hostile, hostile
from graphql import DocumentNode, GraphQLSchema

from peken.app import schema_of
from peken.errors import PekenError
from peken.http.documents import Documents, InvalidDocument
from peken.http.limits import Limits
from peken.plugins.loading import load
from peken.testing.world import World

TOKENS = Limits().tokens
CALLS = 300_000
"""Of functions, at most, to refuse a document or to find it good."""
KEPT = 400_000
"""Characters of documents that a market keeps."""
LONG = "x" * 8_000
FLOOD = 80
"""Documents, more than are kept of this length."""


@pytest.fixture(scope="module")
def graph() -> GraphQLSchema:
    """The graph of a market without plugins."""
    return schema_of(load({}))._schema


def calls(work: Callable[[], object]) -> int:
    """How many functions were called."""
    count = 0

    def seen(_frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


def openings(tokens: int) -> dict[str, Hostile]:
    return {each.name: each for each in hostile(tokens)}


def opening(graph: GraphQLSchema, each: Hostile, limits: Limits) -> int:
    documents = Documents(graph, limits, suggestions=True)

    def opened() -> None:
        with suppress(PekenError, InvalidDocument):
            documents.open(each.query, each.operation)

    return calls(opened)


@pytest.mark.parametrize("name", [*openings(TOKENS)])
def test_the_work_is_bounded_and_twice_the_document_is_no_more_than_twice_the_work(
    graph: GraphQLSchema, name: str
) -> None:
    half, whole = (opening(graph, openings(tokens)[name], Limits()) for tokens in (TOKENS // 2, TOKENS))

    assert whole <= CALLS
    assert whole <= 2.2 * half + 1_000


def alive(kind: type) -> int:
    """How many there are of these."""
    gc.collect()
    return sum(type(each) is kind for each in gc.get_objects())


@pytest.mark.market({"35.73": []}, strict=True)
@pytest.mark.engines("sqlite")
async def test_a_flood_of_documents_leaves_no_more_than_what_is_kept(market: World) -> None:
    before = alive(DocumentNode)

    for number in range(FLOOD):
        answer = await market.ask(f"{{ a{number}: products {{ nodes {{ name price }} }} }} # {LONG}")
        assert answer.data == {f"a{number}": {"nodes": []}}

    assert 0 < alive(DocumentNode) - before <= KEPT // len(LONG)

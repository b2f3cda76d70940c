"""How long plans last, and which of what goes wrong is theirs to tell."""

import gc
from collections import Counter
from typing import Any

import pytest
from graphql import OperationDefinitionNode
from strawberry.types.graphql import OperationType
from tests.plans.conftest import Both

from peken.actors import PUBLIC
from peken.app import schema_of
from peken.http.documents import Documents, Prepared
from peken.http.guard import Guard
from peken.http.limits import Limits
from peken.ids import new_id
from peken.plans import Plans
from peken.plans.levels import Level
from peken.plans.paging import cursor_of
from peken.schema.context import Context
from peken.testing.world import World

MALANG = "35.73"
KEPT = 10
pytestmark = pytest.mark.market({MALANG: []})


def held() -> list[object]:
    """All documents that there are, and what plans are made of."""
    gc.collect()
    return [each for each in gc.get_objects() if type(each) in (Level, OperationDefinitionNode, Prepared)]


async def test_plans_go_with_the_documents_that_they_are_of(market: World) -> None:
    schema = schema_of(market.market.hooks)
    plans = Plans(schema._schema, market.market.database.dialect)
    schema.guard = guard = Guard(schema, limits=Limits(), asker=lambda asked: asked.actor, types={}, plans=plans)
    guard.documents = Documents(schema._schema, Limits(), entries=KEPT)
    before = held()

    for number in range(5 * KEPT):
        text = f"query($n: Int) {{ products(first: $n) {{ nodes {{ a{number}: name }} }} }}"
        context = Context(market.market, PUBLIC, "en")
        assert await schema.planned(text, None, {"n": 2}, context, [OperationType.QUERY]) is None
        assert not (await schema.execute(text, {"n": 2}, context)).errors
        assert await schema.planned(text, None, {"n": 2}, context, [OperationType.QUERY])
    # Those of before are held until now, so that none of them goes meanwhile.
    grown = Counter(map(type, held())) - Counter(map(type, before))

    assert plans.counts == {"compiled": 5 * KEPT}
    assert grown == {Prepared: KEPT, OperationDefinitionNode: KEPT, Level: 2 * KEPT}


async def test_what_is_new_is_executed_and_not_planned(both: Both) -> None:
    asked = {"query": "{ products { nodes { name } } }", "variables": {}}

    await both.send(both.planned, asked, PUBLIC)
    first = dict(both.reads)
    await both.send(both.planned, asked, PUBLIC)

    assert (first, dict(both.reads)) == ({}, {"compiled": 1})


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        ("query($v: Boolean = true) { products @include(if: $v) { nodes { name } } }", {"v": None}),
        ('query($id: ID = "x") { product(id: $id) { name } }', {"id": None}),
        ("query($c: String) { products(filter: {category: $c}) { nodes { name } } }", {"c": "9" * 300}),
        (f'{{ products(filter: {{category: "{"9" * 300}"}}) {{ nodes {{ name }} }} }}', {}),
    ],
    ids=["flag", "argument", "long", "written"],
)
async def test_a_mistake_of_who_asks_is_no_failure(
    both: Both, document: str, variables: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    answer = await both.ask(document, variables)

    assert answer["errors"]
    assert dict(both.reads) == {"ordinary": 2}
    assert [each for each in caplog.records if each.name == "peken.plans"] == []


@pytest.mark.market({MALANG: ["timbangan"]})
async def test_what_cannot_be_planned_is_told_once(both: Both, caplog: pytest.LogCaptureFixture) -> None:
    await both.world.product(await both.world.vendor())

    await both.ask("{ products { nodes { name mislaid } } }")

    assert dict(both.reads) == {"failed": 1, "ordinary": 1}
    told = [each.getMessage() for each in caplog.records if each.name == "peken.plans"]
    assert told == ["a plan failed: LookupError"]


@pytest.mark.parametrize("side", ["after", "before"])
@pytest.mark.parametrize("inside", [False, True], ids=["root", "each"])
async def test_a_cursor_of_a_name_longer_than_any_is_none(both: Both, side: str, inside: bool) -> None:
    await both.world.product(await both.world.vendor())
    cursor = cursor_of("products.name", "a" * 1_000, new_id())
    products = f"products(sort: NAME, {side}: $c) {{ nodes {{ name }} }}"
    document = f"query($c: String) {{ {f'vendors {{ nodes {{ {products} }} }}' if inside else products} }}"

    answer = await both.ask(document, {"c": cursor})

    assert [error["extensions"]["code"] for error in answer["errors"]] == ["bad_cursor"]
    assert dict(both.reads) == {"ordinary": 2}

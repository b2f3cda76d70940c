"""What is written of a new listing, in few statements and within bounds that every engine counts to."""

import pytest
from tests.catalog.test_selling import CREATE, GOOD, VARIANT, objections, shop
from tests.schema.small_world import TWO_CITIES

from peken import models
from peken.catalog.checking import MOST_MEASURE
from peken.testing.world import World, global_id

pytestmark = pytest.mark.market(TWO_CITIES)

SPACES = " " * 40


async def test_the_statements_of_a_listing_do_not_grow_with_its_variants(market: World) -> None:
    actor, _ = await shop(market)

    async def statements(variants: int) -> int:
        wanted = [{"price": 1_000, "stock": 5}] * variants
        with market.market.database.counting() as seen:
            answer = await market.ask(CREATE, {"input": {**GOOD, "variants": wanted}}, actor=actor)
        assert len(answer.data["done"]["variants"]) == variants
        return len(seen)

    assert await statements(50) == await statements(2)
    assert await models.StockEntry.filter(cause="listed").count() == 53


async def test_the_variants_of_a_listing_keep_the_order_of_their_shop(market: World) -> None:
    actor, _ = await shop(market)
    names = [f"Ukuran {number}" for number in (3, 1, 2)]

    answer = await market.ask(
        CREATE, {"input": {**GOOD, "variants": [{"price": 1, "name": name} for name in names]}}, actor=actor
    )

    assert [variant["name"] for variant in answer.data["done"]["variants"]] == names


async def test_spaces_around_names_and_units_are_left_away(market: World) -> None:
    actor, variant = await shop(market)
    texts = {"name": f"{SPACES * 3}Merah ", "unit": f"{SPACES}bag{SPACES}"}

    made = await market.ask(CREATE, {"input": {**GOOD, "variants": [{"price": 1, **texts}]}}, actor=actor)
    changed = await market.ask(VARIANT, {"input": {"id": global_id(variant), **texts}}, actor=actor)
    empty = await market.ask(VARIANT, {"input": {"id": global_id(variant), "unit": SPACES}}, actor=actor)

    for answer in (made, changed):
        [stored] = answer.data["done"]["variants"]
        assert (stored["name"], stored["unit"]) == ("Merah", "bag")
    assert await objections(empty) == [("bad_unit", ["unit"])]


async def test_the_content_of_a_unit_is_bounded(market: World) -> None:
    actor, _ = await shop(market)

    def listing(measure: int) -> dict[str, object]:
        return {"input": {**GOOD, "variants": [{"price": 1, "measure": measure, "measureUnit": "GRAM"}]}}

    most = await market.ask(CREATE, listing(MOST_MEASURE), actor=actor)
    more = await market.ask(CREATE, listing(MOST_MEASURE + 1), actor=actor)

    assert most.data["done"]["variants"][0]["measure"] == MOST_MEASURE
    assert await objections(more) == [("bad_measure", ["variants", "0", "measure"])]

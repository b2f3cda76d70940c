"""To whom goods go: the rules know another person by a key, at the till and on delivery, and the buyer as nobody."""

from typing import Any

import pytest

from peken import models
from peken.ids import recipient_key
from peken.testing.world import World, as_buyer, as_vendor, global_id

CITY = "35.73"
PLACE = """mutation ($items: [ItemInput!]!, $to: DeliveryInput) {
  placeOrder(basket: {items: $items, delivery: $to}, idempotencyKey: "k1") { ... on Purchase { orders { id } } } }"""
DELIVER = "mutation ($id: ID!) { deliverOrder(id: $id) { ... on Order { status } } }"

pytestmark = pytest.mark.market({CITY: ["malang_quota"]})


async def judged(market: World, name: str, region: str = "") -> dict[str, Any]:
    """The case of a delivery to this recipient, as it was recorded."""
    vendor = await market.vendor(kind="umkm")
    actor = as_buyer(await market.buyer(classes={}, name="Budi Utomo"))
    items = [{"variant": global_id(await market.product(vendor)), "quantity": 1}]
    answer = await market.ask(PLACE, {"items": items, "to": {"name": name, "kelurahan": region}}, actor=actor)
    order = answer.data["placeOrder"]["orders"][0]["id"]
    await market.ask(DELIVER, {"id": order}, actor=as_vendor(vendor))
    return (await models.Docket.get()).content


@pytest.mark.parametrize("name", ["", "  ", "Budi Utomo", " budi  UTOMO "])
async def test_what_goes_to_the_buyer_has_no_other_recipient(market: World, name: str) -> None:
    case = await judged(market, name)

    assert case["lines"][0]["recipient"] is None
    assert case["facts"]["core:Recipient"] == {}


async def test_another_person_is_known_by_a_key_and_a_region_and_not_by_name(market: World) -> None:
    region = await market.region()

    case = await judged(market, "Siti  Aminah", region)

    key = recipient_key("siti aminah", region)
    assert case["lines"][0]["recipient"] == key
    assert case["facts"]["core:Recipient"] == {key: {"region": region}}
    assert "Siti" not in str(case)


def test_two_of_one_name_in_two_kelurahan_are_two_persons() -> None:
    keys = {recipient_key("Siti", region) for region in ("", "35.73.01.1001", "35.73.01.1002")}

    assert len(keys) == 3
    assert all(len(key) == 32 for key in keys)

"""Rice on twin dates in a whole market, over HTTP: what an ASN of a city that does not exist owes and gives."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from beras_tanggal_kembar.models import FamilyInNeed
from peken import models, obligations
from peken.actors import Actor
from peken.ids import new_id, recipient_key
from peken.testing.world import World, as_buyer, as_vendor, global_id

CITY, KELURAHAN, CARD = "99.71", "99.71.01.1001", "TK-20417"
OWED = "{ me { buyer { obligations { rule unit due done remaining met window } } } }"
EXPLAIN = """query ($items: [ItemInput!]!, $to: DeliveryInput) {
  explainOrder(basket: {items: $items, delivery: $to}) { allowed decisions { rule message(lang: ID) } } }"""
PLACE = """mutation ($items: [ItemInput!]!, $to: DeliveryInput, $key: String!) {
  placeOrder(basket: {items: $items, delivery: $to}, idempotencyKey: $key) { ... on Purchase { orders { id } } } }"""
CANCEL = 'mutation ($id: ID!) { cancelOrder(id: $id, reason: "wet") { ... on Order { status } } }'

pytestmark = pytest.mark.market({CITY: ["beras_tanggal_kembar"]})


class Square:
    """The fourth of April in a town with a shop, an ASN and a family in need."""

    def __init__(self, market: World, shop: models.Vendor, asn: models.Buyer) -> None:
        self.market, self.shop, self.asn = market, shop, asn

    @property
    def actor(self) -> Actor:
        return as_buyer(self.asn)

    async def bag(self, grams: int) -> models.Variant:
        """Rice in bags of so many grams."""
        gram = models.catalog.MeasureUnit.GRAM
        return await self.market.product(self.shop, name=f"Beras {grams}", measure=grams, measure_unit=gram)

    async def buy(self, *bags: tuple[models.Variant, int], card: str = CARD) -> str:
        """One order for the family of a card; its id."""
        items = [{"variant": global_id(bag), "quantity": pieces} for bag, pieces in bags]
        asked: dict[str, Any] = {"items": items, "to": {"name": card, "kelurahan": KELURAHAN}, "key": str(new_id())}
        answer = await self.market.ask(PLACE, asked, actor=self.actor)
        return str(answer.data["placeOrder"]["orders"][0]["id"])

    async def given(self) -> tuple[int, int, bool]:
        """Grams given, grams still owed, and whether that is all."""
        [owed] = (await self.market.ask(OWED, actor=self.actor)).data["me"]["buyer"]["obligations"]
        assert owed["unit"] == "g"
        return owed["done"], owed["remaining"], owed["met"]


@pytest.fixture
async def square(market: World) -> Square:
    market.clock.at = datetime(2026, 4, 4, 2, 0, tzinfo=UTC)
    named = {"level": 4, "name": "Pasar Lama", "parent_code": "99.71.01"}
    await models.Region.get_or_create(code=KELURAHAN, defaults=named)
    key = recipient_key(CARD, KELURAHAN)
    await FamilyInNeed.create(id=new_id(), recipient=key, valid_from=date(2026, 1, 1), valid_to=date(2026, 5, 5))
    shop = await market.vendor(region=KELURAHAN)
    return Square(market, shop, await market.buyer(classes={"golongan": "III/a"}))


async def test_two_bags_of_five_kilograms_are_ten(square: Square) -> None:
    await square.buy((await square.bag(5_000), 2))

    assert await square.given() == (10_000, 0, True)


async def test_nine_and_a_half_kilograms_are_short(square: Square) -> None:
    await square.buy((await square.bag(5_000), 1), (await square.bag(4_500), 1))

    assert await square.given() == (9_500, 500, False)


@pytest.mark.parametrize("card", ["", "Budi Utomo", "TK-20418"], ids=["nobody", "the buyer", "an unknown card"])
async def test_rice_for_others_than_a_family_in_need_does_not_count(square: Square, card: str) -> None:
    await square.buy((await square.bag(5_000), 2), card=card)

    assert await square.given() == (0, 10_000, False)


async def test_the_day_after_nothing_is_owed_and_nothing_counts(square: Square) -> None:
    rice = await square.bag(5_000)
    square.market.clock.at = datetime(2026, 4, 4, 17, 0, tzinfo=UTC)  # midnight of the fifth in WIB
    await square.buy((rice, 2))

    answer = await square.market.ask(OWED, actor=square.actor)

    assert answer.data["me"]["buyer"]["obligations"] == []
    assert await models.TallyEntry.all().count() == 0


async def test_a_family_is_in_need_until_its_last_day(square: Square) -> None:
    square.market.clock.at = datetime(2026, 5, 5, 2, 0, tzinfo=UTC)

    await square.buy((await square.bag(5_000), 2))

    assert await square.given() == (0, 10_000, False)


async def test_rice_that_is_sent_back_later_is_taken_off_the_date_it_was_given_on(square: Square) -> None:
    order = await square.buy((await square.bag(5_000), 2))
    square.market.clock.at = datetime(2026, 4, 6, 2, 0, tzinfo=UTC)

    await square.market.ask(CANCEL, {"id": order}, actor=as_vendor(square.shop))

    balance = await models.TallyBalance.get()
    assert (balance.win, balance.value) == ("2026-04-04", 0)


async def test_before_buying_one_is_told_in_kilograms_what_it_adds(square: Square) -> None:
    bag = await square.bag(2_500)
    asked = {"items": [{"variant": global_id(bag), "quantity": 3}], "to": {"name": CARD, "kelurahan": KELURAHAN}}

    answer = await square.market.ask(EXPLAIN, asked, actor=square.actor)

    [decision] = answer.data["explainOrder"]["decisions"]
    assert decision["message"] == (
        "7,5 kg beras disalurkan kepada keluarga yang membutuhkan. Kewajiban hari ini 10 kg; "
        "sisa yang masih perlu dibeli: 2,5 kg."
    )


async def test_everyone_who_owes_is_on_the_list_of_the_date_though_nothing_was_bought(square: Square) -> None:
    await square.market.buyer()
    market, city = square.market.market, square.market.market.city(CITY)

    opened = await obligations.open_windows(market, city, square.market.clock.at)
    day_after = await obligations.open_windows(market, city, datetime(2026, 4, 5, 2, 0, tzinfo=UTC))

    rows = await models.TallyBalance.all().values_list("subject", "win", "value", "floor")
    assert (opened, day_after) == (1, 0)
    assert [tuple(row) for row in rows] == [(str(square.asn.id), "2026-04-04", 0, 10_000)]


@pytest.mark.engines("sqlite")
async def test_neither_the_card_nor_a_name_is_recorded_with_the_decision(square: Square) -> None:
    await square.buy((await square.bag(5_000), 2))

    [docket] = await models.Docket.all()

    assert CARD not in str(docket.content)
    assert docket.content["facts"]["beras_tanggal_kembar:Family"] == {recipient_key(CARD, KELURAHAN): {}}

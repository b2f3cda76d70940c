"""Meals of departments in a whole market, over HTTP: a share of a budget, over a year, with groups of vendors."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from konsumsi_opd.models import MealBudget, Member, load_budgets, load_groups
from peken import departments, findings, models
from peken.actors import Actor
from peken.ids import new_id
from peken.testing.world import World, as_officer, as_vendor, global_id

CITY, KELURAHAN = "99.71", "99.71.01.1001"
OWED = """{ me { department { obligations {
  rule title(lang: ID) unit due done remaining met window until source mark } } } }"""
PLACE = """mutation ($items: [ItemInput!]!, $buyer: ID, $key: String!) {
  placeOrder(basket: {items: $items, buyer: $buyer}, idempotencyKey: $key) { ... on Purchase { orders { id } } } }"""
DELIVER = "mutation ($id: ID!) { deliverOrder(id: $id) { ... on Order { status } } }"

pytestmark = pytest.mark.market({CITY: ["konsumsi_opd"]})


class Kitchen:
    """A health office with a budget of Rp100 million, and cooks who may be in groups."""

    def __init__(self, market: World, office: models.Department, account: models.Buyer) -> None:
        self.market, self.office, self.account = market, office, account

    @property
    def actor(self) -> Actor:
        return as_officer(self.office)

    async def cook(self, group: str = "", *, poor: bool = False, until: date | None = None) -> models.Vendor:
        """A shop, in a group if one is named."""
        vendor = await self.market.vendor(region=KELURAHAN, kind="umkm", name=f"Dapur {group}")
        if group:
            await Member.create(
                id=new_id(), team=group, vendor_id=vendor.id, poor=poor, valid_from=date(2026, 1, 1), valid_to=until
            )
        return vendor

    async def buy(self, vendor: models.Vendor, amount: int, category: str = "meals.rice_box") -> None:
        """The office orders something for so much, and it is delivered."""
        variant = await self.market.product(vendor, price=amount, category=category)
        asked: dict[str, Any] = {"items": [{"variant": global_id(variant), "quantity": 1}]}
        asked |= {"buyer": global_id(self.account), "key": str(new_id())}
        answer = await self.market.ask(PLACE, asked, actor=self.actor)
        order = answer.data["placeOrder"]["orders"][0]["id"]
        await self.market.ask(DELIVER, {"id": order}, actor=as_vendor(vendor))

    async def owed(self) -> dict[str, Any]:
        """What the office reads of its only obligation."""
        [owed] = (await self.market.ask(OWED, actor=self.actor)).data["me"]["department"]["obligations"]
        return dict(owed)


@pytest.fixture
async def kitchen(market: World) -> Kitchen:
    office = await models.Department.create(
        id=new_id(), city_id=CITY, code="dinkes", name="Dinas Kesehatan", region=KELURAHAN
    )
    await MealBudget.create(id=new_id(), department_id=office.id, year=2026, amount=100_000_000)
    account = await market.buyer(kind="department", name=office.name, department_id=office.id)
    return Kitchen(market, office, account)


async def test_a_department_owes_its_share_from_the_first_day_of_the_year(kitchen: Kitchen) -> None:
    owed = await kitchen.owed()

    assert (owed["rule"], owed["window"], owed["until"]) == ("tirta-kencana.meals", "2026", "2026-12-31")
    assert (owed["unit"], owed["due"], owed["done"], owed["met"]) == ("rupiah", 40_000_000, 0, False)
    assert (owed["title"], owed["mark"]) == ("Konsumsi dari kelompok usaha kecil", "M")


async def test_only_meals_from_a_group_with_poor_members_count(kitchen: Kitchen) -> None:
    rich = await kitchen.cook("Melati")
    await kitchen.cook("Mawar", poor=True)
    fellow, alone = await kitchen.cook("Mawar"), await kitchen.cook()

    await kitchen.buy(rich, 1_000_000)
    await kitchen.buy(alone, 2_000_000)
    await kitchen.buy(fellow, 4_000_000)
    await kitchen.buy(fellow, 8_000_000, "office.pens")

    owed = await kitchen.owed()
    assert (owed["done"], owed["remaining"]) == (4_000_000, 36_000_000)


async def test_what_is_reached_is_met_and_the_year_turns_at_midnight_in_the_city(kitchen: Kitchen) -> None:
    cook = await kitchen.cook("Mawar", poor=True)
    await MealBudget.create(id=new_id(), department_id=kitchen.office.id, year=2027, amount=50_000_000)
    kitchen.market.clock.at = datetime(2026, 12, 31, 16, 59, tzinfo=UTC)
    await kitchen.buy(cook, 40_000_000)
    old = await kitchen.owed()

    kitchen.market.clock.at = datetime(2026, 12, 31, 17, 0, tzinfo=UTC)
    new = await kitchen.owed()

    assert (old["window"], old["done"], old["met"]) == ("2026", 40_000_000, True)
    assert (new["window"], new["due"], new["done"], new["met"]) == ("2027", 20_000_000, 0, False)


async def test_who_leaves_the_list_of_the_poor_makes_the_group_count_no_longer(kitchen: Kitchen) -> None:
    await kitchen.cook("Mawar", poor=True, until=date(2026, 3, 17))
    fellow = await kitchen.cook("Mawar")
    await kitchen.buy(fellow, 1_000_000)

    kitchen.market.clock.at = datetime(2026, 3, 17, 5, 0, tzinfo=UTC)
    await kitchen.buy(fellow, 2_000_000)

    assert (await kitchen.owed())["done"] == 1_000_000


async def test_a_department_that_bought_nothing_is_found_when_the_year_is_over(kitchen: Kitchen) -> None:
    market, city = kitchen.market.market, kitchen.market.market.city(CITY)
    await models.Department.create(id=new_id(), city_id=CITY, code="pu", name="Dinas PU", region=KELURAHAN)
    opened = await departments.open_windows(market, city, kitchen.market.clock.at)

    await findings.close_windows(market, city, datetime(2027, 1, 1, 5, 0, tzinfo=UTC))

    [found] = await models.Finding.all()
    assert opened == 1
    assert (found.subject, found.subject_kind, found.win) == (str(kitchen.office.id), "department", "2026")
    assert (found.value, found.floor, found.missing) == (0, 40_000_000, 40_000_000)


async def test_facts_of_many_departments_and_vendors_take_as_many_statements_as_of_one(kitchen: Kitchen) -> None:
    cooks = [await kitchen.cook(f"Group {number % 3}", poor=number == 4) for number in range(8)]
    vendors = [str(cook.id) for cook in cooks]
    offices = [str(kitchen.office.id), *(str(UUID(int=number)) for number in range(8))]
    database, day = kitchen.market.market.database, date(2026, 6, 1)

    with database.counting() as statements:
        budgets = await load_budgets(offices, day)
        groups = await load_groups(vendors, day)

    assert len(statements) == 3
    assert {key: budget.meals for key, budget in budgets.items()} == {offices[0]: 100_000_000}
    assert [groups[vendor].poor for vendor in vendors] == [0, 1, 0, 0, 1, 0, 0, 1]

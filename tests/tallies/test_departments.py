"""What departments owe: opened for those that bought nothing, read for many at once, shown to who answers for them."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from peken import departments, models
from peken.actors import Actor
from peken.testing.world import World, as_auditor, as_buyer, as_officer, global_id

CITY = "35.73"
OWED = """query ($id: ID!) { node(id: $id) { ... on Department {
  obligations { rule unit window due done remaining met until } } } }"""
PLACE = """mutation ($items: [ItemInput!]!, $buyer: ID) {
  placeOrder(basket: {items: $items, buyer: $buyer}, idempotencyKey: "k1") { ... on Purchase { orders { id } } } }"""


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A plugin whose departments buy for 1,000 Rupiah a year for each letter of their code."""
    with monkeypatch.context() as patch:
        patch.syspath_prepend(str(Path(__file__).parent / "dists" / "kebun"))
        yield


pytestmark = pytest.mark.market({CITY: ["kebun"]})


async def test_every_department_that_owes_has_a_balance_though_it_bought_nothing(market: World) -> None:
    owing = await market.department(code="pu")
    await market.department(code="free")

    opened = await departments.open_windows(market.market, market.market.city(CITY), market.clock.at)
    again = await departments.open_windows(market.market, market.market.city(CITY), market.clock.at)

    rows = await models.TallyBalance.all().values_list("rule", "subject", "win", "value", "floor")
    assert (opened, again) == (1, 1)
    assert [tuple(row) for row in rows] == [("kebun.greens", str(owing.id), "2026", 0, 2_000)]


async def test_an_officer_reads_what_the_own_department_owes_and_has_bought(market: World) -> None:
    office = await market.department(code="pu")
    buyer = await market.buyer(kind="department", department_id=office.id)
    variant = await market.product(await market.vendor(), price=700)
    items = [{"variant": global_id(variant), "quantity": 2}]
    await market.ask(PLACE, {"items": items, "buyer": global_id(buyer)}, actor=as_officer(office))

    answer = await market.ask(OWED, {"id": global_id(office)}, actor=as_officer(office))

    [owed] = answer.data["node"]["obligations"]
    assert (owed["rule"], owed["window"], owed["until"]) == ("kebun.greens", "2026", "2026-12-31")
    assert (owed["due"], owed["done"], owed["remaining"], owed["met"]) == (2_000, 1_400, 600, False)


async def test_nobody_else_but_who_watches_over_the_city_reads_it(market: World) -> None:
    office, other = await market.department(code="pu"), await market.department(code="bkd")
    asked: list[Actor] = [as_officer(other), as_buyer(await market.buyer()), as_auditor("35.78"), as_auditor(CITY)]

    answers = [await market.ask(OWED, {"id": global_id(office)}, actor=actor) for actor in asked]

    assert [answer.codes for answer in answers] == [["forbidden"], ["forbidden"], ["forbidden"], []]


@pytest.mark.engines("sqlite")
async def test_many_departments_take_as_many_statements_as_one(market: World) -> None:
    keys = [UUID(str((await market.department(code=f"d{number}")).id)) for number in range(10)]

    with market.market.database.counting() as for_one:
        await departments.standings(market.market, keys[:1], market.clock.at)
    with market.market.database.counting() as for_all:
        found = await departments.standings(market.market, keys, market.clock.at)

    assert len(for_one) == len(for_all) == 3
    assert [len(found[key]) for key in keys] == [1] * 10

"""Two departments of a foreign city with people of several classes, some of whom bought rice."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from peken import models, obligations, orders
from peken.models.catalog import MeasureUnit
from peken.orders import Basket, Item, Placed
from peken.testing.world import World, as_buyer, as_city_hall

SURABAYA = "35.78"
DISTS = Path(__file__).parent / "dists" / "lumbung"
RICE = "lumbung.rice"

MONITOR = """
query ($rule: String!, $window: String, $filter: StandingFilter, $sort: StandingSort! = MOST_REMAINING,
       $first: Int, $after: String, $last: Int, $before: String) {
  obligationMonitor(rule: $rule, window: $window) {
    window firstDay lastDay daysLeft
    standings(filter: $filter, sort: $sort, first: $first, after: $after, last: $last, before: $before) {
      totalCount
      nodes { name status due done remaining daysLeft forecast department { code } classes { scheme code } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
}
"""
SUMMARY = """
query ($filter: StandingFilter) {
  obligationMonitor(rule: "lumbung.rice") {
    summary(filter: $filter) {
      total { ...N } departments { department { code } counts { ...N } } classes { scheme code counts { ...N } }
    }
  }
}
fragment N on ObligationCounts { met behind exempt due done }
"""


@dataclass
class Office:
    """Who works where, by name, and a shop that sells rice by the kilogram."""

    market: World
    health: models.Department
    roads: models.Department
    rice: models.Variant
    people: dict[str, models.Buyer]

    async def buys(self, name: str, kilograms: int) -> str:
        """Somebody buys rice, which is delivered; the order's key."""
        buyer, key = self.people[name], f"{name}-{kilograms}"
        wish = Basket(buyer=UUID(str(buyer.id)), items=(Item(UUID(str(self.rice.id)), kilograms),), key=key)
        placed = await orders.place(self.market.market, as_buyer(buyer), wish)
        assert isinstance(placed, Placed)
        order = await models.Order.get(purchase_id=placed.purchase)
        await orders.deliver(self.market.market, as_city_hall(SURABAYA), order.id)
        return str(order.id)

    async def opens(self) -> int:
        """The day turns."""
        market = self.market.market
        return await obligations.open_windows(market, market.city(SURABAYA), self.market.clock.at)


async def office(market: World) -> Office:
    """Four people with duties, one who is exempt, one of whom nobody knows, and the public."""
    health, roads = await market.department(code="health"), await market.department(code="roads")
    rice = await market.product(await market.vendor(), measure=1_000, measure_unit=MeasureUnit.GRAM, stock=1_000)
    classes: dict[str, tuple[models.Department, Mapping[str, str]]] = {
        "Ani": (health, {"golongan": "III/a"}),
        "Budi": (health, {"golongan": "III/b", "post": "camat"}),
        "Citra": (roads, {"golongan": "III/a"}),
        "Dewi": (roads, {"golongan": "IV/a"}),
        "Eko": (roads, {"golongan": "I/a"}),
    }
    people = {
        name: await market.buyer(name=name, classes=held, department_id=of.id) for name, (of, held) in classes.items()
    }
    people["Fajar"] = await market.buyer(name="Fajar")
    here = Office(market, health, roads, rice, people)
    await here.opens()
    return here


async def standings(market: World, actor: Any, rule: str = RICE, **variables: Any) -> dict[str, Any]:
    """A page of standings."""
    answer = await market.ask(MONITOR, {"rule": rule, **variables}, actor=actor)
    found: dict[str, Any] = answer.data["obligationMonitor"]["standings"]
    return found


async def names(market: World, actor: Any, **variables: Any) -> list[str]:
    """The names on a page of standings."""
    return [node["name"] for node in (await standings(market, actor, **variables))["nodes"]]

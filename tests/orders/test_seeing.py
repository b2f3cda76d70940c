"""Who may see an order is the same whether it is asked by clause or of the row at hand."""

from itertools import product

import pytest

from peken import orders
from peken.actors import Actor, Role
from peken.database import uuid_of
from peken.models import Buyer, Order
from peken.models.buyers import BuyerKind
from peken.orders import Basket, Item, Placed
from peken.orders.seeing import sees
from peken.testing.world import World, as_buyer

SURABAYA = "35.78"
MALANG = "35.73"


async def bought_by(market: World, buyer: Buyer, key: str) -> Order:
    """An order of this buyer, in a shop of its own."""
    ware = await market.product(await market.vendor())
    basket = Basket(buyer=uuid_of(buyer.id), items=(Item(ware.id, 1),), key=key)
    placed = await orders.place(market.market, as_buyer(buyer), basket)
    assert isinstance(placed, Placed)
    return await Order.get(purchase_id=placed.purchase).select_related("buyer")


@pytest.mark.market({SURABAYA: []})
async def test_the_check_says_what_the_clause_says(market: World) -> None:
    office, other_office = await market.department(), await market.department(code="other")
    clerk = await market.buyer(department_id=office.id)
    itself = await market.buyer(kind=BuyerKind.DEPARTMENT.value, asn=False, department_id=office.id)
    rows = [await bought_by(market, buyer, f"k{number}") for number, buyer in enumerate((clerk, itself))]
    actors = [
        Actor("s", frozenset({role} if role else ()), city, buyer=buyer, vendor=vendor, department=department)
        for role, city, buyer, vendor, department in product(
            (None, *Role),
            (SURABAYA, MALANG),
            (None, uuid_of(clerk.id), uuid_of(itself.id)),
            (None, uuid_of(rows[0].vendor_id)),
            (None, uuid_of(office.id), uuid_of(other_office.id)),
        )
    ]

    for row in rows:
        for_itself = row.buyer.kind == BuyerKind.DEPARTMENT
        by_check = [
            sees(
                actor,
                city=row.city_id,
                vendor=uuid_of(row.vendor_id),
                buyer=uuid_of(row.buyer_id),
                department=uuid_of(row.buyer.department_id) if for_itself and row.buyer.department_id else None,
            )
            for actor in actors
        ]
        by_clause = [await Order.filter(orders.scope(actor), id=row.id).exists() for actor in actors]

        assert by_check == by_clause
        assert {True, False} == set(by_check)

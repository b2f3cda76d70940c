"""Another plugin with no fault: told of orders, and a field beside those of the first."""

import logging
from collections.abc import Sequence

import strawberry
from tests.host.shop import Product

from peken.hookspecs import Objection, PlacedOrder, TypeExtension, hookimpl

journal = logging.getLogger("journal")


@strawberry.type
class ProductFields:
    @strawberry.field
    @staticmethod
    async def lamp(root: strawberry.Parent[Product]) -> str:
        """The lamp that shows the way to this product."""
        return f"lamp of {root.name}"


@hookimpl
def type_extensions() -> Sequence[TypeExtension]:
    return [TypeExtension("Product", ProductFields)]


@hookimpl
async def judge_order() -> Sequence[Objection]:
    return [Objection(code="too_dark", message="Too dark.", cites="lighthouse rule", inputs={"lamp": 0})]


@hookimpl
async def order_placed(order: PlacedOrder) -> None:
    journal.info("lighthouse %s", order.city)

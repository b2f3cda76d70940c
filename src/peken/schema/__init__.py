"""The graph of a market: the same nouns as one floor down. Builds the roots; knows no HTTP."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import strawberry

from peken.plans import loaded
from peken.schema.buyers import BuyerQuery, find_buyer, find_department
from peken.schema.buying import BuyingMutation, BuyingQuery
from peken.schema.context import Context
from peken.schema.exemptions import find_exemption
from peken.schema.findings import FindingMutation, FindingQuery, find_finding
from peken.schema.granting import ExemptionMutation
from peken.schema.monitor import MonitorQuery
from peken.schema.nodes import Find, Node, find_nodes, named
from peken.schema.orders import OrderQuery, find_line, find_order, find_purchase, find_refused
from peken.schema.parameters import ParameterMutation, ParameterQuery, find_version
from peken.schema.places import PlaceQuery
from peken.schema.products import ProductQuery, find_product, find_variant
from peken.schema.selling import SellingMutation
from peken.schema.simulation import SimulationQuery, SimulationSubscription
from peken.schema.vendors import VendorQuery, find_vendor
from peken.schema.viewer import ViewerQuery

__all__ = ["Context", "Mutation", "Query", "Subscription"]

FINDERS: Final[dict[str, Find]] = {
    "Buyer": find_buyer,
    "Department": find_department,
    "Exemption": find_exemption,
    "Finding": find_finding,
    "Order": find_order,
    "OrderLine": find_line,
    "ParameterVersion": find_version,
    "Product": find_product,
    "Purchase": find_purchase,
    "PurchaseRefused": find_refused,
    "Variant": find_variant,
    "Vendor": find_vendor,
}


async def load_nodes(context: Context, asked: Sequence[tuple[str, UUID]]) -> list[Node | None]:
    """Nodes by type and key, those that the actor may see."""
    return await find_nodes(context, asked, FINDERS)


@strawberry.type
class Query(
    ViewerQuery,
    PlaceQuery,
    VendorQuery,
    ProductQuery,
    BuyerQuery,
    OrderQuery,
    BuyingQuery,
    MonitorQuery,
    FindingQuery,
    SimulationQuery,
    ParameterQuery,
):
    """What can be asked of this market."""

    node: Node | None = loaded(
        lambda: load_nodes,
        by=named,
        description="Anything by its id; null if there is none, or none for the one who asks.",
    )


@strawberry.type
class Mutation(BuyingMutation, SellingMutation, FindingMutation, ParameterMutation, ExemptionMutation):
    """What can be done in this market."""


@strawberry.type
class Subscription(SimulationSubscription):
    """What can be followed while it is done."""

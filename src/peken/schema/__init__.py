"""The graph of a market: the same nouns as one floor down. Builds the roots; knows no HTTP."""

from typing import Final

import strawberry

from peken.schema.buyers import BuyerQuery, find_buyer, find_department
from peken.schema.buying import BuyingMutation, BuyingQuery
from peken.schema.context import Context, Info
from peken.schema.exemptions import find_exemption
from peken.schema.findings import FindingMutation, FindingQuery, find_finding
from peken.schema.granting import ExemptionMutation
from peken.schema.monitor import MonitorQuery
from peken.schema.nodes import Find, Id, Node, find_node
from peken.schema.orders import OrderQuery, find_line, find_order, find_purchase, find_refused
from peken.schema.parameters import ParameterMutation, ParameterQuery, find_version
from peken.schema.places import PlaceQuery
from peken.schema.products import ProductQuery, find_product, find_variant
from peken.schema.selling import SellingMutation
from peken.schema.simulation import SimulationQuery
from peken.schema.vendors import VendorQuery, find_vendor
from peken.schema.viewer import ViewerQuery

__all__ = ["Context", "Mutation", "Query"]

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

    @strawberry.field
    async def node(self, info: Info, id: Id) -> Node | None:
        """Anything by its id; null if there is none, or none for the one who asks."""
        return await find_node(info, id, FINDERS)


@strawberry.type
class Mutation(BuyingMutation, SellingMutation, FindingMutation, ParameterMutation, ExemptionMutation):
    """What can be done in this market."""

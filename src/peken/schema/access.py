"""Who may ask for what: the one list, by type or by field of the graph. What is not here, everybody may.

A field's own entry goes before that of its type. Which rows are shown is said by the scopes of the use cases.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from peken.actors import Role

SIGNED_IN: Final = frozenset(Role) - {Role.PUBLIC}
BUYING: Final = frozenset({Role.BUYER, Role.OFFICER})
WATCHING: Final = frozenset({Role.CITY_HALL, Role.AUDITOR})
PARTIES: Final = BUYING | WATCHING | {Role.VENDOR}

ACCESS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "Query.buyers": BUYING | WATCHING,
        "Query.explainOrder": BUYING,
        "Query.order": PARTIES,
        "Query.orders": PARTIES,
        "Query.purchase": BUYING | WATCHING,
        "Query.refusals": BUYING | WATCHING,
        "Mutation.placeOrder": BUYING,
        "Mutation.deliverOrder": frozenset({Role.VENDOR, Role.CITY_HALL}),
        "Mutation.cancelOrder": BUYING | {Role.VENDOR, Role.CITY_HALL},
        "Mutation.createProduct": frozenset({Role.VENDOR}),
        "Mutation.updateProduct": frozenset({Role.VENDOR}),
        "Mutation.updateVariant": frozenset({Role.VENDOR}),
        "Mutation.restockVariant": frozenset({Role.VENDOR}),
        "Mutation.verifyVendor": frozenset({Role.LURAH, Role.CITY_HALL}),
        "Viewer.buyer": SIGNED_IN,
        "Viewer.department": SIGNED_IN,
        "Viewer.vendor": SIGNED_IN,
        "Buyer": BUYING | WATCHING,
        "BuyerClass": BUYING | WATCHING,
        "Obligation": BUYING | WATCHING,
        "Order": PARTIES,
        "Order.buyer": BUYING | WATCHING,
        "Order.purchase": BUYING | WATCHING,
        "Order.decisions": BUYING | WATCHING,
        "OrderLine": PARTIES,
        "Delivery": PARTIES,
        "Purchase": BUYING | WATCHING,
        "PurchaseRefused": BUYING | WATCHING,
        "Decision": BUYING | WATCHING,
        "Explanation": BUYING,
    }
)

"""Who may ask for what: the one list, by type or by field of the graph.

A field's own entry goes before that of its type. Of `Query`, `Mutation` and `Subscription` nobody may ask what is not
listed, so that a plugin's field stays shut until its `permissions` open it; of other types, everybody may. Which
rows are shown is said by the scopes of the use cases.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from peken.actors import Role

NOBODY: Final[frozenset[str]] = frozenset()
EVERYBODY: Final = frozenset(Role)
SIGNED_IN: Final = EVERYBODY - {Role.PUBLIC}
BUYING: Final = frozenset({Role.BUYER, Role.OFFICER})
WATCHING: Final = frozenset({Role.CITY_HALL, Role.AUDITOR})
ANSWERING: Final = WATCHING | {Role.OFFICER}
PARTIES: Final = BUYING | WATCHING | {Role.VENDOR}
HALL: Final = frozenset({Role.CITY_HALL})
SELLING: Final = frozenset({Role.VENDOR})

ACCESS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "Query": NOBODY,
        "Query.buyers": BUYING | WATCHING,
        "Query.categories": EVERYBODY,
        "Query.cities": EVERYBODY,
        "Query.explainOrder": BUYING,
        "Query.findings": WATCHING,
        "Query.me": EVERYBODY,
        "Query.node": EVERYBODY,
        "Query.obligationMonitor": ANSWERING,
        "Query.obligationRules": ANSWERING,
        "Query.order": PARTIES,
        "Query.orders": PARTIES,
        "Query.parameterVersions": WATCHING,
        "Query.product": EVERYBODY,
        "Query.products": EVERYBODY,
        "Query.purchase": BUYING | WATCHING,
        "Query.refusals": BUYING | WATCHING,
        "Query.regions": EVERYBODY,
        "Query.reversals": WATCHING,
        "Query.rules": WATCHING,
        "Query.simulateRules": HALL,
        "Query.vendor": EVERYBODY,
        "Query.vendors": EVERYBODY,
        "Mutation": NOBODY,
        "Mutation.placeOrder": BUYING,
        "Mutation.deliverOrder": SELLING | {Role.CITY_HALL},
        "Mutation.cancelOrder": BUYING | SELLING | {Role.CITY_HALL},
        "Mutation.createProduct": SELLING,
        "Mutation.updateProduct": SELLING,
        "Mutation.updateVariant": SELLING,
        "Mutation.restockVariant": SELLING,
        "Mutation.verifyVendor": frozenset({Role.LURAH, Role.CITY_HALL}),
        "Mutation.decideFinding": frozenset({Role.CITY_HALL}),
        "Mutation.grantExemption": HALL,
        "Mutation.revokeExemption": HALL,
        "Mutation.setParameter": HALL,
        "Mutation.setRuleMode": HALL,
        "Mutation.withdrawParameter": HALL,
        "Subscription": NOBODY,
        "Subscription.simulateRules": HALL,
        "Node": EVERYBODY,
        "Viewer.buyer": SIGNED_IN,
        "Viewer.department": SIGNED_IN,
        "Viewer.vendor": SIGNED_IN,
        "Buyer": BUYING | WATCHING,
        "BuyerClass": BUYING | WATCHING,
        "Exemption": BUYING | WATCHING,
        "Obligation": BUYING | WATCHING,
        "ParameterRow": WATCHING,
        "ParameterSet": WATCHING,
        "ParameterTable": WATCHING,
        "ParameterVersion": WATCHING,
        "Rule": WATCHING,
        "Finding": WATCHING,
        "Reversal": WATCHING,
        "ClassStanding": ANSWERING,
        "Department.obligations": ANSWERING,
        "DepartmentStanding": ANSWERING,
        "ObligationCounts": ANSWERING,
        "ObligationMonitor": ANSWERING,
        "ObligationRule": ANSWERING,
        "ObligationStanding": ANSWERING,
        "ObligationStanding.exemptions": WATCHING,
        "ObligationSummary": ANSWERING,
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

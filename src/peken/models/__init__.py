"""The tables of the core, by noun; they hold no behaviour."""

from peken.models.buyers import Buyer, BuyerClass, Department, Exemption
from peken.models.catalog import Category, Product, StockEntry, Variant
from peken.models.findings import Closing, Finding
from peken.models.orders import Order, OrderLine, Purchase
from peken.models.parameters import ParameterVersion
from peken.models.records import Audit, Note, Outbox
from peken.models.regions import City, Region
from peken.models.rulings import Attempt, Decision, Docket, TallyBalance, TallyEntry
from peken.models.vendors import Vendor

__all__ = [
    "Attempt",
    "Audit",
    "Buyer",
    "BuyerClass",
    "Category",
    "City",
    "Closing",
    "Decision",
    "Department",
    "Docket",
    "Exemption",
    "Finding",
    "Note",
    "Order",
    "OrderLine",
    "Outbox",
    "ParameterVersion",
    "Product",
    "Purchase",
    "Region",
    "StockEntry",
    "TallyBalance",
    "TallyEntry",
    "Variant",
    "Vendor",
]

"""What is on sale: who may see it, and how vendors keep it; knows no order."""

from peken.catalog.changing import ask_the_rules, held_product, restock, update_product, update_variant
from peken.catalog.closing import Closed, closed, reached
from peken.catalog.offering import ProductInput, VariantInput, create_product
from peken.catalog.seeing import (
    is_region_code,
    scope,
    sees_as_all_do,
    shown,
    under,
    within,
)

__all__ = [
    "Closed",
    "ProductInput",
    "VariantInput",
    "ask_the_rules",
    "closed",
    "create_product",
    "held_product",
    "is_region_code",
    "reached",
    "restock",
    "scope",
    "sees_as_all_do",
    "shown",
    "under",
    "update_product",
    "update_variant",
    "within",
]

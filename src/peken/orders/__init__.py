"""Buying: placing a purchase, and moving its orders."""

from peken.orders.drafting import Basket, Item, Recipient
from peken.orders.moving import TRANSITIONS, cancel, deliver, scope
from peken.orders.placing import NotPlaced, Placed, Review, place, reconsider

__all__ = [
    "TRANSITIONS",
    "Basket",
    "Item",
    "NotPlaced",
    "Placed",
    "Recipient",
    "Review",
    "cancel",
    "deliver",
    "place",
    "reconsider",
    "scope",
]

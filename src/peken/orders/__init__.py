"""Buying: placing a purchase, and moving its orders."""

from peken.orders.baskets import MOST_PIECES, Basket, Item, Recipient
from peken.orders.moving import TRANSITIONS, cancel, deliver
from peken.orders.placing import NotPlaced, Placed, Review, buyer_or_refuse, place, reconsider
from peken.orders.seeing import purchase_scope, scope

__all__ = [
    "MOST_PIECES",
    "TRANSITIONS",
    "Basket",
    "Item",
    "NotPlaced",
    "Placed",
    "Recipient",
    "Review",
    "buyer_or_refuse",
    "cancel",
    "deliver",
    "place",
    "purchase_scope",
    "reconsider",
    "scope",
]

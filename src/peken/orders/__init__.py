"""Buying: placing a purchase, and moving its orders."""

from peken.orders.baskets import MOST_PIECES, Basket, Item, Recipient
from peken.orders.carrying_out import Bought, carry_out
from peken.orders.moving import TRANSITIONS, cancel, deliver
from peken.orders.placing import NotPlaced, Placed, Review, buyer_or_refuse, place, reconsider
from peken.orders.seeing import purchase_scope, scope

__all__ = [
    "MOST_PIECES",
    "TRANSITIONS",
    "Basket",
    "Bought",
    "Item",
    "NotPlaced",
    "Placed",
    "Recipient",
    "Review",
    "buyer_or_refuse",
    "cancel",
    "carry_out",
    "deliver",
    "place",
    "purchase_scope",
    "reconsider",
    "scope",
]

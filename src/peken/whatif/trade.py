"""What happened on a day of the past, in the form in which rules are asked about it; knows no row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from peken.buyers import Card
from peken.judging import line_fact, order_fact, product_fact, vendor_fact
from peken.rules import Case, Day, Fact, Line, LineKeys, Order, Product, Recipient, Vendor
from peken.wares import Ware


class Good(NamedTuple):
    """A ware with all that rules may know of it, made once for all its lines."""

    ware: Ware
    product: str
    vendor: str
    product_fact: Product
    vendor_fact: Vendor

    @classmethod
    def of(cls, ware: Ware) -> "Good":
        fact = product_fact(ware.category, ware.own_production, ware.origin, ware.words)
        return cls(ware, str(ware.product), str(ware.vendor), fact, vendor_fact(ware))


class Bought(NamedTuple):
    """One line, under its key as text."""

    key: str
    good: Good
    quantity: int
    amount: int


@dataclass(slots=True)
class Basket:
    """A purchase as it was placed; `refused` is for who runs rules over it to remember."""

    purchase: UUID
    buyer: UUID
    recipient: str
    """A name, which may be the buyer's own or none."""
    region: str
    at: datetime
    lines: tuple[Bought, ...]
    refused: set[int] = field(default_factory=set)

    @property
    def amount(self) -> int:
        """What it came to."""
        return sum(line.amount for line in self.lines)


@dataclass(slots=True)
class Event:
    """A basket that was placed, or some of its lines (an order) that were delivered."""

    basket: Basket
    at: datetime
    lines: tuple[Bought, ...]
    delivered: bool

    def order(self) -> Order:
        """Of these lines alone: the order of a delivery is not that of the whole purchase."""
        vendors = {line.good.vendor for line in self.lines}
        return order_fact(sum(line.amount for line in self.lines), len(vendors), self.basket.region)


Facts = dict[type[Fact], dict[str, Fact]]


@dataclass(frozen=True, slots=True)
class DayOfTrade:
    """All that happened on a day, in order, with the facts of that day."""

    date: date
    events: tuple[Event, ...]
    facts: Mapping[type[Fact], Mapping[str, Fact]]
    keys: Mapping[str, LineKeys]
    """By line."""

    def case(self, event: Event, day: Day) -> Case:
        """An event as the rules are asked about it."""
        order: Facts = {Order: {str(event.basket.purchase): event.order()}}
        return Case(day, tuple([self.keys[line.key] for line in event.lines]), {**self.facts, **order})


def day_of_trade(day: date, events: Sequence[Event], cards: Mapping[UUID, Card]) -> DayOfTrade:
    """The events with their facts; `cards` are the buyers as they were on that day."""
    lines: dict[str, Fact] = {}
    products: dict[str, Fact] = {}
    vendors: dict[str, Fact] = {}
    recipients: dict[str, Fact] = {}
    keys: dict[str, LineKeys] = {}
    for event in events:
        card, basket = cards[event.basket.buyer], event.basket
        buyer, purchase, given_to = str(card.id), str(basket.purchase), card.gives_to(basket.recipient, basket.region)
        department = str(card.department) if card.department else None
        if given_to:
            recipients[given_to] = Recipient(basket.region)
        for key, good, quantity, amount in event.lines:
            if key not in keys:
                keys[key] = LineKeys(key, good.product, good.vendor, buyer, purchase, department, given_to)
                lines[key] = line_fact(good.ware, quantity, amount)
                products[good.product], vendors[good.vendor] = good.product_fact, good.vendor_fact
    facts: Facts = {Line: lines, Product: products, Vendor: vendors, Recipient: recipients}
    for card in cards.values():
        for fact, by_key in card.facts().items():
            facts.setdefault(fact, {}).update(by_key)
    return DayOfTrade(day, tuple(events), facts, keys)

"""A basket becomes a draft: what was read is put together, and what the market itself objects to is gathered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from peken.errors import Objection
from peken.hookspecs import Draft, DraftLine
from peken.market import Market
from peken.money import Rupiah
from peken.orders.baskets import Basket, Item, check_shape
from peken.orders.reading import Found
from peken.wares import Ware

MOST: Final = 2**53 - 1
"""The most that a purchase comes to, in Rupiah or in grams: beyond it clients would not read what was meant."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A draft with the rows it was made of, and the market's own objections to it."""

    basket: Basket
    draft: Draft
    wares: Mapping[UUID, Ware]
    amount: int
    """The whole purchase, in Rupiah."""
    wanted: Mapping[UUID, int]
    """Pieces wanted of each variant, over all lines."""
    numbers: tuple[int, ...]
    """For each line of the draft, the item of the basket it came from."""
    objections: list[Objection]


def draw_up(market: Market, basket: Basket, read: Found, at: datetime) -> Wish:
    """Of what the basket names. What cannot be bought is left out of the draft and objected to.

    Raises PekenError `bad_basket` for a basket that no buyer's screen can make.
    """
    check_shape(market, basket)
    found, city = read.wares, read.buyer.city
    objections = [] if read.delivers or not basket.recipient.region else [_nowhere()]
    lines: list[DraftLine] = []
    numbers: list[int] = []
    wanted: dict[UUID, int] = {}
    amount = content = 0
    for number, item in enumerate(basket.items):
        ware = found.get(item.variant)
        objection = _unfit(ware, city, number)
        if objection is not None or ware is None:
            objections += [objection] if objection else []
            continue
        line = _line(ware, item)
        if max(amount + line.amount, content + ware.measure * item.quantity) > MOST:
            objections.append(_against(number, "too_much", "This is more than one purchase can hold."))
            continue
        amount, content = amount + line.amount, content + ware.measure * item.quantity
        wanted[line.variant] = wanted.get(line.variant, 0) + line.quantity
        numbers.append(number)
        lines.append(line)
    draft = Draft(city=city, buyer=basket.buyer, at=at, lines=tuple(lines))
    wish = Wish(basket, draft, found, amount, wanted, tuple(numbers), objections)
    if any(pieces > found[variant].stock for variant, pieces in wanted.items()):
        objections += short_of_stock(wish, {key: ware.stock for key, ware in found.items()})
    return wish


def short_of_stock(wish: Wish, stock: Mapping[UUID, int]) -> list[Objection]:
    """An objection for each line whose variant is wanted more often than is there."""
    return [
        _against(
            number,
            "out_of_stock",
            "Only {left} of {name} are left.",
            left=stock[line.variant],
            name=wish.wares[line.variant].name,
        )
        for number, line in zip(wish.numbers, wish.draft.lines, strict=True)
        if wish.wanted[line.variant] > stock[line.variant]
    ]


def _unfit(ware: Ware | None, city: str, number: int) -> Objection | None:
    if ware is None:
        return _against(number, "unknown_variant", "This product is not on sale here.")
    if ware.city != city:
        return _against(number, "other_city", "{name} is sold in another city.", name=ware.name)
    if not ware.on_sale or not ware.vendor_verified:
        return _against(number, "not_on_sale", "{name} is no longer on sale.", name=ware.name)
    return None


def _against(number: int, code: str, message: str, **values: object) -> Objection:
    """An objection of the market itself to one item."""
    return Objection(code, message, values, ("items", number), lines=(number,))


def _line(ware: Ware, item: Item) -> DraftLine:
    return DraftLine(
        variant=ware.variant,
        product=ware.product,
        vendor=ware.vendor,
        category=ware.category,
        quantity=item.quantity,
        amount=Rupiah(ware.price * item.quantity if item.amount is None else item.amount),
    )


def _nowhere() -> Objection:
    """To a delivery into nowhere, or to a whole city at once."""
    message = "There is no such kelurahan where this market delivers."
    return Objection("unknown_region", message, {}, ("delivery", "kelurahan"))

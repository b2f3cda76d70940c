"""A basket becomes a draft: rows are read once, and what the market itself objects to is gathered."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from peken.errors import Objection, PekenError
from peken.hookspecs import Draft, DraftLine
from peken.ids import REGION_CODE
from peken.market import Market
from peken.money import Rupiah
from peken.wares import Ware, wares

MOST_PIECES: Final = 1_000_000
"""As many of one thing as one line may ask for."""

MOST: Final = 2**53 - 1
"""The most that a purchase comes to, in Rupiah or in grams: beyond it clients would not read what was meant."""


class Item(msgspec.Struct, frozen=True):
    """One line asked for. `amount` is None for buyers: only an import knows amounts of its own."""

    variant: UUID
    quantity: int
    amount: int | None = None


class Recipient(msgspec.Struct, frozen=True):
    """Where the goods go; may be another person than the buyer. `region` is a code of a kelurahan or kecamatan."""

    name: str = ""
    region: str = ""
    address: str = ""


class Basket(msgspec.Struct, frozen=True, kw_only=True):
    """What a buyer wants. `key` is the idempotency key, unique for the one who asks."""

    buyer: UUID
    items: tuple[Item, ...]
    key: str
    recipient: Recipient = Recipient()
    note: str = ""

    def payload_hash(self) -> str:
        """The same for the same wish, whatever its key."""
        return hashlib.sha256(msgspec.json.encode(msgspec.structs.replace(self, key=""))).hexdigest()


@dataclass(frozen=True, slots=True)
class Wish:
    """A draft with the rows it was made of, and the market's own objections to it."""

    basket: Basket
    draft: Draft
    wares: Mapping[UUID, Ware]
    numbers: tuple[int, ...] = ()
    """For each line of the draft, the item of the basket it came from."""
    objections: list[Objection] = field(default_factory=list)

    @property
    def amount(self) -> int:
        """The whole purchase, in Rupiah."""
        return sum(line.amount for line in self.draft.lines)


async def draw_up(
    market: Market, city: str, basket: Basket, at: datetime, known: Mapping[UUID, Ware] | None = None
) -> Wish:
    """Reads what the basket names, unless that is `known`. What cannot be bought is left out and objected to.

    Raises PekenError `bad_basket` for a basket that no buyer's screen can make.
    """
    _check_shape(market, basket)
    found = await _wares(market, basket, known)
    objections = await _unknown_region(market, basket.recipient.region)
    lines: list[DraftLine] = []
    numbers: list[int] = []
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
        numbers.append(number)
        lines.append(line)
    draft = Draft(city=city, buyer=basket.buyer, at=at, lines=tuple(lines))
    wish = Wish(basket, draft, found, tuple(numbers), objections)
    objections += short_of_stock(wish, {key: ware.stock for key, ware in found.items()})
    return wish


async def _wares(market: Market, basket: Basket, known: Mapping[UUID, Ware] | None) -> Mapping[UUID, Ware]:
    named = [item.variant for item in basket.items]
    if known is None:
        return await wares(market.database, named)
    return {variant: known[variant] for variant in named if variant in known}


def short_of_stock(wish: Wish, stock: Mapping[UUID, int]) -> list[Objection]:
    """An objection for each line whose variant is wanted more often than is there."""
    wanted = wanted_stock(wish.draft.lines)
    return [
        _against(
            number,
            "out_of_stock",
            "Only {left} of {name} are left.",
            left=stock[line.variant],
            name=wish.wares[line.variant].name,
        )
        for number, line in zip(wish.numbers, wish.draft.lines, strict=True)
        if wanted[line.variant] > stock[line.variant]
    ]


def wanted_stock(lines: Sequence[DraftLine]) -> Counter[UUID]:
    """Pieces wanted of each variant, over all lines."""
    wanted: Counter[UUID] = Counter()
    for line in lines:
        wanted[line.variant] += line.quantity
    return wanted


def _check_shape(market: Market, basket: Basket) -> None:
    most = market.settings.limits.lines
    if not 1 <= len(basket.items) <= most:
        raise PekenError("bad_basket", "A purchase has between 1 and {most} lines.", most=most)
    if any(not 1 <= item.quantity <= MOST_PIECES for item in basket.items):
        raise PekenError("bad_quantity", "A quantity is a whole number from 1 to 1,000,000.")
    if not 1 <= len(basket.key) <= 80:
        raise PekenError("bad_idempotency_key", "An idempotency key has between 1 and 80 characters.")
    recipient = basket.recipient
    if recipient.region and not REGION_CODE.fullmatch(recipient.region):
        raise PekenError("bad_region", "A region is named by its Kemendagri code.")
    for text, longest in ((recipient.name, 120), (recipient.address, 200), (basket.note, 300)):
        if len(text) > longest:
            raise PekenError("text_too_long", "A text here has at most {longest} characters.", longest=longest)


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


async def _unknown_region(market: Market, code: str) -> list[Objection]:
    """An objection to a delivery into nowhere, or to a whole city at once."""
    if not code:
        return []
    known = await market.database.fetch("SELECT code FROM region WHERE code = $1 AND level >= 3", code)
    message = "There is no such kelurahan where this market delivers."
    return [] if known else [Objection("unknown_region", message, {}, ("delivery", "kelurahan"))]

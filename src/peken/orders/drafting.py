"""A basket becomes a draft: rows are read once, and what the market itself objects to is gathered."""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import msgspec

from peken.errors import Objection, PekenError
from peken.hookspecs import Draft, DraftLine
from peken.market import Market
from peken.money import Rupiah
from peken.wares import Ware, wares

_REGION = re.compile(r"\d\d(\.\d\d){2}(\.\d{4})?")
"""A kecamatan or kelurahan."""


class Item(msgspec.Struct, frozen=True):
    """One line asked for. `amount` is None for buyers: only an import knows amounts of its own."""

    variant: UUID
    quantity: int
    amount: int | None = None


class Recipient(msgspec.Struct, frozen=True):
    """Where the goods go; may be another person than the buyer. `region` is a kelurahan code."""

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


async def draw_up(market: Market, city: str, basket: Basket, at: datetime) -> Wish:
    """Reads what the basket names. What cannot be bought is left out of the draft and objected to.

    Raises PekenError `bad_basket` for a basket that no buyer's screen can make.
    """
    _check_shape(market, basket)
    found = await wares(market.database, [item.variant for item in basket.items])
    objections: list[Objection] = []
    lines: list[DraftLine] = []
    numbers: list[int] = []
    for number, item in enumerate(basket.items):
        ware = found.get(item.variant)
        objection = _unfit(ware, city, number)
        if objection is not None or ware is None:
            objections += [objection] if objection else []
            continue
        numbers.append(number)
        amount = ware.price * item.quantity if item.amount is None else item.amount
        lines.append(
            DraftLine(
                variant=ware.variant,
                product=ware.product,
                vendor=ware.vendor,
                category=ware.category,
                quantity=item.quantity,
                amount=Rupiah(amount),
            )
        )
    draft = Draft(city=city, buyer=basket.buyer, at=at, lines=tuple(lines))
    wish = Wish(basket, draft, found, tuple(numbers), objections)
    objections += short_of_stock(wish, {key: ware.stock for key, ware in found.items()})
    return wish


def short_of_stock(wish: Wish, stock: Mapping[UUID, int]) -> list[Objection]:
    """An objection for each line whose variant is wanted more often than is there."""
    wanted = wanted_stock(wish.draft.lines)
    return [
        Objection(
            "out_of_stock",
            "Only {left} of {name} are left.",
            {"left": stock[line.variant], "name": wish.wares[line.variant].name},
            ("items", number),
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
    if any(not 1 <= item.quantity <= 1_000_000 for item in basket.items):
        raise PekenError("bad_quantity", "A quantity is a whole number from 1 to 1,000,000.")
    if not 1 <= len(basket.key) <= 80:
        raise PekenError("bad_idempotency_key", "An idempotency key has between 1 and 80 characters.")
    recipient = basket.recipient
    if recipient.region and not _REGION.fullmatch(recipient.region):
        raise PekenError("bad_region", "A region is named by its Kemendagri code.")
    for text, longest in ((recipient.name, 120), (recipient.address, 200), (basket.note, 300)):
        if len(text) > longest:
            raise PekenError("text_too_long", "A text here has at most {longest} characters.", longest=longest)


def _unfit(ware: Ware | None, city: str, number: int) -> Objection | None:
    path = ("items", number)
    if ware is None:
        return Objection("unknown_variant", "This product is not on sale here.", {}, path)
    if ware.city != city:
        return Objection("other_city", "{name} is sold in another city.", {"name": ware.name}, path)
    if not ware.on_sale or not ware.vendor_verified:
        return Objection("not_on_sale", "{name} is no longer on sale.", {"name": ware.name}, path)
    return None

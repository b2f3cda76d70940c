"""What a buyer asks for, and what no basket may look like; knows no row."""

import hashlib
from typing import Final
from uuid import UUID

import msgspec

from peken.errors import PekenError
from peken.ids import REGION_CODE
from peken.market import Market

MOST_PIECES: Final = 1_000_000
"""As many of one thing as one line may ask for."""


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


def check_shape(market: Market, basket: Basket) -> None:
    """Raises PekenError `bad_basket` and its like for a basket that no buyer's screen can make."""
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

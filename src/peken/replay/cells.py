"""What the cells of one line say, each read once however often it stands there; knows no file."""

import re
from collections.abc import Callable, Hashable
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Final, NamedTuple, TypeVar

from peken.money import half_up
from peken.orders import MOST_PIECES
from peken.replay.mapping import LONGEST, FileMapping, Mark
from peken.replay.rows import Row

MOST: Final = 1_000_000_000_000
"""No line is worth more Rupiah than this, up or down: beyond it, a number is a slip."""
FINEST: Final = -40
"""No amount has more digits behind its point."""
YEARS: Final = range(1970, 2101)
_WHOLE: Final = re.compile(r"-?[0-9]{1,12}")
_NUMBER: Final = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]{1,3})?")
K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Line(NamedTuple):
    """One line as the file says it. `at` is local time without a zone; with a `reason` it is no purchase."""

    number: int
    buyer: str
    shop: str
    basket: str
    product: str
    quantity: int
    own: Decimal
    """What it comes to in the file's own currency, exact."""
    amount: int
    """The same in Rupiah, rounded half up."""
    at: datetime
    reason: str | None


class _Money(NamedTuple):
    quantity: int
    own: Decimal
    amount: int
    reason: str | None


class _Once(dict[K, V]):
    """Answers to keys, each found once."""

    def __init__(self, find: Callable[[K], V]) -> None:
        self._find = find

    def __missing__(self, key: K) -> V:
        found = self[key] = self._find(key)
        return found


class Cells:
    """Makes lines of rows, as a mapping has it. Only within a decimal context that rounds nothing."""

    def __init__(self, mapping: FileMapping, rate: Decimal) -> None:
        of = mapping.columns
        value = of.price or of.amount or ""
        marked = [mark.column for mark in mapping.reject]
        wanted = (of.buyer, of.shop, of.basket, of.product, of.quantity, value, of.time, *marked)
        self.columns = tuple(dict.fromkeys(column for column in wanted if column))
        place = self.columns.index
        self._places = (*map(place, (of.buyer, of.basket, of.product, of.quantity, value, of.time)),)
        self._shop = place(of.shop) if of.shop else None
        self._one_shop = mapping.one_shop or ""
        self._reject_repeats = mapping.repeats == "reject"
        self._names = [_Once(partial(_name, column)) for column in (of.buyer, of.basket, of.product, of.shop or "")]
        self._times = _Once(partial(_local, of.time, mapping.time_format))
        self._money = _Once(partial(_money, mapping, value, rate))
        self._marks = [
            (place(mark.column), _Once(partial(_holds, mark, mapping.decimal)), mark.reason) for mark in mapping.reject
        ]
        self._owners: dict[str, str] = {}
        self._seen: set[tuple[object, ...]] = set()
        self.repeats = 0
        """Lines that say all the same as one above; those that are no purchases for another reason are left out."""

    def line(self, number: int, row: Row) -> Line:
        """The line of a row that `columns` names. Raises ValueError that says what is wrong with it."""
        buyer_at, basket_at, product_at, quantity_at, value_at, time_at = self._places
        quantity, own, amount, unfit = self._money[row[quantity_at], row[value_at]]
        at = self._times[row[time_at]]
        buyers, baskets, products, shops = self._names
        basket = baskets[row[basket_at]]
        reason = self._marked(row) or unfit
        if reason is not None:
            # Nobody will ask whose it was, and it may well not say.
            return Line(number, "", "", basket, "", quantity, own, amount, at, reason)
        buyer, product = buyers[row[buyer_at]], products[row[product_at]]
        shop = self._one_shop if self._shop is None else shops[row[self._shop]]
        if self._owners.setdefault(basket, buyer) != buyer:
            raise ValueError(f"basket {basket} belongs to another buyer above")
        if self._repeated((buyer, shop, basket, product, quantity, own, at)) and self._reject_repeats:
            reason = "repeated"
        return Line(number, buyer, shop, basket, product, quantity, own, amount, at, reason)

    def _marked(self, row: Row) -> str | None:
        for place, holds, reason in self._marks:
            if holds[row[place]]:
                return reason
        return None

    def _repeated(self, said: tuple[object, ...]) -> bool:
        before = len(self._seen)
        self._seen.add(said)
        again = len(self._seen) == before
        self.repeats += again
        return again


def _name(column: str, cell: str) -> str:
    value = cell.strip()
    if not 1 <= len(value) <= LONGEST or not value.isprintable():
        raise ValueError(f"{column} has between 1 and {LONGEST} characters")
    return value


def _money(mapping: FileMapping, column: str, rate: Decimal, cells: tuple[str, str]) -> _Money:
    quantity = _whole(mapping.columns.quantity, cells[0])
    value = _number(column, mapping.decimal, cells[1])
    own = value * quantity if mapping.columns.price else value
    if abs(own) * rate > MOST:
        raise ValueError(f"{column} is not an amount: {cells[1].strip()[:LONGEST]!r}")
    return _Money(quantity, own, half_up(own * rate), _unfit(quantity, own))


def _unfit(quantity: int, own: Decimal) -> str | None:
    """Why a line is no purchase at all, whatever a mapping or a market says: its reason, or None."""
    if quantity == 0:
        return "nothing_bought"
    if quantity < 0 or own < 0:
        return "given_back"
    return "too_many_pieces" if quantity > MOST_PIECES else None


def _whole(column: str, cell: str) -> int:
    value = cell.strip()
    if not _WHOLE.fullmatch(value):
        raise ValueError(f"{column} is not a whole number: {value[:LONGEST]!r}")
    return int(value)


def _number(column: str, point: str, cell: str) -> Decimal:
    value = cell.strip()
    plain = value if point == "." else value.translate({ord("."): ",", ord(point): "."})
    if len(value) <= LONGEST and _NUMBER.fullmatch(plain):
        number = Decimal(plain)
        if int(number.as_tuple().exponent) >= FINEST and abs(number) <= MOST:
            return number
    raise ValueError(f"{column} is not an amount: {value[:LONGEST]!r}")


def _local(column: str, form: str | None, cell: str) -> datetime:
    value = cell.strip()
    try:
        at = datetime.strptime(value, form) if form else datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(f"{column} is not a time: {value[:LONGEST]!r}") from None
    if at.tzinfo is not None:
        raise ValueError(f"{column} is local time and names no zone: {value[:LONGEST]!r}")
    if at.year not in YEARS:
        raise ValueError(f"{column} is not between the years {YEARS[0]} and {YEARS[-1]}: {value[:LONGEST]!r}")
    return at


def _holds(mark: Mark, point: str, cell: str) -> bool:
    value = cell.strip()
    if mark.starts_with is not None:
        return value.startswith(mark.starts_with)
    if mark.equals is not None:
        return value == mark.equals
    number = _number(mark.column, point, cell)
    return number < mark.below if mark.below is not None else mark.at_most is not None and number <= mark.at_most

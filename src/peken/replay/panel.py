"""Reads a file of purchases made elsewhere, and refuses it as a whole when a line cannot be read; knows no table.

One line is one product in one basket. Columns: `household_id, store_id, basket_id, product_id, quantity, sales_value,
transaction_timestamp`; others are passed over. A number that says something odd (nothing bought, money given back) is
not for this module to judge.
"""

import csv
import gzip
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, DecimalException
from hashlib import sha256
from pathlib import Path
from typing import Final, TextIO

from peken.errors import PekenError
from peken.money import half_up

COLUMNS: Final = (
    *("household_id", "store_id", "basket_id", "product_id", "quantity", "sales_value"),
    "transaction_timestamp",
)
PRODUCT_COLUMNS: Final = ("product_id", "department", "product_type", "package_size")
LONGEST: Final = 40
MOST: Final = 1_000_000_000_000
"""No line is worth more Rupiah than this, up or down: beyond it, a number is a slip."""


@dataclass(frozen=True, slots=True)
class PanelLine:
    """One line as the file says it, its amount in Rupiah. `at` is local time without a zone."""

    number: int
    household: str
    store: str
    basket: str
    product: str
    quantity: int
    amount: int
    at: datetime


@dataclass(frozen=True, slots=True)
class PanelProduct:
    """What a file beside the lines says of a product."""

    name: str
    department: str


@dataclass(frozen=True, slots=True)
class Panel:
    """All lines of a file that are to be replayed, by time and then as they stood."""

    lines: tuple[PanelLine, ...]
    digest: str
    """Of the file and of how it was read."""

    @property
    def control(self) -> int:
        """What all lines come to, in Rupiah."""
        return sum(line.amount for line in self.lines)

    def baskets(self) -> dict[str, list[PanelLine]]:
        """The lines by basket, in the order of time."""
        found: dict[str, list[PanelLine]] = {}
        for line in self.lines:
            found.setdefault(line.basket, []).append(line)
        return found


def read_panel(file: Path, rupiah_per_dollar: int, limit: int | None = None) -> Panel:
    """Reads and checks the whole file; keeps the first `limit` lines by time. Raises PekenError `bad_file`."""
    if rupiah_per_dollar < 1:
        raise PekenError("bad_rate", "Rupiah per dollar is a whole number, at least 1.")
    owners: dict[str, str] = {}
    with _opened(file) as stream:
        rows = _rows(file, stream, COLUMNS)
        lines = [_line(file, number, row, rupiah_per_dollar, owners) for number, row in rows]
    if not lines:
        raise bad_file(file, "there are no lines in it")
    lines.sort(key=lambda line: (line.at, line.number))
    digest = sha256(f"{_digest(file)}/{rupiah_per_dollar}/{limit}".encode()).hexdigest()
    return Panel(tuple(lines[:limit]), digest)


def read_products(file: Path) -> dict[str, PanelProduct]:
    """Names and departments by product. Raises PekenError `bad_file`."""
    with _opened(file) as stream:
        return {row["product_id"]: _product(row) for _, row in _rows(file, stream, PRODUCT_COLUMNS)}


def products_beside(lines: Path) -> Path | None:
    """The file of products that belongs to a file of lines: `x-products.csv.gz` beside `x-lines.csv.gz`."""
    beside = lines.with_name(lines.name.replace("lines", "products"))
    return beside if beside != lines and beside.exists() else None


def bad_file(file: Path, what: str, line: int | None = None) -> PekenError:
    """The failure of a file that cannot be replayed, with the place in it."""
    if line is None:
        return PekenError("bad_file", "{file}: {what}", file=file.name, what=what)
    return PekenError("bad_file", "{file}, line {line}: {what}", file=file.name, line=line, what=what)


@contextmanager
def _opened(file: Path) -> Iterator[TextIO]:
    try:
        with _text(file) as stream:
            yield stream
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise bad_file(file, f"cannot be read: {said}") from error


def _text(file: Path) -> TextIO:
    if file.suffix == ".gz":
        return gzip.open(file, "rt", encoding="utf-8-sig", newline="")
    return file.open(encoding="utf-8-sig", newline="")


def _rows(file: Path, stream: Iterable[str], columns: tuple[str, ...]) -> Iterator[tuple[int, Mapping[str, str]]]:
    reader = csv.DictReader(stream, restkey="", strict=True)
    missing = [name for name in columns if name not in (reader.fieldnames or ())]
    if missing:
        raise bad_file(file, f"has no column {', '.join(missing)}", 1)
    for row in reader:
        if "" in row or None in row.values():
            raise bad_file(file, "has another number of values than there are columns", reader.line_num)
        yield reader.line_num, row


def _line(file: Path, number: int, row: Mapping[str, str], rupiah_per_dollar: int, owners: dict[str, str]) -> PanelLine:
    try:
        line = PanelLine(
            number,
            _name(row, "household_id"),
            _name(row, "store_id"),
            _name(row, "basket_id"),
            _name(row, "product_id"),
            _whole(row, "quantity"),
            _rupiah(row, "sales_value", rupiah_per_dollar),
            _local(row, "transaction_timestamp"),
        )
    except ValueError as error:
        raise bad_file(file, str(error), number) from None
    if owners.setdefault(line.basket, line.household) != line.household:
        raise bad_file(file, f"basket {line.basket} belongs to another household above", number)
    return line


def _name(row: Mapping[str, str], column: str) -> str:
    value = row[column].strip()
    if not 1 <= len(value) <= LONGEST or not value.isprintable():
        raise ValueError(f"{column} has between 1 and {LONGEST} characters")
    return value


def _whole(row: Mapping[str, str], column: str) -> int:
    value = row[column].strip()
    digits = value.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 12):
        raise ValueError(f"{column} is not a whole number: {value[:LONGEST]!r}")
    return int(value)


def _rupiah(row: Mapping[str, str], column: str, rupiah_per_dollar: int) -> int:
    value = row[column].strip()
    try:
        amount = Decimal(value)
        fits = amount.is_finite() and abs(amount) * rupiah_per_dollar <= MOST
    except DecimalException:
        fits = False
    if not fits:
        raise ValueError(f"{column} is not an amount: {value[:LONGEST]!r}")
    return half_up(amount * rupiah_per_dollar)


def _local(row: Mapping[str, str], column: str) -> datetime:
    value = row[column].strip()
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(f"{column} is not a time: {value[:LONGEST]!r}") from None
    if at.tzinfo is not None:
        raise ValueError(f"{column} is local time and names no zone: {value[:LONGEST]!r}")
    return at


def _product(row: Mapping[str, str]) -> PanelProduct:
    name = f"{row['product_type'].title()} {row['package_size']}".strip()
    return PanelProduct(name[:160], row["department"])


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        digest = sha256()
        while piece := stream.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()

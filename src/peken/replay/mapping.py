"""How a file of purchases is to be read: which column is what, and what marks a line that is no purchase.

A mapping is a TOML file; its numbers are exact. This module opens no file of purchases and knows no table.
"""

import tomllib
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from peken.demo.sources import categories
from peken.errors import PekenError

LONGEST: Final = 40
"""Of what a file calls a buyer, a shop, a basket or a product."""
SHIPPED: Final = ("panel", "uci")
"""Mappings that come with Peken, by name."""
_ASCII: Final = bytes(range(128))
_SOME_DAY: Final = datetime(2011, 10, 29)


def _category(code: str) -> str:
    if code not in {row.code for row in categories()}:
        raise ValueError(f"there is no category {code!r}")
    return code


def _encoding(name: str) -> str:
    try:
        fits = _ASCII.decode(name) == _ASCII.decode("ascii")
    except (LookupError, UnicodeError):
        fits = False
    if not fits:
        raise ValueError("this is no encoding that holds ASCII, as utf-8 or cp1252 do")
    return name


def _time_format(form: str) -> str:
    try:
        whole = datetime.strptime(_SOME_DAY.strftime(form), form).date() == _SOME_DAY.date()
    except ValueError:
        whole = False
    if not whole:
        raise ValueError("this does not tell year, month and day, as %Y-%m-%d %H:%M does")
    return form


def _exact(number: Any) -> Any:
    if isinstance(number, bool):
        raise ValueError("a number is wanted")
    return number


Name = Annotated[str, Field(min_length=1, max_length=120)]
"""Of a column, as the file's first line has it."""
Text = Annotated[str, Field(min_length=1, max_length=LONGEST, pattern=r"^\S(.*\S)?$")]
Code = Annotated[str, Field(min_length=1, max_length=30)]
Rate = Annotated[Decimal, Field(gt=0, le=1_000_000_000, max_digits=20)]
Category = Annotated[str, AfterValidator(_category)]


class _Part(BaseModel):
    # A number written as text, or a flag as a number, is a slip.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Columns(_Part):
    """Which column is what. `amount` is that of the whole line; instead of it `price` is that of one piece."""

    buyer: Name
    basket: Name
    product: Name
    quantity: Name
    time: Name
    shop: Name | None = None
    amount: Name | None = None
    price: Name | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "Columns":
        if (self.amount is None) == (self.price is None):
            raise ValueError("either amount (of the line) or price (of one piece) is needed")
        return self


class Mark(_Part):
    """Lines that are no purchases: those whose cell in a column starts so, equals this, or is a number so small."""

    reason: Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,39}$")]
    column: Name
    starts_with: Annotated[str, Field(min_length=1)] | None = None
    equals: str | None = None
    below: Decimal | None = None
    at_most: Decimal | None = None

    @model_validator(mode="before")
    @classmethod
    def _numbers(cls, given: Any) -> Any:
        return _with_decimals(given, ("below", "at_most"))

    @model_validator(mode="after")
    def _one_of_all(self) -> "Mark":
        if sum(each is not None for each in (self.starts_with, self.equals, self.below, self.at_most)) != 1:
            raise ValueError("one of starts_with, equals, below and at_most is needed")
        return self


class ProductColumns(_Part):
    """The file of products: beside the lines, its name has the word `beside` where theirs has `lines`.

    `name` is put into title case and `size` put behind it. Where a product has several rows, the first counts.
    `complete` makes a product that is not there a fault of the lines; else it is called by its id.
    """

    beside: Annotated[str, Field(min_length=1, max_length=LONGEST)] = "products"
    product: Name
    name: Name
    size: Name | None = None
    category: Name | None = None
    complete: bool = False


class FileMapping(_Part):
    """A mapping as it is written. Without `time_format` a time is ISO 8601; all times are local, without a zone."""

    columns: Columns
    one_shop: Text | None = None
    """The name of the shop, where the file is of one and no column tells it."""
    currency: Annotated[str, Field(min_length=1, max_length=12)] = "unit"
    rupiah_per_unit: Rate | None = None
    time_format: Annotated[str, AfterValidator(_time_format)] | None = None
    encoding: Annotated[str, AfterValidator(_encoding)] = "utf-8"
    delimiter: Literal[",", ";", "\t", "|"] = ","
    decimal: Literal[".", ","] = "."
    repeats: Literal["keep", "reject"] = "keep"
    """What becomes of a line that says all the same as one above it."""
    reject: Annotated[tuple[Mark, ...], Field(strict=False)] = ()
    """Asked in this order: the first that holds is a line's reason."""
    products: ProductColumns | None = None
    category: Category = "grocery.snacks"
    """Of a product whose category nobody tells."""
    categories: dict[str, Category] = {}
    """From the words of the file of products to categories of the market."""
    classes: dict[Code, Annotated[tuple[Code, ...], Field(strict=False, min_length=1)]] = {}
    """By scheme, the classes that buyers get, one after the other."""

    @model_validator(mode="before")
    @classmethod
    def _numbers(cls, given: Any) -> Any:
        return _with_decimals(given, ("rupiah_per_unit",))

    @model_validator(mode="after")
    def _one_of_both(self) -> "FileMapping":
        if (self.columns.shop is None) == (self.one_shop is None):
            raise ValueError("either columns.shop or one_shop is needed")
        return self

    @property
    def form(self) -> tuple[str, str]:
        """Encoding and delimiter of the files."""
        return self.encoding, self.delimiter


def mapping_of(name: str) -> FileMapping:
    """A mapping by its name, if it comes with Peken, else that of a file. Raises PekenError `bad_mapping`."""
    return shipped(name) if name in SHIPPED else read_mapping(Path(name))


def read_mapping(file: Path) -> FileMapping:
    """The mapping of a file. Raises PekenError `bad_mapping` with every fault, each by its key."""
    try:
        return _parsed(file.name, file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise _bad_mapping(file.name, [f"cannot be read: {error.strerror}"]) from None
    except UnicodeDecodeError:
        raise _bad_mapping(file.name, ["it is not UTF-8 text"]) from None


@cache
def shipped(name: str) -> FileMapping:
    """One of the mappings that come with Peken."""
    return _parsed(f"{name}.toml", (files("peken.replay") / f"{name}.toml").read_text(encoding="utf-8"))


def rate_of(text: object) -> Decimal:
    """A number of Rupiah for one unit of a currency. Raises PekenError `bad_rate`."""
    try:
        return TypeAdapter(Rate).validate_python(text if isinstance(text, Decimal) else str(text))
    except ValidationError:
        message = "Rupiah per unit is a number above 0, at most 1,000,000,000: 16250.5"
        raise PekenError("bad_rate", message) from None


def _parsed(name: str, text: str) -> FileMapping:
    try:
        return FileMapping.model_validate(tomllib.loads(text, parse_float=Decimal))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise _bad_mapping(name, [f"it is not TOML: {error}"]) from None
    except ValidationError as error:
        raise _bad_mapping(name, [_fault(wrong["loc"], wrong["msg"]) for wrong in error.errors()]) from None


def _fault(place: Sequence[str | int], said: str) -> str:
    """A fault with its key; entries of a list are counted from 1."""
    key = "".join(f" #{part + 1}" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")
    said = said.removeprefix("Value error, ")
    return f"{key}: {said}" if key else said


def _bad_mapping(name: str, faults: Sequence[str]) -> PekenError:
    told = "\n".join(f"  {fault}" for fault in faults)
    return PekenError("bad_mapping", "{file} does not hold:\n{faults}", file=name, faults=told)


def _with_decimals(given: Any, keys: Sequence[str]) -> Any:
    """Whole numbers at these keys as exact decimals, which those with a point are by now."""
    if not isinstance(given, Mapping):
        return given
    whole = {key: Decimal(given[key]) for key in keys if type(given.get(key)) is int}
    return {**given, **whole}

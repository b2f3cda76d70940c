"""What can be imported, and which columns its file has; reads no file."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Noun = Literal["categories", "departments", "vendors", "buyers", "products", "exemptions"]


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns a file must have, and those it may leave out: then rows that are there keep what they have."""

    needed: tuple[str, ...]
    optional: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        """Every column that is known."""
        return self.needed + self.optional


COLUMNS: Final[Mapping[Noun, Columns]] = {
    "categories": Columns(("code", "name", "name_en")),
    "departments": Columns(("code", "name", "region")),
    "vendors": Columns(("key", "name", "kind", "region"), ("scale", "sector", "address", "verified_on")),
    "buyers": Columns(("key", "name", "kind"), ("department", "region", "asn", "joined_on", "left_on", "classes")),
    "exemptions": Columns(("buyer", "kind", "reason", "valid_from"), ("valid_to", "rule", "again")),
    "products": Columns(
        ("vendor", "key", "category", "name", "price"),
        (
            *("description", "own_production", "origin", "status"),
            *("variant", "unit", "measure", "measure_unit", "stock", "active"),
        ),
    ),
}
"""`key` is the city's own number or word for a row: it stays the same from file to file."""

"""Reads the file that says what products are called; knows no table."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import capwords

from peken.errors import PekenError
from peken.replay.mapping import FileMapping
from peken.replay.rows import rows_of

LONGEST_NAME = 160


@dataclass(frozen=True, slots=True)
class Described:
    """What is known of a product; `category` is one of this market."""

    name: str
    category: str


def read_products(file: Path, mapping: FileMapping) -> dict[str, Described]:
    """Names and categories by product; of several rows the first. Raises PekenError `bad_file`, `bad_mapping`."""
    columns = mapping.products
    if columns is None:
        message = "The mapping has no [products], and cannot say what is what in {file}."
        raise PekenError("bad_mapping", message, file=file.name)
    wanted = (columns.product, columns.name, columns.size, columns.category)
    names = tuple(dict.fromkeys(name for name in wanted if name))
    found: dict[str, Described] = {}
    for _, row in rows_of(file, names, *mapping.form):
        cells = dict(zip(names, row, strict=True))
        size = cells[columns.size] if columns.size else ""
        name = f"{capwords(cells[columns.name])} {size.strip()}".strip()
        category = mapping.categories.get(cells[columns.category].strip() if columns.category else "", mapping.category)
        found.setdefault(cells[columns.product].strip(), Described(name[:LONGEST_NAME].strip(), category))
    return found


def products_beside(lines: Path, mapping: FileMapping) -> Path | None:
    """The file of products that belongs to a file of lines: `x-products.csv.gz` beside `x-lines.csv.gz`."""
    if mapping.products is None:
        return None
    beside = lines.with_name(lines.name.replace("lines", mapping.products.beside))
    return beside if beside != lines and beside.is_file() else None


def described_by(file: Path | None, lines: Path, mapping: FileMapping) -> tuple[Path | None, Mapping[str, Described]]:
    """The file of products that was named, or else stands beside the lines, and what it says."""
    known = file or products_beside(lines, mapping)
    return known, read_products(known, mapping) if known else {}

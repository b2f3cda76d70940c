"""Writes small panels for tests."""

import csv
import gzip
from collections.abc import Iterable, Mapping
from pathlib import Path

COLUMNS = (
    "household_id",
    "store_id",
    "basket_id",
    "product_id",
    "quantity",
    "sales_value",
    "coupon_disc",
    "transaction_timestamp",
)
USUAL = {
    "household_id": "900",
    "store_id": "330",
    "basket_id": "1",
    "product_id": "1095275",
    "quantity": "1",
    "sales_value": "10.0",
    "coupon_disc": "0.0",
    "transaction_timestamp": "2017-01-02T10:00:00",
}


def panel(folder: Path, *lines: Mapping[str, str]) -> Path:
    """A file of lines: each as usual but for what it says."""
    return written(folder / "panel-lines.csv", [{**USUAL, **line} for line in lines])


def written(file: Path, rows: Iterable[Mapping[str, str]], columns: Iterable[str] = COLUMNS) -> Path:
    with file.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, tuple(columns))
        writer.writeheader()
        writer.writerows(rows)
    return file


def zipped(file: Path) -> Path:
    packed = file.with_name(f"{file.name}.gz")
    packed.write_bytes(gzip.compress(file.read_bytes()))
    return packed

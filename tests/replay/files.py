"""Writes small files of purchases for tests, and finds the large ones."""

import csv
import gzip
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from peken.errors import PekenError
from peken.replay import FileMapping, read_purchases
from peken.servers import required

SHARED = Path(__file__).parents[3] / "shared" / "data"
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


def written(
    file: Path,
    rows: Iterable[Mapping[str, str]],
    columns: Iterable[str] = COLUMNS,
    *,
    encoding: str = "utf-8",
    delimiter: str = ",",
) -> Path:
    with file.open("w", newline="", encoding=encoding, errors="surrogatepass") as stream:
        writer = csv.DictWriter(stream, tuple(columns), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return file


def zipped(file: Path) -> Path:
    packed = file.with_name(f"{file.name}.gz")
    packed.write_bytes(gzip.compress(file.read_bytes()))
    return packed


def refusal(file: Path, mapping: FileMapping | None = None) -> str:
    """What is said of a file that cannot be read."""
    with pytest.raises(PekenError) as failure:
        read_purchases(file, mapping, rate=1)
    assert failure.value.code == "bad_file"
    return failure.value.message.format(**failure.value.values)


def shared(name: str) -> Path:
    """A file of the shared data; without it the test is skipped, or fails where it is required."""
    file = SHARED / name
    if not file.exists():
        if required("shared"):
            pytest.fail("the shared data is required, and not there")
        pytest.skip("the shared data is not there")
    return file

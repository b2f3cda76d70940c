"""Real lines of a web shop, with all that is odd in them, counted here once more by other means."""

import csv
import gzip
from collections import defaultdict
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from tests.replay.files import shared, zipped
from tests.replay.test_replay import START

from peken.replay import Account, Reading, Sum, mapping_of, read_purchases, replay
from peken.testing.world import World

NAME = "uci-online-retail-lines.csv.gz"
NAMES = "uci-online-retail-descriptions.csv.gz"
UCI = mapping_of("uci")
RATE = Decimal("20163.37")
SLICE = 1_500

Row = Mapping[str, str]


def fate(row: Row) -> str:
    return judged(row["InvoiceNo"], row["Quantity"], row["UnitPrice"], row["CustomerID"])


def judged(invoice: str, quantity: str, price: str, customer: str) -> str:
    """What has to become of a line, told without the mapping."""
    if invoice[0] in "CA":
        return {"C": "cancellation", "A": "bad_debt"}[invoice[0]]
    if quantity[0] == "-":
        return "given_back"
    if not price.strip("0."):
        return "zero_price"
    return "kept" if customer else "no_customer"


def rupiah(row: Row) -> int:
    amount = int(row["Quantity"]) * Decimal(row["UnitPrice"]) * RATE
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def accounts(reading: Reading) -> dict[str, Account]:
    return {"kept": reading.kept, **reading.rejected}


def test_the_whole_file_is_accounted_for_to_the_last_decimal() -> None:
    file = shared(NAME)

    found = read_purchases(file, UCI, rate=RATE).account

    counted: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    with gzip.open(file, "rt", newline="") as stream:
        next(stream)
        for invoice, _, quantity, _, price, customer, _ in csv.reader(stream):
            whole, _, part = price.partition(".")
            sums = counted[judged(invoice, quantity, price, customer)]
            sums[0] += 1
            # In thousandths of a Pound: the sign is before the whole part.
            sums[1] += int(quantity) * int(whole + part.ljust(3, "0"))
    assert {name: [each.lines, each.own * 1000] for name, each in accounts(found).items()} == counted
    assert (found.control.lines, found.control.own) == (541_909, Decimal("9747747.934"))
    assert found.control.own * RATE + found.rounding == found.control.amount
    assert found.balanced
    assert {name: each.lines for name, each in accounts(found).items()} == {
        "kept": 397_884,
        "no_customer": 132_219,
        "cancellation": 9_288,
        "given_back": 1_336,
        "zero_price": 1_179,
        "bad_debt": 3,
    }
    assert (found.repeats, found.undescribed) == (5_194, 0)


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    """The first lines by time, and some that are odd in other ways than those."""
    with gzip.open(shared(NAME), "rt", newline="") as stream:
        every = list(csv.DictReader(stream))
    every.sort(key=lambda row: row["InvoiceDate"])
    return every[:SLICE] + [row for row in every[SLICE:] if fate(row) in ("bad_debt", "given_back")]


@pytest.fixture
def lines(rows: list[Row], tmp_path: Path) -> Path:
    """They alone, as a file of the same shape."""
    file = tmp_path / "some-lines.csv"
    with file.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return zipped(file)


@pytest.mark.market({"35.73": ["malang_quota"]})
async def test_what_is_kept_is_bought_and_delivered(market: World, rows: list[Row], lines: Path) -> None:
    report = await replay(
        market.market, lines, city="35.73", start=START, mapping=UCI, rupiah_per_unit=RATE, products=shared(NAMES)
    )

    kept = [row for row in rows if fate(row) == "kept"]
    assert report.placed == Sum(len(kept), sum(rupiah(row) for row in kept))
    assert report.purchases == len({row["InvoiceNo"] for row in kept})
    assert (report.refused, report.undelivered) == (Sum(), {})
    assert report.control == Sum(len(rows), sum(rupiah(row) for row in rows))
    assert set(report.reasons) == {"bad_debt", "cancellation", "given_back", "no_customer", "zero_price"}
    assert report.balanced
    [shop] = await market.market.database.fetch("SELECT name FROM vendor")
    assert shop["name"] == "Toko Online Retail"
    names = await market.market.database.fetch("SELECT name FROM product WHERE name LIKE 'White Hanging Heart%'")
    assert [row["name"] for row in names] == ["White Hanging Heart T-light Holder"]


@pytest.mark.market({"35.78": ["batik_suroboyo"]})
async def test_what_a_cap_refuses_is_told_apart_from_what_is_no_purchase(
    market: World, rows: list[Row], lines: Path
) -> None:
    report = await replay(market.market, lines, city="35.78", start=START, mapping=UCI, rupiah_per_unit=RATE)

    invoices: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        if fate(row) == "kept":
            invoices[row["InvoiceNo"]].append(rupiah(row))
    placed, refused = Sum(), Sum()
    for amounts in invoices.values():
        fits = placed.amount + sum(amounts) <= 30_000_000
        (placed if fits else refused).add(sum(amounts), len(amounts))
    assert placed.lines > 0
    assert refused.lines > 0
    assert (report.placed, report.refused) == (placed, refused)
    assert report.balanced

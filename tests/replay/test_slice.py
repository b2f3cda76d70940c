"""A slice of a real panel, counted here once more by other means."""

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

import pytest
from tests.replay.files import shared
from tests.replay.test_replay import START

from peken.replay import Sum, replay
from peken.testing.world import World

NAME = "grocery-panel-q1-lines.csv.gz"
LINES = 2_000

Row = dict[str, str]


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    """The first lines of the file, which is in the order of time."""
    with gzip.open(shared(NAME), "rt", newline="") as stream:
        return [row for _, row in zip(range(LINES), csv.DictReader(stream), strict=False)]


def rupiah(row: Row, rate: int) -> int:
    return int((Decimal(row["sales_value"]) * rate).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def by_basket(rows: list[Row]) -> Iterator[list[Row]]:
    baskets: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        baskets[row["basket_id"]].append(row)
    yield from baskets.values()


@pytest.mark.market({"35.78": ["batik_suroboyo"]})
async def test_the_slice_adds_up_under_a_cap_that_binds(market: World, rows: list[Row]) -> None:
    # Dear enough that the largest of the first shops comes to its limit within the slice.
    rate = 100_000

    report = await replay(market.market, shared(NAME), city="35.78", start=START, rupiah_per_unit=rate, limit=LINES)

    turnover: dict[str, int] = defaultdict(int)
    placed, refused = Sum(), Sum()
    for basket in by_basket([row for row in rows if int(row["quantity"]) > 0]):
        amount, store = sum(rupiah(row, rate) for row in basket), basket[0]["store_id"]
        fits = turnover[store] + amount <= 30_000_000
        (placed if fits else refused).add(amount, len(basket))
        turnover[store] += amount if fits else 0
    empty = [row for row in rows if int(row["quantity"]) == 0]
    assert refused.lines > 0
    assert (report.placed, report.refused) == (placed, refused)
    assert report.rejected == Sum(len(empty), sum(rupiah(row, rate) for row in empty))
    assert report.control == Sum(LINES, sum(rupiah(row, rate) for row in rows))
    assert report.balanced


@pytest.mark.market({"35.73": ["malang_quota"]})
@pytest.mark.engines("sqlite")
async def test_who_meets_the_minimum_is_who_has_spent_it(market: World, rows: list[Row]) -> None:
    rate = 15_000

    report = await replay(market.market, shared(NAME), city="35.73", start=START, rupiah_per_unit=rate, limit=LINES)

    spent: dict[str, int] = defaultdict(int)
    for row in rows:
        if int(row["quantity"]) > 0:
            spent[row["household_id"]] += rupiah(row, rate)
    [obligation] = report.obligations
    [january] = obligation.windows
    assert january.met_by == tuple(sorted(f"buyer {key}" for key, sum_ in spent.items() if sum_ >= 500_000))
    assert (january.owed, january.counted) == (len(spent), sum(spent.values()))
    assert report.refused == Sum()
    assert report.balanced

"""How turnover is spread over shops, in three figures; knows no shop."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Spread:
    """`gini` is 0 where all sell alike and near 1 where one sells everything; `top_tenth` what the tenth of the shops
    that sells most (rounded up) has of all turnover, from 0 to 1."""

    vendors: int
    turnover: int
    gini: float
    top_tenth: float
    never_sold: int


NOTHING_SOLD: Final = Spread(0, 0, 0.0, 0.0, 0)


def spread_of(turnovers: Iterable[int]) -> Spread:
    """The spread of these turnovers, one for each shop, 0 for who sold nothing."""
    ordered = sorted(turnovers)
    count, total = len(ordered), sum(ordered)
    never = sum(1 for each in ordered if each == 0)
    if total == 0:
        return Spread(count, 0, 0.0, 0.0, never)
    weighted = sum(place * each for place, each in enumerate(ordered, 1))
    # Whole numbers until the last step, so that no order of adding changes a digit.
    gini = (2 * weighted - (count + 1) * total) / (count * total)
    tenth = (count + 9) // 10
    top = sum(ordered[count - tenth :])
    return Spread(count, total, gini, top / total, never)

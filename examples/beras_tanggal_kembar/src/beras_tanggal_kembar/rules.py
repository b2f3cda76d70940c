"""The rule of Tirta Kencana, a city that does not exist: rice on twin dates. Refuses to know any amount.

On 1/1, 2/2 and so on every civil servant buys rice, by weight and whatever its price, for a family in need.
"""

from typing import ClassVar, Final

from peken.rules import Amount, Buyer, Fact, Line, Moment, Obligation, Product, Rule, Table, dates


class Rice(Amount, frozen=True, kw_only=True):
    """What a class of civil servants gives on each of the dates, in grams."""


class Family(Fact, frozen=True):
    """That the goods go to a family in need. Who the family is, no rule has to know."""

    of: ClassVar[str] = "recipient"


def given(line: Line, product: Product, family: Family | None) -> int:
    """Grams of rice for a family in need; rice that is not sold by weight has none."""
    rice = "staples.rice" in product.categories and line.measure_unit == "g"
    return line.measure if rice and family else 0


def owed(buyer: Buyer, table: Table[Rice]) -> Rice | None:
    """The row of the buyer's class; only an ASN owes."""
    return table.find(*buyer.classes) if buyer.asn else None


rice: Final = Obligation(
    code="tirta-kencana.rice",
    cites="Tirta Kencana (invented): rice for families in need on twin dates",
    title="Rice for a family in need",
    messages={
        "counts_towards": "{amount:kg} of rice go to a family in need. Today {floor:kg} are owed; "
        "still to give: {remaining:kg}."
    },
    subject="buyer",
    window=dates("twin-dates", lambda on: on.day == on.month),
    at=Moment.PLACED,
    unit="g",
    counts=given,
    floor=owed,
    prorate=True,
)

RULES: Final[tuple[Rule, ...]] = (rice,)

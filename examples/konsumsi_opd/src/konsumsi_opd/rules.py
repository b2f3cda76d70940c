"""Departments of Tirta Kencana, an invented city, buy meals from groups with poor members; knows no amount."""

from typing import ClassVar, Final

from peken.rules import YEAR, Amount, Buyer, Fact, Line, Obligation, Product, Rule, Table


class Share(Amount, frozen=True, kw_only=True):
    """How many percent of the budget go to such groups at least."""


class Budget(Fact, frozen=True):
    """What a department may spend on meals in the year, in Rupiah."""

    of: ClassVar[str] = "department"
    meals: int


class Group(Fact, frozen=True):
    """The group that a vendor belongs to, and how many of its members are on the list of the poor."""

    of: ClassVar[str] = "vendor"
    poor: int


def spent(line: Line, product: Product, buyer: Buyer, group: Group | None) -> int:
    """What the department itself pays for meals; what its people buy for themselves is not its budget."""
    return line.amount if group and group.poor and buyer.kind == "department" and "meals" in product.categories else 0


def owed(budget: Budget | None, table: Table[Share]) -> Share | None:
    """The share in Rupiah, rounded down; a department without a budget owes nothing."""
    share = table.one()
    return share.worth(budget.meals * share.amount // 100) if budget and share else None


meals = Obligation(
    code="tirta-kencana.meals",
    cites="Tirta Kencana (invented): meals of departments from groups of small vendors",
    title="Meals from groups of small vendors",
    subject="department",
    window=YEAR,
    counts=spent,
    floor=owed,
    evidence=True,
)
RULES: Final[tuple[Rule, ...]] = (meals,)

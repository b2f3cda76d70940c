"""What came of a file and of its replay: sums that must add up, and what each rule did; knows no file and no table."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, localcontext
from typing import Final, Literal

EXACT: Final = 150
"""More digits than any sum of what a file may hold can have: nothing is ever rounded, but to Rupiah."""

Fate = Literal["refused", "rejected"]
"""Refused by the market or a rule, or rejected: no purchase can be made of it at all."""


@dataclass(slots=True)
class Sum:
    """Lines and what they come to, in Rupiah."""

    lines: int = 0
    amount: int = 0

    def add(self, amount: int, lines: int = 1) -> None:
        """Counts lines in."""
        self.lines += lines
        self.amount += amount


@dataclass(frozen=True, slots=True)
class Account:
    """Lines and what they come to: `own` in the file's currency, exact; `amount` in Rupiah, each line rounded."""

    lines: int = 0
    own: Decimal = Decimal(0)
    amount: int = 0


@dataclass(slots=True)
class Reading:
    """What stands in a file, before any market has seen it: every line is kept, or rejected for one reason."""

    currency: str
    rate: Decimal
    """Rupiah for one unit of the file's currency."""
    first: date
    last: date
    control: Account
    kept: Account
    rejected: dict[str, Account]
    rounding: Decimal
    """Rupiah that came in (or went, below zero) by rounding each line half up."""
    repeats: int = 0
    """Lines of the whole file that say all the same as one above."""
    undescribed: int = 0
    """Products that are bought, and that the file of products does not have."""

    @property
    def balanced(self) -> bool:
        """Whether kept and rejected are all lines, and all of their money in either currency."""
        parts = (self.kept, *self.rejected.values())
        with localcontext(prec=EXACT):
            own = sum((part.own for part in parts), Decimal(0))
        return (sum(part.lines for part in parts), own, sum(part.amount for part in parts)) == (
            self.control.lines,
            self.control.own,
            self.control.amount,
        )


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A line of the file that was not bought, and why."""

    line: int
    basket: str
    amount: int
    fate: Fate
    reason: str


@dataclass(frozen=True, slots=True)
class WindowOutcome:
    """How an obligation stood in one window: who owed, who met it, and what was counted for those who owed."""

    window: str
    owed: int
    counted: int
    met_by: tuple[str, ...]

    @property
    def met(self) -> int:
        """How many met it."""
        return len(self.met_by)


@dataclass(frozen=True, slots=True)
class ObligationOutcome:
    """What came of one obligation, window by window."""

    rule: str
    title: str
    unit: str
    windows: tuple[WindowOutcome, ...]


@dataclass(frozen=True, slots=True)
class Closing:
    """A subject that came to its cap in a window: when it was first refused, and how much in all."""

    subject: str
    window: str
    first: datetime
    refused: int
    amount: int


@dataclass(frozen=True, slots=True)
class CapOutcome:
    """What came of one cap."""

    rule: str
    title: str
    closings: tuple[Closing, ...]


@dataclass(slots=True)
class Report:
    """The whole of a replay. `placed` is what the market's books hold, not what was tried."""

    city: str
    first: date
    last: date
    weeks: int
    """By how many weeks the file's days were moved."""
    control: Sum
    reading: Reading
    placed: Sum = field(default_factory=Sum)
    refused: Sum = field(default_factory=Sum)
    rejected: Sum = field(default_factory=Sum)
    undelivered: dict[str, Sum] = field(default_factory=dict)
    """Of what was placed, the lines whose delivery was refused, by reason."""
    baskets: int = 0
    purchases: int = 0
    reasons: dict[str, Sum] = field(default_factory=dict)
    unplaced: list[Unplaced] = field(default_factory=list)
    obligations: tuple[ObligationOutcome, ...] = ()
    caps: tuple[CapOutcome, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)
    """How long each step took."""

    @property
    def balanced(self) -> bool:
        """Whether placed, refused and rejected are the file's own sum, to the Rupiah and to the line."""
        parts = (self.placed, self.refused, self.rejected)
        return (sum(part.lines for part in parts), sum(part.amount for part in parts)) == (
            self.control.lines,
            self.control.amount,
        )

    def keep_back(self, reason: str, amount: int, lines: int) -> None:
        """Counts an order that was placed, and whose delivery was refused."""
        self.undelivered.setdefault(reason, Sum()).add(amount, lines)

    def leave(self, line: Unplaced) -> None:
        """Counts a line that was not bought."""
        (self.refused if line.fate == "refused" else self.rejected).add(line.amount)
        self.reasons.setdefault(line.reason, Sum()).add(line.amount)
        self.unplaced.append(line)

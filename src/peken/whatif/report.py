"""What a simulation found, under the rules as they are and under the draft; counts, and knows no rule."""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from peken.whatif.spread import NOTHING_SOLD, Spread

Reason = tuple[str, str]
"""Rule and code of a refusal."""


@dataclass(slots=True)
class Sum:
    """Purchases (or deliveries) and what they come to, in Rupiah."""

    count: int = 0
    amount: int = 0

    def add(self, amount: int) -> None:
        """Counts one in."""
        self.count += 1
        self.amount += amount


@dataclass(frozen=True, slots=True)
class Refusal:
    """A purchase that one of the two would have refused and the other not; `by_draft` says which."""

    purchase: UUID
    buyer: UUID
    at: datetime
    amount: int
    by_draft: bool
    reasons: tuple[Reason, ...]
    subjects: tuple[str, ...]
    """Keys of the shops, buyers or products whose limit it was."""


@dataclass(frozen=True, slots=True)
class Gap:
    """What a class in a department owed under an obligation in a window, and what was missing at its end."""

    rule: str
    window: str
    complete: bool
    """Whether all of the window was simulated."""
    scheme: str
    code: str
    """The class whose row gave the floor; both empty where it was no class."""
    department: str
    owed_by: int
    met_by: int
    due: int
    done: int
    missing: int


@dataclass(slots=True)
class Outcome:
    """What came of all purchases under one rulebook."""

    placed: Sum = field(default_factory=Sum)
    refused: Sum = field(default_factory=Sum)
    kept_back: Sum = field(default_factory=Sum)
    """Deliveries that were refused."""
    reasons: dict[Reason, Sum] = field(default_factory=dict)
    subjects: dict[tuple[str, str], Sum] = field(default_factory=dict)
    """Rule and subject of refusals that name one: which shops came to their cap."""
    buyers: dict[str, Sum] = field(default_factory=dict)
    """Whose purchases were refused."""
    turnover: dict[str, int] = field(default_factory=dict)
    """By vendor, of what was placed."""
    gaps: tuple[Gap, ...] = ()
    failures: dict[str, int] = field(default_factory=dict)
    """How often a rule failed on these facts."""


@dataclass(slots=True)
class Report:
    """The whole of a simulation. `first` may lie before the day asked for: windows are simulated from their start."""

    city: str
    first: date
    last: date
    before: Outcome
    after: Outcome
    purchases: int = 0
    lines: int = 0
    lost: Sum = field(default_factory=Sum)
    """Placed under the rules as they are, refused under the draft: money that would have to go elsewhere."""
    won: Sum = field(default_factory=Sum)
    """The other way round."""
    spread_before: Spread = NOTHING_SOLD
    spread_after: Spread = NOTHING_SOLD

    def moved(self, most: int) -> list[tuple[str, int, int]]:
        """The vendors whose turnover changes most: key, before, after."""
        vendors = {*self.before.turnover, *self.after.turnover}
        pairs = [(v, self.before.turnover.get(v, 0), self.after.turnover.get(v, 0)) for v in vendors]
        changed = [pair for pair in pairs if pair[1] != pair[2]]
        return sorted(changed, key=lambda pair: (-abs(pair[2] - pair[1]), pair[0]))[:most]

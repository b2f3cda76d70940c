"""The kinds of rules an author declares. Refuses to know how they are asked, counted and stored."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from .parameters import Amount
from .verdicts import Place, Verdict
from .windows import Window

Subject = Literal["buyer", "vendor", "department", "order", "product"]
Unit = Literal["rupiah", "g", "ml", "piece", "count"]


class Moment(StrEnum):
    """What an order goes through that a tally may count at."""

    PLACED = "placed"
    PAID = "paid"
    DELIVERED = "delivered"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What all rules declare."""

    code: str
    """`city.name`, stable for ever: it stands in records."""
    cites: str
    """The regulation, as a person would look it up."""
    title: str = ""
    """English msgid."""
    messages: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Verdict code to English msgid, with fields for the verdict's values: `{ceiling:rp}` is money."""
    fail: Literal["closed", "open"] = "closed"
    """When the rule raises: refuse (`closed`) or carry on without it (`open`)."""


@dataclass(frozen=True, kw_only=True)
class Check(Rule):
    """Judges a line, an order, a listing or a day; may refuse, warn or notify."""

    on: Literal["line", "order", "listing", "day"]
    judge: Callable[..., Verdict | None]


@dataclass(frozen=True, kw_only=True)
class Tally(Rule):
    """Counts lines for a subject within a window; not declared itself, see Obligation and Cap."""

    subject: Subject
    window: Window
    counts: Callable[..., int]
    """From facts of a line to whole units, never below 0; 0 does not count."""
    at: Moment
    unit: Unit = "rupiah"
    evidence: bool = False
    """Whether verified purchases outside of the app count."""


@dataclass(frozen=True, kw_only=True)
class Obligation(Tally):
    """A subject must reach a floor within the window."""

    at: Moment = Moment.DELIVERED
    floor: Callable[..., Amount | int | None]
    """From facts of the subject; None: nothing is owed."""
    prorate: bool = False
    """Owed for the days served and not exempt only (`Duty`), rounded down; else whole, but for who is exempt on all."""


@dataclass(frozen=True, kw_only=True)
class Cap(Tally):
    """A subject may not pass a ceiling within the window."""

    at: Moment = Moment.PLACED
    ceiling: Callable[..., Amount | int | None]
    """From facts of the subject; None: no limit."""
    warn_at: int | None = None
    """Percent of the ceiling at which a warning is given, once."""
    hide_at: int | None = None
    """Percent of the ceiling from which on a vendor leaves the public lists until the window turns, 50 to 100."""


@dataclass(frozen=True, kw_only=True)
class Ranking(Rule):
    """Says who comes first, and why."""

    ranks: Literal["vendor", "product"] = "vendor"
    place: Callable[..., Place]
    only_best_tier: bool = False
    """Makes it an assignment with fallbacks: only those of the lowest tier found remain."""


@dataclass(frozen=True, kw_only=True)
class Calendar(Rule):
    """Supplies the names of a date's occasions; rules of any plugin find them in `Day.occasions`."""

    occasions: Callable[..., Iterable[str]]
    """From one `date`, and tables if need be."""

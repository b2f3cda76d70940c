"""What a line adds to a tally, and what a subject owes: values only. Refuses to know ledgers and balances."""

import datetime as dt
from typing import Literal

import msgspec

from .parameters import Amount
from .verdicts import Mode

TallyKey = tuple[str, str, str]
"""Rule, subject, window: the key of a balance."""


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """What one line adds to one tally, with what is needed to explain it."""

    rule: str
    kind: Literal["obligation", "cap"]
    plugin: str
    version: str
    parameters: str
    mode: Mode
    citation: str
    subject_kind: str
    subject: str
    window: str
    line: str
    amount: int = 0
    unit: str = "rupiah"
    floor: int | None = None
    ceiling: int | None = None
    row: Amount | None = None
    """The parameter row that gave floor or ceiling."""
    warn_at: int | None = None
    days_owed: int | None = None
    """Of a prorated floor: days owed of the days of the window."""
    days: int | None = None
    facts: tuple[str, ...] = ()
    error: str = ""
    """Not empty when the rule raised and fails closed: weighing refuses, there is nothing to count."""

    @property
    def key(self) -> TallyKey:
        return self.rule, self.subject, self.window

    @property
    def guard(self) -> int | None:
        """The ceiling that the balance must hold: none for a rule in the shadow."""
        return self.ceiling if self.mode is Mode.ON else None


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """What a subject owes, or may reach, in a window, whether or not it bought anything."""

    rule: str
    mode: Mode
    subject_kind: str
    subject: str
    window: str
    first: dt.date | None = None
    """First day of the window, and first day after it; None where a window has no dates."""
    after: dt.date | None = None
    unit: str = "rupiah"
    floor: int | None = None
    ceiling: int | None = None
    row: Amount | None = None
    days_owed: int | None = None
    """Of a prorated floor: days owed of the days of the window."""
    days: int | None = None


class Limit(msgspec.Struct, frozen=True):
    """A floor or ceiling as it stands for a subject on a day."""

    amount: int
    row: Amount | None = None
    facts: tuple[str, ...] = ()
    """Names of the facts it was found by."""
    days_owed: int | None = None
    days: int | None = None
    error: str = ""

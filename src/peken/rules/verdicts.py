"""What a rule answers, and the decision kept of it. Refuses to know who asked and how it is stored."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

import msgspec

Value = int | str | bool | None


class Outcome(StrEnum):
    ALLOW = "allow"
    NOTICE = "notice"
    WARN = "warn"
    REFUSE = "refuse"


class Mode(StrEnum):
    """Whether a rule binds on a day: `shadow` judges and records, and stops nobody."""

    OFF = "off"
    SHADOW = "shadow"
    ON = "on"


class Verdict(msgspec.Struct, frozen=True):
    """A rule's answer; no verdict (None) allows."""

    outcome: Outcome
    code: str
    values: Mapping[str, Value] = {}
    instead: str | None = None
    """Where the order must go instead, when the rule knows."""


def refuse(code: str, instead: str | None = None, **values: Value) -> Verdict:
    return Verdict(Outcome.REFUSE, code, values, instead)


def warn(code: str, instead: str | None = None, **values: Value) -> Verdict:
    return Verdict(Outcome.WARN, code, values, instead)


def notice(code: str, instead: str | None = None, **values: Value) -> Verdict:
    return Verdict(Outcome.NOTICE, code, values, instead)


class Place(msgspec.Struct, frozen=True):
    """Where a ranking puts one: lowest tier first, then lowest score; `because` is a message code."""

    tier: int
    score: int = 0
    because: str = ""
    values: Mapping[str, Value] = {}
    """What the message of `because` is filled with."""

    @property
    def key(self) -> int:
        """The place as one whole number of 63 bits that sorts alike; what is beyond the bounds stands at them."""
        tier, score = min(max(self.tier, 0), TIERS - 1), min(max(self.score, -SCORES), SCORES - 1)
        return tier * 2 * SCORES + score + SCORES


TIERS: Final = 2**14
SCORES: Final = 2**47
"""Scores from -SCORES on and below SCORES keep their order: room for 140 trillion Rupiah."""


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """One rule's answer on record, with all that is needed to explain it years later."""

    rule: str
    plugin: str
    version: str
    """Version of the plugin's distribution and hash of the rule's source."""
    parameters: str
    """Content hash of the rows in force on the day, of the tables that were chosen."""
    mode: Mode
    outcome: Outcome
    code: str
    lines: tuple[str, ...] = ()
    subject_kind: str = ""
    subject: str = ""
    window: str = ""
    values: dict[str, Value] = {}
    instead: str | None = None
    citation: str = ""
    source: str = ""
    """Source of the parameter row that decided, when one did."""
    mark: str = ""
    """How certain that row is."""
    facts: tuple[str, ...] = ()
    """Names of the facts that were read: `core:Vendor/key`. Their values are in the docket."""

    @property
    def binding(self) -> bool:
        """Whether this stops the order: a refusal by a rule that is on."""
        return self.outcome is Outcome.REFUSE and self.mode is Mode.ON

    def to_dict(self) -> dict[str, Any]:
        """Plain values for storage."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "Decision":
        return msgspec.convert(plain, cls)

"""Sentences the engine itself says, as English msgids. Refuses to know languages."""

from collections.abc import Mapping
from types import MappingProxyType

from .kinds import Rule
from .verdicts import Decision

RUPIAH: Mapping[str, str] = MappingProxyType(
    {
        "cap_reached": "The limit of {ceiling:rp} is reached: {before:rp} are taken, {remaining:rp} remain, "
        "and this would add {amount:rp}.",
        "cap_near": "With this, {percent} percent of the limit of {ceiling:rp} are reached; {remaining:rp} remain.",
        "within_cap": "Within the limit of {ceiling:rp}; {remaining:rp} remain.",
        "counts_towards": "Counts {amount:rp} towards {floor:rp}; {remaining:rp} are still to do.",
    }
)
UNITS: Mapping[str, str] = MappingProxyType(
    {
        "cap_reached": "The limit of {ceiling} {unit} is reached: {before} are taken, {remaining} remain, "
        "and this would add {amount}.",
        "cap_near": "With this, {percent} percent of the limit of {ceiling} {unit} are reached; {remaining} remain.",
        "within_cap": "Within the limit of {ceiling} {unit}; {remaining} remain.",
        "counts_towards": "Counts {amount} {unit} towards {floor}; {remaining} are still to do.",
    }
)
COMMON: Mapping[str, str] = MappingProxyType(
    {
        "allowed": "Nothing stands against it.",
        "closed": "This shop has reached a limit of its city; it is listed again from {again:date} on.",
        "rule_failed": "This rule could not be judged; the fault is on our side and has been recorded.",
    }
)


def message_of(rule: Rule, decision: Decision) -> str:
    """The msgid for a decision: the rule's own words, else the engine's, else the rule's title."""
    return wording(rule, decision.code, unit=str(decision.values.get("unit", "")))


def wording(rule: Rule, code: str, unit: str = "") -> str:
    """The msgid for what a rule says by that code, see `message_of`."""
    for messages in (rule.messages, COMMON, RUPIAH if unit == "rupiah" else UNITS):
        if code in messages:
            return messages[code]
    return rule.title or code

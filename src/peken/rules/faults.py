"""What is wrong with rules, tables or facts, said all at once. Refuses to know who made the mistake."""

from collections.abc import Iterable


class RuleFaults(Exception):
    """Rules that must not start: every fault, as a sentence of its own."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


class ParameterFaults(RuleFaults):
    """Tables that must not be used; each sentence names file and row."""


class MissingFact(LookupError):
    """A fact that a rule needs and nobody gave: named, never guessed."""

"""What is wrong with rules, tables or facts, said all at once. Refuses to know who made the mistake."""

from collections.abc import Iterable
from typing import Self


class RuleFaults(Exception):
    """Rules that must not start: every fault, as a sentence of its own."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


class ParameterFault(str):
    """A sentence that names file and row, with a stable code and the column it speaks of, if it does of one.

    Where it speaks of one row, `place` is that row and `says` the sentence without it.
    """

    code: str
    column: str
    place: str
    says: str

    def __new__(cls, says: str, code: str = "bad_row", column: str = "", *, place: str = "") -> Self:
        fault = super().__new__(cls, f"{place}: {says}" if place else says)
        fault.code, fault.column, fault.place, fault.says = code, column, place, says
        return fault


class ParameterFaults(RuleFaults):
    """Tables that must not be used; each sentence names file and row."""

    faults: tuple[ParameterFault, ...]

    def __init__(self, faults: Iterable[str]) -> None:
        super().__init__(each if isinstance(each, ParameterFault) else ParameterFault(each) for each in faults)


class MissingFact(LookupError):
    """A fact that a rule needs and nobody gave: named, never guessed."""

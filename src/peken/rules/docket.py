"""Writes a case's facts down and reads them back by type, for replay. Refuses to know where they are kept."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from .facts import Case, Day, Fact, Facts, LineKeys, fact_name
from .faults import MissingFact


def facts_to_json(facts: Facts) -> bytes:
    """`{"core:Vendor": {key: {...}}}`, the same bytes for the same facts."""
    return _encode(_named(facts))


def facts_from_json(data: bytes, types: Iterable[type[Fact]]) -> dict[type[Fact], dict[str, Fact]]:
    """Facts by type; raises MissingFact for a type that is not there any more."""
    return _typed(msgspec.json.decode(data, type=dict[str, dict[str, Any]]), types)


class _Written(msgspec.Struct):
    day: Day
    lines: tuple[LineKeys, ...]
    facts: dict[str, dict[str, Any]]


def case_to_json(case: Case) -> bytes:
    """A whole case: day with its occasions, keys of the lines, facts."""
    return _encode({"day": case.day, "lines": case.lines, "facts": _named(case.facts)})


def case_from_json(data: bytes, types: Iterable[type[Fact]]) -> Case:
    """The case as it was judged; raises MissingFact for a type that is not there any more."""
    written = msgspec.json.decode(data, type=_Written)
    return Case(written.day, written.lines, _typed(written.facts, types))


@dataclass(frozen=True)
class Thawed:
    """A case read back, and what had to be assumed."""

    case: Case
    assumed: frozenset[str] = frozenset()
    """Fields that facts have gained since, `core:Vendor.scale`: they stand at their defaults."""


def thaw(data: bytes, types: Iterable[type[Fact]]) -> Thawed:
    """A recorded case for rules of today: facts of types that no rule knows any more are passed over.

    Raises MissingFact for a fact that no longer fits its type: it names the fact.
    """
    written = msgspec.json.decode(data, type=_Written)
    known = {name: fact for fact in types if (name := fact_name(fact)) in written.facts}
    facts: dict[type[Fact], dict[str, Fact]] = {}
    assumed: set[str] = set()
    for name, fact in known.items():
        facts[fact] = {}
        for key, value in written.facts[name].items():
            assumed.update(f"{name}.{field}" for field in fact.__struct_fields__ if field not in value)
            try:
                facts[fact][key] = msgspec.convert(value, fact)
            except msgspec.ValidationError as error:
                raise MissingFact(f"{name}/{key} was recorded in another shape: {error}") from None
    return Thawed(Case(written.day, written.lines, facts), frozenset(assumed))


def _encode(value: Any) -> bytes:
    return msgspec.json.encode(value, order="deterministic")


def _named(facts: Facts) -> dict[str, Mapping[str, Fact]]:
    return {fact_name(fact): facts[fact] for fact in facts}


def _typed(named: Mapping[str, Mapping[str, Any]], types: Iterable[type[Fact]]) -> dict[type[Fact], dict[str, Fact]]:
    known = {fact_name(fact): fact for fact in types}
    if unknown := sorted(set(named) - set(known)):
        raise MissingFact(f"recorded facts of unknown type: {', '.join(unknown)}")
    return {
        known[name]: {key: msgspec.convert(value, known[name]) for key, value in of.items()}
        for name, of in named.items()
    }

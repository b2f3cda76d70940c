"""Reads once, at start, what a rule's functions ask for. Refuses to call them."""

import datetime as dt
import inspect
import types
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any, Union, get_args, get_origin

from .facts import GROUNDS, Day, Fact, fact_name
from .parameters import Row, Table


class Kind(Enum):
    FACT = "fact"
    EACH = "each"
    """One fact for every line of an order: `tuple[Line, ...]`."""
    TABLE = "table"
    DAY = "day"
    DATE = "date"


@dataclass(frozen=True)
class Ask:
    """One argument of a rule's function."""

    name: str
    kind: Kind
    type: Any
    optional: bool = False

    @cached_property
    def of(self) -> str:
        """What the fact is keyed by."""
        ground: str = self.type.of
        return ground

    @cached_property
    def recorded(self) -> str:
        """The fact's name in records."""
        return fact_name(self.type)


@dataclass(frozen=True)
class Asked:
    """A function with what it asks for, in the order of its arguments."""

    function: Callable[..., Any]
    asks: tuple[Ask, ...]

    @cached_property
    def facts(self) -> frozenset[type[Fact]]:
        return frozenset(ask.type for ask in self.asks if ask.kind in (Kind.FACT, Kind.EACH))

    @cached_property
    def tables(self) -> frozenset[type[Row]]:
        return frozenset(ask.type for ask in self.asks if ask.kind is Kind.TABLE)


@dataclass(frozen=True)
class Reach:
    """What a function in some place may ask for."""

    place: str
    """As a sentence has it: `a check of a line`."""
    grounds: frozenset[str]
    each: bool = False
    dates: bool = False
    answers: tuple[type, ...] = ()
    """The types it may return; empty: any."""


def read(where: str, function: Callable[..., Any], reach: Reach, faults: list[str]) -> Asked:
    """What a function asks for; what it may not ask for is added to the faults."""
    if inspect.iscoroutinefunction(function):
        faults.append(f"{where} is async; a rule is a plain function, and loaders fetch its facts")
    try:
        signature = inspect.signature(function, eval_str=True)
    except (NameError, TypeError, ValueError, SyntaxError) as error:
        faults.append(f"{where} has a signature that cannot be read: {error}")
        return Asked(function, ())
    _check_answer(where, signature.return_annotation, reach, faults)
    asks = (_ask(where, parameter, reach, faults) for parameter in signature.parameters.values())
    return Asked(function, tuple(ask for ask in asks if ask is not None))


def _check_answer(where: str, answer: Any, reach: Reach, faults: list[str]) -> None:
    for found in _members(answer) if reach.answers else ():
        plain = isinstance(found, type) and issubclass(found, reach.answers)
        if not plain or found is bool:
            wanted = " or ".join(_text(each) for each in reach.answers)
            faults.append(f"{where} must say that it returns {wanted}; it says {_text(found)}")


def _ask(where: str, parameter: inspect.Parameter, reach: Reach, faults: list[str]) -> Ask | None:
    said = f"{where} asks for {parameter.name}"
    if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.POSITIONAL_ONLY):
        faults.append(f"{said} by star or keyword only; a rule takes plain arguments")
        return None
    if parameter.default is not parameter.empty:
        faults.append(f"{said} with a default; what may be missing is written `X | None`")
        return None
    ask = _understood(parameter)
    fault = (
        f"without a type that can be given: {_text(parameter.annotation)}" if ask is None else _unreachable(ask, reach)
    )
    if fault:
        faults.append(f"{said} {fault}")
        return None
    return ask


def _understood(parameter: inspect.Parameter) -> Ask | None:
    name, annotation = parameter.name, parameter.annotation
    members = _members(annotation)
    wanted = [member for member in members if member is not type(None)]
    if len(members) == 2 and len(wanted) == 1 and _is(wanted[0], Fact):
        return Ask(name, Kind.FACT, wanted[0], optional=True)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Table and _is(arguments[0], Row):
        return Ask(name, Kind.TABLE, arguments[0])
    if origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis and _is(arguments[0], Fact):
        return Ask(name, Kind.EACH, arguments[0])
    if _is(annotation, Fact):
        return Ask(name, Kind.FACT, annotation)
    if annotation is Day:
        return Ask(name, Kind.DAY, Day)
    return Ask(name, Kind.DATE, dt.date) if annotation is dt.date else None


def _unreachable(ask: Ask, reach: Reach) -> str:
    """Why that cannot be given there; empty when it can."""
    if ask.kind is Kind.DATE:
        return "" if reach.dates else "as a date; a rule is told a Day"
    if ask.kind is Kind.DAY:
        return "as a Day; a calendar is told a date" if reach.dates else ""
    if ask.kind is Kind.TABLE:
        return ""
    fact = ask.type
    if fact.of not in GROUNDS:
        return f"as {fact.__name__}, a fact of {fact.of!r}; facts are of {', '.join(GROUNDS)}"
    if ask.kind is Kind.EACH:
        return "" if reach.each else f"as a tuple of {fact.__name__}; only a check of an order has all its lines"
    if fact.of not in reach.grounds:
        return f"as {fact.__name__}, but {reach.place} has no single {fact.of}"
    return ""


def _members(annotation: Any) -> tuple[Any, ...]:
    if get_origin(annotation) in (Union, types.UnionType):
        return get_args(annotation)
    return (type(None) if annotation is None else annotation,)


def _is(annotation: Any, base: type) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, base) and annotation is not base


def _text(annotation: Any) -> str:
    if annotation is inspect.Parameter.empty:
        return "nothing"
    if len(members := _members(annotation)) > 1:
        return " | ".join(_text(member) for member in members)
    return "None" if annotation is type(None) else getattr(annotation, "__name__", str(annotation))

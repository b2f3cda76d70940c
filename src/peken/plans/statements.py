"""SQL texts that are made once, by the very queries of ordinary execution, and filled in for each request.

What differs between requests is found by making a query twice, with two values, and looking which parameters differ.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson
from tortoise.models import Model

from peken.plans.errors import Ordinary

Build = Callable[[Mapping[str, Any]], Any]
"""The query, with these values in it."""

_QUOTED_OR_MARK: Final = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|(\?)""")
_PROBES: Final[Mapping[type, tuple[Any, Any]]] = {
    str: ("probe a", "probe b"),
    int: (2**31 - 9, 2**31 - 99),
    datetime: (datetime(2020, 2, 3, 4, 5, 6, 7, UTC), datetime(2021, 3, 4, 5, 6, 7, 8, UTC)),
    UUID: (UUID(int=2**127 + 11), UUID(int=2**126 + 13)),
}


def probes(of: type) -> tuple[Any, Any]:
    """Two values of a type, to make a query with."""
    if of not in _PROBES:
        raise Ordinary(f"no two values of {of.__name__} are known")
    return _PROBES[of]


class Statement(NamedTuple):
    """A text, its parameters, and which of them are filled in from what."""

    text: str
    params: tuple[Any, ...]
    holes: tuple[tuple[int, str, Callable[[Any], Any]], ...]

    def filled(self, values: Mapping[str, Any]) -> list[Any]:
        """The parameters with these values."""
        params = [*self.params]
        for number, name, convert in self.holes:
            params[number] = convert(values[name])
        return params


def statement(build: Build, tried: Mapping[str, tuple[Any, Any]], dialect: str, among: str = "") -> Statement:
    """The statement of a query whose values of the names in `tried` differ between requests.

    The value `among` is a list: the query is made with one element of it, looked for by IN.
    """
    first = {name: pair[0] for name, pair in tried.items()}
    text, params = _sql(build(first))
    holes: list[tuple[int, str, Callable[[Any], Any]]] = []
    for name, (one, other) in tried.items():
        text_too, params_too = _sql(build({**first, name: other}))
        found = [number for number, pair in enumerate(zip(params, params_too, strict=True)) if pair[0] != pair[1]]
        if text_too != text or not found:
            raise Ordinary(f"{name} is not a parameter")
        holes += [(number, name, _conversion(one, params[number])) for number in found]
    if among:
        numbers = [number for number, name, _ in holes if name == among]
        for number in numbers:
            text = _among(text, number, dialect)
        convert = _as_list if dialect == "postgres" else _as_json
        holes = [(number, name, convert if name == among else by) for number, name, by in holes]
    return Statement(text, tuple(params), tuple(holes))


def _sql(query: Any) -> tuple[str, list[Any]]:
    text: str = query.sql()
    return text, list(query.query.get_parameterized_sql()[1])


def _conversion(value: Any, param: Any) -> Callable[[Any], Any]:
    """How a parameter comes from a value."""
    if type(param) is type(value) and param == value:
        return _as_it_is
    if isinstance(param, str) and param == str(value):
        return str
    raise Ordinary(f"{type(value).__name__} becomes {type(param).__name__}")


def _as_it_is(value: Any) -> Any:
    return value


def _as_list(values: Sequence[Any]) -> list[Any]:
    return list(values)


def _as_json(values: Sequence[Any]) -> str:
    return orjson.dumps([value if isinstance(value, int) else str(value) for value in values]).decode()


def _among(text: str, number: int, dialect: str) -> str:
    """The text with IN over one parameter as IN over the list that the parameter becomes: one text for any number."""
    if dialect == "postgres":
        changed = text.replace(f" IN (${number + 1})", f" = ANY(${number + 1})")
    else:
        marks = [match.start() for match in _QUOTED_OR_MARK.finditer(text) if match[1]]
        at = marks[number]
        changed = f"{text[:at]}SELECT value FROM json_each(?){text[at + 1 :]}"
    if changed == text:
        raise Ordinary("keys are not looked for by IN")
    return changed


class Select:
    """The columns that one statement reads, as they come to be asked for; a path leads over a key (`vendor__name`)."""

    def __init__(self, model: type[Model]) -> None:
        self.model = model
        self.paths: dict[str, int] = {}

    def at(self, path: str) -> str:
        """The name of a column in generated code."""
        return f"x{self.paths.setdefault(path, len(self.paths))}"

    @property
    def target(self) -> str:
        """What generated code unpacks a row into."""
        # Where nothing is asked for, a row still has one column.
        return f"({', '.join(f'x{number}' for number in range(len(self.paths) or 1))},)"

    def field(self, path: str) -> Any:
        """The model's field of a column."""
        model: Any = self.model
        *way, last = path.split("__")
        for step in way:
            model = model._meta.fields_map[step].related_model
        return model._meta.fields_map[last]

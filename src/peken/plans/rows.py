"""Types of the graph whose objects are rows of a table, and the loaders that find them by a column."""

import dataclasses
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Final, Generic, TypeVar, cast

from tortoise.expressions import Q
from tortoise.models import Model
from tortoise.queryset import QuerySet

READ: Final = "read"
"""Key in a field's metadata: how it is read."""
_ROWS: Final = "__rows__"

T = TypeVar("T")
Row = Mapping[str, Any]


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    """An attribute, from columns of its row; without names from the one that is called like it."""

    names: tuple[str, ...] = ()
    made: Callable[..., Any] | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Scope:
    """Which rows of a table are shown. `viewpoint(context)` is what the clause depends on, as something to look up."""

    clause: Callable[[Any], Q]
    viewpoint: Callable[[Any], Hashable]


class Rows(Generic[T]):
    """The rows of a model as objects of a type, whose attributes say from which columns they come."""

    def __init__(self, type_: type[T], model: type[Model]) -> None:
        self.type = type_
        self.model = model
        self.attributes = {field.name: _column(field) for field in dataclasses.fields(cast(Any, type_)) if field.init}
        self.columns = tuple(dict.fromkeys(name for each in self.attributes.values() for name in each.names))
        self.make = self._maker()
        setattr(type_, _ROWS, self)

    @staticmethod
    def of(type_: object) -> "Rows[Any] | None":
        """The rows that a type's own objects are, if they are rows."""
        return cast("Rows[Any] | None", getattr(type_, "__dict__", {}).get(_ROWS))

    def by(self, column: str = "id", *, scope: Scope | None = None) -> "Keyed[T]":
        """The loader that finds one row by a column, of those that `scope` shows."""
        return Keyed(self, column, None, scope)

    def each_by(self, column: str, *order: str, scope: Scope | None = None) -> "Keyed[T]":
        """The loader that finds all rows that share a value of a column, in this order."""
        return Keyed(self, column, order, scope)

    async def find(self, rows: QuerySet[Any], *more: str) -> list[Row]:
        """The rows of a query, with the columns of the type and `more`."""
        return [*await rows.values(*dict.fromkeys((*self.columns, *more)))]

    def _maker(self) -> Callable[[Row], T]:
        # Written out: a call for each row and attribute would cost more than the object.
        known: dict[str, Any] = {"type_": self.type}
        parts = []
        for number, (attribute, column) in enumerate(self.attributes.items()):
            values = ", ".join(f"row[{name!r}]" for name in column.names)
            known[f"made{number}"] = column.made
            parts.append(f"{attribute}={values if column.made is None else f'made{number}({values})'}")
        return cast(Callable[[Row], T], eval(f"lambda row: type_({', '.join(parts)})", known))


@dataclasses.dataclass(frozen=True, eq=False, slots=True)
class Keyed(Generic[T]):
    """A loader of rows by a column: one for each key, or all of it in an `order`."""

    rows: Rows[T]
    column: str
    order: tuple[str, ...] | None
    scope: Scope | None

    def query(self, context: Any, keys: Sequence[Any]) -> QuerySet[Any]:
        """The rows of these keys that are shown."""
        shown = [self.scope.clause(context)] if self.scope else []
        among: dict[str, Any] = {f"{self.column}__in": list(keys)}
        found: QuerySet[Any] = self.rows.model.filter(*shown, **among)
        return found.order_by(*self.order) if self.order else found

    async def __call__(self, context: Any, keys: Sequence[Any]) -> list[Any]:
        found = await self.rows.find(self.query(context, keys), self.column)
        if self.order is None:
            one = {row[self.column]: self.rows.make(row) for row in found}
            return [one.get(key) for key in keys]
        each: dict[Any, list[T]] = {key: [] for key in keys}
        for row in found:
            each[row[self.column]].append(self.rows.make(row))
        return [each[key] for key in keys]


def _column(field: "dataclasses.Field[Any]") -> Column:
    said = field.metadata.get(READ)
    if isinstance(said, Column):
        return said if said.names else dataclasses.replace(said, names=(field.name,))
    return Column((field.name,))

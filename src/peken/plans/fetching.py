"""Children of a level that find what a key leads to: one call, or one statement, for all parents."""

from collections.abc import Callable, Sequence
from typing import Any

from tortoise import fields

from peken.plans.errors import Unfit
from peken.plans.levels import Completion, Level
from peken.plans.rows import Keyed
from peken.plans.running import Run
from peken.plans.statements import Statement, probes, statement


class Given:
    """A value that is there already."""

    def __init__(self, completion: Completion) -> None:
        self._completion = completion

    async def values(self, run: Run, keys: Sequence[Any]) -> Sequence[Any]:
        return await self._completion(run, keys)


class Found:
    """What a function `load(context, keys)` finds, which ordinary execution asks as well."""

    def __init__(self, load: Any, completion: Completion) -> None:
        self._load = load
        self._completion = completion

    async def values(self, run: Run, keys: Sequence[Any]) -> Sequence[Any]:
        sought = sought_of(keys)
        found = await self._load(run.context, sought) if sought else []
        if len(sought) == len(keys):
            return await self._completion(run, found)
        by_key = dict(zip(sought, found, strict=True))
        return await self._completion(run, [by_key.get(key) for key in keys])


class FoundRows:
    """The rows that a loader finds, of which only what is selected is read."""

    def __init__(
        self, load: Keyed[Any], level: Level, objects: Callable[[], Completion], *, raw: bool, nullable: bool
    ) -> None:
        self._load = load
        self._level = level
        self._objects = objects
        self._raw = raw
        self._nullable = nullable
        assert level.select is not None
        self._select = level.select
        self._at = int(self._select.at(load.column)[1:])

    async def values(self, run: Run, keys: Sequence[Any]) -> Sequence[Any]:
        known = run.context.known(self._load)
        if known and all(key in known for key in keys):
            # Objects, not rows: completed as such.
            return await self._objects()(run, [known[key] for key in keys])
        sought = sought_of(keys if self._raw else raw_keys(keys, run.dialect))
        found: dict[Any, Any] = {}
        if sought:
            records = await self._records(run, sought)
            dicts = await self._level.dicts(run, records)
            at = self._at
            if self._load.order is None:
                found = {record[at]: made for record, made in zip(records, dicts, strict=True)}
            else:
                found = {key: [] for key in sought}
                for record, made in zip(records, dicts, strict=True):
                    found[record[at]].append(made)
        values = [found.get(key) for key in (keys if self._raw else raw_keys(keys, run.dialect))]
        if not self._nullable and None in values:
            raise Unfit("null where the graph promises a value")
        return values

    async def _records(self, run: Run, sought: Sequence[Any]) -> Sequence[Any]:
        scope = self._load.scope
        seen = scope.viewpoint(run.context) if scope else None
        alone = len(sought) == 1
        made: Statement = run.kept(self, (seen, alone), lambda: self._statement(run, alone=alone))
        records: Sequence[Any] = await run.context.records(
            made.text, made.filled({"keys": sought[0] if alone else sought})
        )
        return records

    def _statement(self, run: Run, *, alone: bool) -> Statement:
        """For one key IN stays as it is: PostgreSQL plans that once, and a list of unknown length anew each time."""
        paths = [*self._select.paths]
        pair = key_probes(self._load.rows.model._meta.fields_map[self._load.column])
        return statement(
            lambda given: self._load.query(run.context, [given["keys"]]).values_list(*paths),
            {"keys": pair},
            run.dialect,
            among="" if alone else "keys",
        )


def key_probes(field: Any) -> tuple[Any, Any]:
    """Two keys of a column."""
    return probes(field.field_type if not isinstance(field, fields.CharField) else str)


def sought_of(keys: Sequence[Any]) -> list[Any]:
    """Each key once, those that lead anywhere."""
    return [key for key in dict.fromkeys(keys) if key is not None and key != ""]


def raw_keys(keys: Sequence[Any], dialect: str) -> list[Any]:
    """Keys of Python as the driver gives them."""
    return list(keys) if dialect == "postgres" else [None if key is None else str(key) for key in keys]

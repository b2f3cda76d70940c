"""The versions that a city has set, and the rows of the rules beside them; changes nothing."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from peken.market import ServedCity
from peken.models import ParameterVersion
from peken.rules import Row, Rulebook, table_name
from peken.rules.loading import PLACE, REPLACES
from peken.rules.standing import Placed

OWN: Final = ("valid_from", "valid_to", "source", "mark")
"""Columns of a row that are columns of a version too."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A row as it stands, with the version that brought it; none for a row of the plugin's file."""

    row: Row
    version: ParameterVersion | None


async def versions_of(*cities: str) -> list[ParameterVersion]:
    """All versions of some cities in the order in which they were set, the withdrawn ones too."""
    return await ParameterVersion.filter(city_id__in=cities).order_by("city_id", "number")


def standing(versions: Sequence[ParameterVersion]) -> list[ParameterVersion]:
    """Those that were not withdrawn."""
    return [version for version in versions if version.withdrawn_at is None]


def rulebook_of(city: ServedCity, versions: Sequence[ParameterVersion]) -> Rulebook:
    """The rules of a city with these versions. Raises RuleFaults with all that does not fit."""
    by_plugin: dict[str, dict[str, list[Mapping[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for version in standing(versions):
        by_plugin[version.plugin][version.table_name].append(raw_row(version))
    return Rulebook(replace(chapter, added=by_plugin.get(chapter.plugin, {})) for chapter in city.chapters)


def raw_row(version: ParameterVersion) -> dict[str, Any]:
    """A version as the reader of tables takes it."""
    dated = {name: getattr(version, name) for name in OWN}
    return {**version.columns, **dated, PLACE: place_of(version), REPLACES: version.replaces}


def place_of(version: ParameterVersion) -> str:
    """How the row of a version is called where something is wrong with it."""
    return f"version {version.number}"


def set_of(rulebook: Rulebook, plugin: str, table: type[Row]) -> str:
    """Of the rival sets of a table, the one that binds in the city."""
    rows = rulebook.chosen[plugin].rows.get(table, ())
    return rows[0].set if rows else ""


def standing_of(
    rulebook: Rulebook, versions: Sequence[ParameterVersion]
) -> dict[tuple[str, type[Row]], tuple[Standing, ...]]:
    """The rows of the sets that bind, by plugin and table; sorted by key and day."""
    numbered: dict[tuple[str, str], list[ParameterVersion]] = defaultdict(list)
    for version in standing(versions):
        numbered[version.plugin, version.table_name].append(version)
    return {
        (plugin, table): tuple(
            Standing(each.row, numbered[plugin, table_name(table)][each.added - 1] if each.added else None)
            for each in sorted(placed, key=_order)
            if each.row.set == set_of(rulebook, plugin, table)
        )
        for plugin, parameters in rulebook.parameters.items()
        for table, placed in parameters.standing.items()
    }


def _order(placed: Placed) -> tuple[object, ...]:
    return *placed.row.key, placed.row.valid_from

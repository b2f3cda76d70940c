"""Reads a draft of other amounts and modes, and makes a rulebook of it beside the one in force. Keeps nothing."""

import datetime as dt
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from .binding import Chapter
from .faults import ParameterFaults
from .loading import REPLACES, RawRow
from .parameters import RuleRow, table_name
from .rulebook import Rulebook
from .verdicts import Mode

SOURCE: Final = "Draft"
MARK: Final = "M"
RULES: Final = "rules"
CHOSEN: Final = "chosen"
_MODES: Final = ", ".join(Mode)


@dataclass(frozen=True)
class Draft:
    """What is to be tried: rows beside or instead of those in force, other sets of rival tables, other modes."""

    rows: Mapping[str, Mapping[str, Sequence[RawRow]]] = field(default_factory=dict)
    """By plugin and table. A row takes the place of whatever is there under its key on its days."""
    chosen: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By plugin: table to set."""
    modes: Mapping[str, Mode] = field(default_factory=dict)
    """By rule, for all days."""

    @property
    def plugins(self) -> frozenset[str]:
        """The plugins that it speaks of by name."""
        return frozenset({*self.rows, *self.chosen})


def _toml(text: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ParameterFaults([f"{name}: {error}"]) from error
    except RecursionError:
        raise ParameterFaults([f"{name}: it is nested too deeply"]) from None


def read_draft(text: str, name: str = "draft") -> Draft:
    """Read TOML: `[[plugin.table]]` for rows, `[plugin.chosen]` for sets, `[rules]` for modes.

    Raises ParameterFaults with all that is wrong in its form.
    """
    raw = _toml(text, name)
    faults: list[str] = []
    modes = _modes(name, raw.pop(RULES, {}), faults)
    rows: dict[str, dict[str, Sequence[RawRow]]] = {}
    chosen: dict[str, dict[str, str]] = {}
    for plugin, tables in raw.items():
        if not isinstance(tables, Mapping):
            faults.append(f"{name}: {plugin} stands alone; rows are written [[plugin.table]], modes under [rules]")
            continue
        for table, value in tables.items():
            if table == CHOSEN and isinstance(value, Mapping) and all(isinstance(each, str) for each in value.values()):
                chosen[plugin] = dict(value)
            elif isinstance(value, list) and all(isinstance(each, Mapping) for each in value):
                rows.setdefault(plugin, {})[table] = value
            else:
                faults.append(f"{name}: {plugin}.{table} must be rows, written [[{plugin}.{table}]]")
    if faults:
        raise ParameterFaults(faults)
    return Draft(rows, chosen, modes)


def _modes(name: str, raw: Any, faults: list[str]) -> dict[str, Mode]:
    known = {mode.value: mode for mode in Mode}
    found = {}
    for rule, mode in raw.items() if isinstance(raw, Mapping) else ():
        if isinstance(mode, str) and mode in known:
            found[rule] = known[mode]
        else:
            faults.append(f"{name}: {rule} is {mode}; a rule is one of {_MODES}")
    if not isinstance(raw, Mapping):
        faults.append(f"{name}: {RULES} must be a table of rules and their modes")
    return found


def draft_rulebook(chapters: Sequence[Chapter], draft: Draft, first: dt.date) -> Rulebook:
    """The rules of these chapters under the draft; a row that names no day holds from `first` on.

    Raises RuleFaults with all that does not fit, as for a city's own tables.
    """
    faults = [*_strangers(chapters, draft)]
    if faults:
        raise ParameterFaults(faults)
    return Rulebook(_drafted(chapter, draft, first) for chapter in chapters)


def _strangers(chapters: Sequence[Chapter], draft: Draft) -> Iterable[str]:
    plugins = {chapter.plugin for chapter in chapters}
    for plugin in sorted(draft.plugins - plugins):
        yield f"draft: there is no plugin {plugin} here; there are {', '.join(sorted(plugins)) or 'none'}"
    rules = {rule.code for chapter in chapters for rule in chapter.regulations.rules}
    for rule in sorted(set(draft.modes) - rules):
        yield f"draft: there is no rule {rule} here"


def _drafted(chapter: Chapter, draft: Draft, first: dt.date) -> Chapter:
    chosen = {**chapter.chosen, **draft.chosen.get(chapter.plugin, {})}
    sets = {**chapter.regulations.chosen, **chosen}
    base = {"valid_from": first, "source": SOURCE, "mark": MARK, REPLACES: True}
    added: dict[str, list[RawRow]] = {table: list(rows) for table, rows in chapter.added.items()}
    for table, rows in draft.rows.get(chapter.plugin, {}).items():
        own = {"set": sets[table]} if table in sets else {}
        added.setdefault(table, []).extend({**base, **own, **row} for row in rows)
    codes = {rule.code for rule in chapter.regulations.rules}
    modes = [
        {**base, "valid_from": dt.date.min, "code": c, "mode": m.value} for c, m in draft.modes.items() if c in codes
    ]
    if modes:
        added.setdefault(table_name(RuleRow), []).extend(modes)
    return replace(chapter, chosen=chosen, added=added)

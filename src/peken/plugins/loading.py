"""Finds, checks and orders the plugins that settings name; knows no plugin by name, and calls none at import.

Every fault of every plugin is gathered and told at once, since a market that is put together anew after each
fault costs an afternoon.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from inspect import iscoroutinefunction, signature
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType

import pluggy
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from pydantic import BaseModel, ValidationError

import peken
from peken import hookspecs
from peken.hooks import Fault, Hooks, Plugin, PluginFaults
from peken.hookspecs import Tables

__all__ = ["GROUP", "load"]

GROUP = "peken.plugins"


def load(
    names_by_city: Mapping[str, Sequence[str]],
    settings: Mapping[str, Mapping[str, object]] | None = None,
    *,
    unmigrated: bool = False,
) -> Hooks:
    """The plugins of one market, fit to be called: each city's in the order of its list.

    `settings` holds a table for each plugin. Tables that have no migration yet are let through when it is about to be
    written (`unmigrated`). Raises `PluginFaults` with all that hinders the start.
    """
    return _Loading(names_by_city, settings or {}, unmigrated).hooks()


class _Loading:
    """One start of one market: what was met so far, and what is wrong with it."""

    def __init__(
        self,
        names_by_city: Mapping[str, Sequence[str]],
        settings: Mapping[str, Mapping[str, object]],
        unmigrated: bool,
    ) -> None:
        self.names_by_city = names_by_city
        self.settings = settings
        self.unmigrated = unmigrated
        self.faults: list[Fault] = []
        self.manager = pluggy.PluginManager("peken")
        self.manager.add_hookspecs(hookspecs)
        self.found: defaultdict[str, list[EntryPoint]] = defaultdict(list)
        for point in entry_points(group=GROUP):
            self.found[point.name].append(point)

    def hooks(self) -> Hooks:
        names = list(dict.fromkeys(name for named in self.names_by_city.values() for name in named))
        self._compare_with_settings(names)
        met = {name: plugin for name in names if (plugin := self._meet(name))}
        if self.faults:
            raise PluginFaults(self.faults)
        cities = {code: [met[name] for name in named] for code, named in self.names_by_city.items()}
        return Hooks(self.manager, tuple(met.values()), cities)

    def _compare_with_settings(self, names: Sequence[str]) -> None:
        for code, named in self.names_by_city.items():
            for name in dict.fromkeys(named):
                if named.count(name) > 1:
                    self._fault(name, f"city {code} lists it more than once")
        for name in self.settings:
            if name not in names:
                self._fault(name, "has settings, but no city lists it")

    def _meet(self, name: str) -> Plugin | None:
        """The plugin of this name, checked and registered; None if anything is wrong with it."""
        before = len(self.faults)
        module = self._import(name)
        if module is None or not self._implementations_fit(name, module):
            return None
        self.manager.register(module, name)
        chosen = self._settings(name)
        self._check_tables(name)
        if len(self.faults) > before:
            return None
        distribution = self.found[name][0].dist
        assert distribution is not None  # an entry point that was discovered has one
        return Plugin(name, distribution.version, module, chosen, Path(str(module.__file__)).parent)

    def _import(self, name: str) -> ModuleType | None:
        points = self.found.get(name, [])
        if not points:
            self._fault(name, "is not installed")
            return None
        if len(points) > 1:
            owners = " and ".join(sorted(point.dist.name for point in points if point.dist))
            self._fault(name, f"is the name of more than one plugin: {owners}")
            return None
        self._check_version(name, points[0])
        try:
            module = points[0].load()
        except Exception as error:  # a plugin may raise whatever it likes; all are told at once
            self._fault(name, f"cannot be imported: {_brief(error)}")
            return None
        if not isinstance(module, ModuleType) or self.manager.is_registered(module):
            self._fault(name, f"its entry point {points[0].value} is not a module of its own")
            return None
        return module

    def _check_version(self, name: str, point: EntryPoint) -> None:
        if point.dist is None or canonicalize_name(point.dist.name) == "peken":
            return
        wanted = [Requirement(line) for line in point.dist.requires or ()]
        of_peken = [need for need in wanted if canonicalize_name(need.name) == "peken"]
        if not of_peken:
            self._fault(name, "does not say which versions of peken it fits")
        for need in of_peken:
            if not need.specifier.contains(peken.__version__, prereleases=True):
                self._fault(name, f"fits peken {need.specifier}, this is {peken.__version__}")

    def _implementations_fit(self, name: str, module: ModuleType) -> bool:
        faults = [fault for hook in dir(module) for fault in self._hook_faults(module, hook)]
        for says in faults:
            self._fault(name, says)
        return not faults

    def _hook_faults(self, module: ModuleType, attribute: str) -> Iterator[str]:
        options = self.manager.parse_hookimpl_opts(module, attribute)
        if options is None:
            return
        hook = options.get("specname") or attribute
        caller = getattr(self.manager.hook, hook, None)
        if caller is None or caller.spec is None:
            yield f"there is no hook {hook}"
            return
        if any(value for option, value in options.items() if option != "specname"):
            yield f"{hook}: only a plain @hookimpl is called; the order is that of the settings"
        function = getattr(module, attribute)
        if iscoroutinefunction(function) != iscoroutinefunction(caller.spec.function):
            wanted = "async def" if iscoroutinefunction(caller.spec.function) else "plain def"
            yield f"{hook} must be {wanted}"
        unknown = [argument for argument in signature(function).parameters if argument not in caller.spec.argnames]
        if unknown:
            yield f"{hook} has no argument {', '.join(unknown)}"

    def _settings(self, name: str) -> BaseModel | None:
        given = self.settings.get(name, {})
        model = self._answer(name, "settings_model")
        if model is None:
            for key in given:
                self._fault(name, f"takes no settings, but has {key}")
            return None
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            self._fault(name, "settings_model must return a pydantic model")
            return None
        try:
            return model.model_validate(given, extra="forbid")
        except ValidationError as error:
            # Without the value: it may be a secret, and this ends up in a log.
            for wrong in error.errors(include_input=False, include_url=False, include_context=False):
                key = ".".join(str(part) for part in wrong["loc"])
                self._fault(name, f"setting {key}: {wrong['msg']}")
            return None

    def _check_tables(self, name: str) -> None:
        answer = self._answer(name, "tables")
        if answer is None:
            return
        if not isinstance(answer, Tables):
            self._fault(name, "tables must return Tables")
            return
        for module in (*answer.models, answer.migrations):
            try:
                found = import_module(module)
            except Exception as error:
                self._fault(name, f"tables names {module}, which cannot be imported: {_brief(error)}")
                continue
            missing = module == answer.migrations and not any(iter_modules(getattr(found, "__path__", ())))
            if missing and not self.unmigrated:
                self._fault(name, f"has tables, but there is no migration in {module}")

    def _answer(self, name: str, hook: str) -> object:
        """What a plugin answers to a hook without arguments, None if it does not implement it or fails."""
        for impl in getattr(self.manager.hook, hook).get_hookimpls():
            if impl.plugin_name == name:
                try:
                    return impl.function()
                except Exception as error:
                    self._fault(name, f"{hook} failed: {_brief(error)}")
        return None

    def _fault(self, name: str, says: str) -> None:
        self.faults.append(Fault(name, says))


def _brief(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"

"""How a hook is called: in settings order, timed, the plugin named on failure; knows no hook by name."""

from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter
from types import ModuleType
from typing import Any, Concatenate, NamedTuple, ParamSpec, TypeVar, overload

import pluggy
from pydantic import BaseModel

from peken.errors import PekenError

__all__ = ["Fault", "Hooks", "Plugin", "PluginFailed", "PluginFaults"]

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Plugin:
    """A plugin as one market loaded it; the same plugin in another market may have other settings."""

    name: str
    version: str
    module: ModuleType
    settings: BaseModel | None
    directory: Path
    """The folder of its package: `locale/` is looked for here."""


class Fault(NamedTuple):
    """One reason not to start, and whose it is."""

    plugin: str
    says: str

    def __str__(self) -> str:
        return f"{self.plugin}: {self.says}"


class PluginFaults(PekenError):
    """Why a market does not start: every fault that was found, not only the first."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        listed = "\n".join(f"  {fault}" for fault in faults)
        super().__init__("plugin_faults", "The market does not start:\n{faults}", status=500, faults=listed)
        self.faults = tuple(faults)


class PluginFailed(Exception):
    """A plugin's own code raised; what it raised is the `__cause__`."""

    def __init__(self, plugin: str, hook: str) -> None:
        super().__init__(f"plugin {plugin} failed in {hook}")
        self.plugin = plugin
        self.hook = hook


class Hooks:
    """The hooks of one market or, from `for_city`, of one city of it.

    A hook is named by its specification, which also gives the types of the call and of the answer:
    `await hooks.for_city("35.78").tell(hookspecs.order_placed, order=order)`. The specification's first
    argument, `settings`, is filled in here with the plugin's own. Arguments go by keyword only.
    """

    def __init__(
        self,
        manager: pluggy.PluginManager,
        plugins: Sequence[Plugin],
        cities: Mapping[str, Sequence[Plugin]] | None = None,
        *,
        seconds: defaultdict[tuple[str, str], float] | None = None,
    ) -> None:
        self.plugins = tuple(plugins)
        self.seconds = defaultdict[tuple[str, str], float](float) if seconds is None else seconds
        """Time spent in plugins since the start, by (plugin, hook)."""
        calls: defaultdict[str, list[_Call]] = defaultdict(list)
        for plugin in plugins:
            for hook, impl, specified in _impls(manager, plugin):
                calls[hook].append(_Call(plugin, hook, impl, specified, self.seconds))
        self._calls: Mapping[str, Sequence[_Call]] = dict(calls)
        self._cities = {code: Hooks(manager, named, seconds=self.seconds) for code, named in (cities or {}).items()}

    def for_city(self, code: str) -> "Hooks":
        """The hooks of the plugins that this city lists, in the order of its list."""
        return self._cities[code]

    @overload
    def give(self, hook: Callable[[], T]) -> list[tuple[Plugin, T]]: ...

    @overload
    def give(
        self, hook: Callable[Concatenate[Any, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> list[tuple[Plugin, T]]: ...

    def give(self, hook: Callable[..., Any], *args: Any, **kwargs: Any) -> list[tuple[Plugin, Any]]:
        """What each plugin answers, and whose answer it is."""
        return [(call.plugin, call.now(kwargs)) for call in self._of(hook, args)]

    async def judge(
        self,
        hook: Callable[Concatenate[Any, P], Coroutine[Any, Any, Sequence[T]]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> list[tuple[Plugin, T]]:
        """Every objection of every plugin: all are asked, whatever the first one says."""
        gathered: list[tuple[Plugin, T]] = []
        for call in self._of(hook, args):
            gathered += [(call.plugin, objection) for objection in await call.in_time(kwargs, tuple)]
        return gathered

    async def tell(
        self,
        hook: Callable[Concatenate[Any, P], Coroutine[Any, Any, None]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> None:
        """Tell each plugin, one after another; the first that raises ends it, and no later one was begun."""
        for call in self._of(hook, args):
            await call.in_time(kwargs)

    def _of(self, hook: Callable[..., Any], args: Sequence[object]) -> "Sequence[_Call]":
        if args:
            raise TypeError(f"{hook.__name__} takes its arguments by keyword")
        return self._calls.get(hook.__name__, ())


class _Call:
    """What one plugin does at one hook, found once: orders call it by the thousand."""

    __slots__ = ("_function", "_key", "_names", "_seconds", "plugin")

    def __init__(
        self,
        plugin: Plugin,
        hook: str,
        impl: pluggy.HookImpl,
        specified: Sequence[str],
        seconds: defaultdict[tuple[str, str], float],
    ) -> None:
        self.plugin = plugin
        self._key = (plugin.name, hook)
        self._seconds = seconds
        settings = {"settings": plugin.settings} if "settings" in impl.argnames else {}
        self._function = partial(impl.function, **settings)
        # An implementation names only what it needs, so a specification can gain arguments.
        names = {*impl.argnames} - settings.keys()
        self._names = None if names == {*specified} - {"settings"} else names

    def now(self, given: Mapping[str, object]) -> Any:
        """What it answers, timed; a failure is told as the plugin's."""
        begun = perf_counter()
        try:
            return self._called(given)
        except Exception as error:
            self._blame(error)
            raise
        finally:
            self._seconds[self._key] += perf_counter() - begun

    async def in_time(self, given: Mapping[str, object], take: Callable[[Any], Any] | None = None) -> Any:
        """As `now`, of a hook that is awaited; what it answers is looked through by `take`, as its own doing."""
        begun = perf_counter()
        try:
            said = await self._called(given)
            return said if take is None else take(said)
        except Exception as error:
            self._blame(error)
            raise
        finally:
            self._seconds[self._key] += perf_counter() - begun

    def _called(self, given: Mapping[str, object]) -> Any:
        if self._names is None:
            return self._function(**given)
        return self._function(**{name: given[name] for name in self._names})

    def _blame(self, error: Exception) -> None:
        """Says whose failure it was. Raises PluginFailed for one that was not said on purpose."""
        plugin, hook = self._key
        if not isinstance(error, PekenError):
            raise PluginFailed(plugin, hook) from error
        # It is for whoever asked, and keeps its code.
        error.add_note(f"raised by plugin {plugin} in {hook}")


def _impls(manager: pluggy.PluginManager, plugin: Plugin) -> Iterator[tuple[str, pluggy.HookImpl, Sequence[str]]]:
    """What a plugin implements; a call by pluggy itself would lose the order, and whose answer is whose."""
    for caller in manager.get_hookcallers(plugin.module) or ():
        for impl in caller.get_hookimpls():
            if impl.plugin is plugin.module:
                yield caller.name, impl, caller.spec.argnames if caller.spec else impl.argnames

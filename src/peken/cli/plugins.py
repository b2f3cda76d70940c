"""`peken plugins`: what is installed, what is loaded, and what each brings."""

from collections.abc import Iterator
from types import ModuleType

import typer

from peken.cli.asking import FOLDER, Folder, settings_if_any


def plugins(folder: Folder = FOLDER) -> None:
    """List the plugins: version, the cities that load them, the hooks they implement."""
    from importlib.metadata import entry_points

    from peken.plugins.loading import GROUP, load

    settings = settings_if_any(folder)
    cities = {city.code: city.plugins for city in settings.cities} if settings else {}
    loaded = {plugin.name: plugin for plugin in load(cities, settings.plugins if settings else {}).plugins}
    for point in sorted(entry_points(group=GROUP), key=lambda found: found.name):
        where = [code for code, names in cities.items() if point.name in names]
        version = point.dist.version if point.dist else "?"
        typer.echo(f"{point.name} {version}  {'loaded in ' + ', '.join(where) if where else 'installed, not loaded'}")
        if point.name in loaded:
            typer.echo(f"  hooks: {', '.join(_hooks(loaded[point.name].module))}")


def _hooks(module: ModuleType) -> Iterator[str]:
    """The hooks that a plugin implements, in the order of the specifications."""
    from peken import hookspecs

    for name, spec in vars(hookspecs).items():
        if hasattr(spec, "peken_spec") and hasattr(getattr(module, name, None), "peken_impl"):
            yield name

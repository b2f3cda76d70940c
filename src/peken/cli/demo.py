"""`peken demo`: a market to look at, in one command; made once, then found again."""

import socket
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from peken.cli.asking import FOLDER, Folder, day_of, wait_for
from peken.cli.serve import grace, listen, run

if TYPE_CHECKING:
    from peken.cli.folder import DemoFolder
    from peken.cli.making import Scale
    from peken.demo import Persona


def demo(
    port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65535)] = 8000,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    scale: Annotated[Literal["small", "surabaya"], typer.Option(help="How much there is in the market.")] = "small",
    database: Annotated[
        str, typer.Option(help="Address of an empty database; an embedded one unless told.", show_default=False)
    ] = "",
    as_of: Annotated[
        datetime | None,
        typer.Option(help="The day that it is in the market; today unless told.", formats=["%Y-%m-%d"]),
    ] = None,
    plugin: Annotated[
        list[str] | None,
        typer.Option(help="A plugin for one of the cities, as CITY=NAME; may be repeated.", show_default=False),
    ] = None,
    folder: Folder = FOLDER,
) -> None:
    """Make a market with invented people, serve it, and print how to ask it."""
    from peken.cli.folder import DemoFolder

    day = day_of(as_of) if as_of else None
    demo_folder = DemoFolder(folder)
    # The port first: to learn that it is taken after the work would be late.
    with listen(host, port) as listener, demo_folder.taken():
        plugins = _by_city(plugin or ())
        _serve(demo_folder, database or demo_folder.own_database, plugins, scale, day, listener)


def _by_city(named: Sequence[str]) -> dict[str, list[str]]:
    """`35.73=arisan` as the plugins of each city. Raises typer's BadParameter."""
    plugins: dict[str, list[str]] = defaultdict(list)
    for one in named:
        city, equals, name = one.partition("=")
        if not (city and equals and name):
            raise typer.BadParameter(f"{one}: write CITY=NAME, such as 35.73=arisan", param_hint="--plugin")
        plugins[city].append(name)
    return dict(plugins)


def _serve(
    folder: "DemoFolder",
    database: str,
    plugins: Mapping[str, Sequence[str]],
    scale: "Scale",
    as_of: date | None,
    listener: socket.socket,
) -> None:
    import uvicorn

    from peken import logs
    from peken.app import asgi
    from peken.cli.folder import missing_plugins
    from peken.cli.making import Making, clock, prepare
    from peken.cli.showing import bars

    logs.configure(json=False)
    for name in missing_plugins():
        typer.echo(f"Without the rules of {name}: the plugin is not installed.", err=True)
    settings = folder.settings(database, plugins)
    now = clock(as_of, settings.cities[0].zone)
    with bars() as show:
        people = wait_for(lambda: prepare(Making(folder, settings, scale, now, show)))
    _keep(folder, database, plugins, people)
    _tell(_url(listener), folder, people)
    config = uvicorn.Config(
        asgi(settings, now=now),
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=grace(settings),
        lifespan="on",
    )
    run(uvicorn.Server(config), listener)


def _keep(
    folder: "DemoFolder", database: str, plugins: Mapping[str, Sequence[str]], people: "Mapping[str, Persona]"
) -> None:
    from peken.cli.folder import Kept, Person

    who = {key: Person(one.name, one.description, one.claims) for key, one in people.items()}
    folder.keep(Kept(database, who, plugins))


def _tell(url: str, folder: "DemoFolder", people: "Mapping[str, Persona]") -> None:
    from peken.cli.examples import curl, query_for

    issuer = folder.issuer()
    for key, person in people.items():
        typer.echo(f"\n# {key}: {person.name}. {person.description}")
        typer.echo(f"TOKEN={issuer.issue(person.claims)}")
        typer.echo(curl(url, query_for(person.claims)))
    again = "" if folder.path == FOLDER else f" --folder {folder.path}"
    typer.echo("\nIn the browser, put a token under Headers:")
    typer.echo('  {"Authorization": "Bearer TOKEN"}')
    typer.echo(f"A token again: peken token --as NAME{again}")
    typer.echo(f"\nPeken serves {url}  (Ctrl+C ends it)")


def _url(listener: socket.socket) -> str:
    """Where a browser on this machine finds it."""
    host, port = listener.getsockname()[:2]
    if host in ("0.0.0.0", "::"):
        host = "127.0.0.1"
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/graphql"

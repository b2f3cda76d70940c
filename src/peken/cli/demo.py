"""`peken demo`: a market to look at, in one command; made once, then found again."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from peken.cli.asking import FOLDER, Folder, wait_for
from peken.cli.serve import GRACE, listen, run

if TYPE_CHECKING:
    from peken.cli.folder import DemoFolder
    from peken.demo import Persona
    from peken.tokens import Issuer


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
    folder: Folder = FOLDER,
) -> None:
    """Make a market with invented people, serve it, and print how to ask it."""
    # The port first: to learn that it is taken after the work would be late.
    listener = listen(host, port)

    import uvicorn

    from peken import logs
    from peken.app import asgi
    from peken.cli.folder import DemoFolder, missing_plugins
    from peken.cli.making import Making, clock, prepare
    from peken.cli.showing import bars

    logs.configure(json=False)
    kept = DemoFolder(folder)
    kept.open()
    for name in missing_plugins():
        typer.echo(f"Without the rules of {name}: the plugin is not installed.", err=True)
    settings = kept.settings(database or kept.own_database)
    now = clock(as_of.date() if as_of else None, settings.cities[0].zone)
    with bars() as show:
        people = wait_for(lambda: prepare(Making(kept, settings, scale, now, show)))
    _keep(kept, settings.database_url, people)
    _tell(f"http://{_host(host)}:{listener.getsockname()[1]}/graphql", kept.issuer(), people, folder)
    config = uvicorn.Config(
        asgi(settings, now=now), log_config=None, access_log=False, timeout_graceful_shutdown=GRACE, lifespan="on"
    )
    run(uvicorn.Server(config), listener)


def _keep(folder: "DemoFolder", database: str, people: "Mapping[str, Persona]") -> None:
    from peken.cli.folder import Kept, Person

    who = {key: Person(one.name, one.description, one.claims) for key, one in people.items()}
    folder.keep(Kept(database, who))


def _tell(url: str, issuer: "Issuer", people: "Mapping[str, Persona]", folder: Path) -> None:
    from peken.cli.examples import curl, query_for

    for key, person in people.items():
        query = query_for(person.claims)
        typer.echo(f"\n# {key}: {person.name}. {person.description}")
        typer.echo(f"TOKEN={issuer.issue(person.claims)}")
        typer.echo(curl(url, query))
    again = "" if folder == FOLDER else f" --folder {folder}"
    typer.echo("\nIn the browser, put a token under Headers:")
    typer.echo('  {"Authorization": "Bearer TOKEN"}')
    typer.echo(f"A token again: peken token --as NAME{again}")
    typer.echo(f"\nPeken serves {url}  (Ctrl+C ends it)")


def _host(host: str) -> str:
    """The address as a browser on this machine takes it."""
    if host in ("0.0.0.0", "::"):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host

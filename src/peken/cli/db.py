"""`peken db`: migrations of the core and of the loaded plugins, in one order."""

from typing import TYPE_CHECKING, Annotated

import typer

from peken.cli.asking import FOLDER, Folder, environment_speaks, settings_of, settings_of_environment, wait_for

if TYPE_CHECKING:
    from peken.settings import Settings

app = typer.Typer(help="Migrate the database; write and check migrations.", no_args_is_help=True)


@app.command()
def migrate(folder: Folder = FOLDER) -> None:
    """Apply what is missing. Safe to run in several processes at once: one does it, the others wait."""
    from peken import migrating
    from peken.app import opened
    from peken.regions import serve_cities

    def told(label: str, number: int, of: int) -> None:
        typer.echo(f"{number}/{of} {label}")

    async def run() -> list[str]:
        async with opened(settings_of(folder)) as market:
            applied = await migrating.migrate(market.database, told)
            await serve_cities(market)
            return applied

    if not wait_for(run):
        typer.echo("Nothing to apply.")


@app.command()
def plan(folder: Folder = FOLDER) -> None:
    """Print what `migrate` would apply, in order."""
    from peken import migrating
    from peken.app import opened

    async def run() -> list[str]:
        async with opened(settings_of(folder)) as market:
            return await migrating.plan(market.database)

    for label in wait_for(run) or ["Nothing to apply."]:
        typer.echo(label)


@app.command()
def check() -> None:
    """Compare models and migrations; exit 1 where they differ. Touches no database."""
    from peken import migrating
    from peken.app import opened

    async def run() -> list[str]:
        async with opened(_unstored()) as market:
            return await migrating.check(market.database)

    differences = wait_for(run)
    for difference in differences:
        typer.echo(difference)
    if differences:
        raise typer.Exit(1)
    typer.echo("Models and migrations agree.")


@app.command()
def make(
    label: Annotated[str, typer.Argument(help="The core (peken) or the name of a plugin.")] = "peken",
    name: Annotated[str | None, typer.Argument(help="Name of the migration.")] = None,
) -> None:
    """Write the migration that brings an app's migrations to its models. Touches no database."""
    from pathlib import Path

    from peken import migrating
    from peken.app import opened
    from peken.errors import PekenError

    async def run() -> Path | None:
        async with opened(_unstored(), unmigrated=True) as market:
            if label not in market.database.models:
                known = ", ".join(market.database.models)
                raise PekenError(
                    "unknown_app", "Nothing here is called {label}; there are: {known}.", label=label, known=known
                )
            return await migrating.make(market.database, label, name)

    written = wait_for(run)
    typer.echo(f"Wrote {written}" if written else "Models and migrations agree.")


def _unstored() -> "Settings":
    """The settings' models in a database that is gone afterwards: only the models matter."""
    from peken.cli.folder import demo_settings

    if not environment_speaks():
        return demo_settings("sqlite://:memory:")
    return settings_of_environment().model_copy(update={"database_url": "sqlite://:memory:"})

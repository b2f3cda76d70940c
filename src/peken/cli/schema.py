"""`peken schema`: the graph in the schema definition language."""

import typer

from peken.cli.asking import environment_speaks, settings_of_environment


def schema() -> None:
    """Print the schema: that of the settings' market, else the core's alone."""
    from peken.app import sdl

    typer.echo(sdl(settings_of_environment() if environment_speaks() else None), nl=False)

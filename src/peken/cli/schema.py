"""`peken schema`: the graph in the schema definition language."""

from typing import Annotated

import typer

from peken.cli.asking import FOLDER, Folder, settings_if_any


def schema(
    folder: Folder = FOLDER,
    core: Annotated[bool, typer.Option("--core", help="The core's alone, whatever market there is.")] = False,
) -> None:
    """Print the schema: that of the settings' market or the demo's, the core's alone where there is neither."""
    from peken.app import sdl

    typer.echo(sdl(None if core else settings_if_any(folder)), nl=False)

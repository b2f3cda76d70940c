"""`peken token`: a token of one of the demo's people, again."""

from typing import Annotated

import typer

from peken.cli.asking import FOLDER, Folder
from peken.errors import PekenError


def token(
    name: Annotated[str, typer.Option("--as", help="Name of the person, as `peken demo` prints it.")],
    folder: Folder = FOLDER,
) -> None:
    """Print a token for one of the demo's people."""
    from peken.cli.folder import DemoFolder

    demo = DemoFolder(folder)
    people = demo.kept().people
    if name not in people:
        raise PekenError(
            "unknown_person",
            "Nobody in this demo is called {name}; there are: {names}.",
            name=name,
            names=", ".join(people),
        )
    typer.echo(demo.issuer().issue(people[name].claims))

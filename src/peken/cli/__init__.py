"""The command `peken`: its words, and how a failure is told; knows no row.

Whatever takes long to import is imported by the command that needs it, so that `--help` answers at once.
"""

from typing import Any

import typer
from typer.core import TyperGroup

import peken
from peken.cli import db, export, rules
from peken.cli.demo import demo as _demo
from peken.cli.importing import import_rows as _import
from peken.cli.plugins import plugins as _plugins
from peken.cli.replay import replay as _replay
from peken.cli.schema import schema as _schema
from peken.cli.serve import serve as _serve
from peken.cli.settings import settings as _settings
from peken.cli.tokens import token as _token
from peken.errors import PekenError


class _Telling(TyperGroup):
    """Tells what a person caused in a sentence; the rest is our fault and keeps its traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except PekenError as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(1) from None


app = typer.Typer(
    cls=_Telling,
    name="peken",
    help="A GraphQL market for a city. Start with `peken demo`.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"peken {peken.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """A GraphQL market for a city. Start with `peken demo`."""


app.command("demo")(_demo)
app.command("token")(_token)
app.command("serve")(_serve)
app.command("schema")(_schema)
app.command("settings")(_settings)
app.command("plugins")(_plugins)
app.command("replay")(_replay)
app.command("import")(_import)
app.add_typer(db.app, name="db")
app.add_typer(export.app, name="export")
app.add_typer(rules.app, name="rules")


def main() -> None:
    """The console script."""
    app()

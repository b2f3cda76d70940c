"""`peken export`: lists for people to decide on, as CSV of any length; writes rows as they come."""

import csv
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any, Final

import typer

from peken.cli.asking import FOLDER, Folder, migrated, settings_of, wait_for
from peken.errors import PekenError

if TYPE_CHECKING:
    from peken.monitor import Watched

app = typer.Typer(no_args_is_help=True, help="Write lists as CSV.")

COLUMNS: Final = (
    *("buyer", "name", "department", "department_name", "classes"),
    *("status", "due", "done", "remaining", "days_left", "forecast", "unit"),
)
_FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r")


@app.callback()
def _lists() -> None:
    """Write lists as CSV."""


@app.command()
def obligations(
    city: Annotated[str, typer.Option(help="Code of the city.")],
    rule: Annotated[str, typer.Option(help="Code of the obligation; see `peken rules list`.")],
    window: Annotated[
        str | None, typer.Option(help='The window, such as "2026-11"; that of today unless told.')
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="File to write; standard output unless told.", dir_okay=False)
    ] = None,
    folder: Folder = FOLDER,
) -> None:
    """Everybody who owes under an obligation in a window, or is exempt: how far each has come, one row a buyer.

    A shortfall is for a person to decide on. A cell that a spreadsheet would take for a formula begins with '.
    """
    from peken import monitor

    async def run() -> tuple[int, str]:
        async with migrated(settings_of(folder)) as market:
            served = market.city(city)
            found = monitor.watched(served, rule, window, market.now())
            with _opened(out) as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(COLUMNS)
                count = 0
                async for row in monitor.everyone(market, found):
                    writer.writerow(_cells(found, row))
                    count += 1
            return count, found.window

    count, named = wait_for(run)
    typer.echo(f"{count} buyers under {rule} in {named}", err=True)


@contextmanager
def _opened(out: Path | None) -> Iterator[IO[str]]:
    """Where the rows go; a file is there under its name only once it is whole."""
    if out is None:
        yield sys.stdout
        return
    part = out.with_name(f"{out.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            yield file
        part.replace(out)
    except OSError as error:
        raise PekenError("bad_file", "{file}: {what}", file=out, what=error.strerror) from None
    finally:
        part.unlink(missing_ok=True)


def _cells(watched: "Watched", row: Mapping[str, Any]) -> tuple[object, ...]:
    from peken.buyers import read
    from peken.monitor import status_of

    held = "; ".join(f"{scheme} {code}" for scheme, code in read(row["classes"] or "[]"))
    words = (row["subject"], row["name"], row["department"], row["department_name"], held)
    return (
        *map(_plain, words),
        status_of(row["behind"]).value,
        row["floor"],
        row["value"],
        max(row["behind"], 0),
        watched.days_left,
        watched.forecast(row["value"]),
        watched.rule.unit,
    )


def _plain(text: str | None) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text and text.startswith(_FORMULAS) else text or ""

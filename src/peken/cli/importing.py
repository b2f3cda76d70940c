"""`peken import`: rows that a city already has, from a CSV or XLSX file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from peken.cli.asking import FOLDER, Folder, migrated, settings_of, wait_for
from peken.importing.nouns import Noun

if TYPE_CHECKING:
    from peken.errors import Objection
    from peken.importing.running import Outcome

MOST_TOLD: Final = 100
"""So many faults of a file are printed."""


def import_rows(
    noun: Annotated[Noun, typer.Argument(help="What the rows are.")],
    file: Annotated[Path, typer.Argument(help="CSV (UTF-8) or XLSX, a row for each.", exists=True, dir_okay=False)],
    city: Annotated[str, typer.Option(help="Code of the city whose rows they are.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check and count, write nothing.")] = False,
    folder: Folder = FOLDER,
) -> None:
    """Import rows of a city. All of a file is written or nothing; the same file again changes nothing.

    Exits 1 if anything is wrong with the file, and says what, by row and column.
    """
    from peken.cli.showing import bars
    from peken.errors import Refused
    from peken.importing.running import import_file

    async def run() -> "Outcome":
        with bars() as progress:
            async with migrated(settings_of(folder)) as market:
                return await import_file(market, noun, file, city, dry_run=dry_run, progress=progress)

    try:
        outcome = wait_for(run)
    except Refused as refused:
        _tell(file.name, refused.objections)
        raise typer.Exit(1) from None
    words = "would be created, {} changed, {} unchanged" if dry_run else "created, {} changed, {} unchanged"
    typer.echo(f"{noun}: {outcome.created} {words.format(outcome.changed, outcome.unchanged)}")


def _tell(file: str, objections: "tuple[Objection, ...]") -> None:
    for objection in objections[:MOST_TOLD]:
        row, *column = objection.path
        place = f"row {row}, {column[0]}" if column else f"row {row}"
        typer.echo(f"{file}, {place}: {objection.code}: {objection.message.format(**objection.values)}", err=True)
    if len(objections) > MOST_TOLD:
        typer.echo(f"and {len(objections) - MOST_TOLD} more", err=True)
    typer.echo(f"{len(objections)} faults: nothing was imported.", err=True)

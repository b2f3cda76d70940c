"""`peken replay`: purchases made elsewhere, bought again under a city's rules; prints what came of them."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from peken.cli.asking import day_of, environment_speaks, settings_of_environment, wait_for

if TYPE_CHECKING:
    from peken.replay import Report
    from peken.settings import Settings


def replay(
    file: Annotated[Path, typer.Argument(help="Lines of purchases, CSV, may be gzipped.", exists=True, dir_okay=False)],
    city: Annotated[str, typer.Option(help="Code of the city under whose rules they are bought.")],
    start: Annotated[
        datetime, typer.Option(help="First day; the file moves there by whole weeks.", formats=["%Y-%m-%d"])
    ],
    rupiah_per_dollar: Annotated[int, typer.Option(help="What a dollar of the file is worth.", min=1)],
    limit: Annotated[int | None, typer.Option(help="Replay only so many lines, by time.", min=1)] = None,
    database: Annotated[
        str, typer.Option(help="Address of the database; one that is gone afterwards unless told.", show_default=False)
    ] = "",
    report: Annotated[Path | None, typer.Option(help="Write the whole report there, as JSON.", dir_okay=False)] = None,
) -> None:
    """Replay purchases through the market's own placing, with every rule of a city on.

    Exits 1 if placed, refused and rejected do not add up to the file's own sum.
    """
    from peken import migrating
    from peken.app import opened
    from peken.cli.showing import bars
    from peken.replay import replay as replayed

    async def run(settings: "Settings") -> "Report":
        with bars() as progress:
            async with opened(settings) as market:
                await migrating.migrate(market.database)
                return await replayed(
                    market,
                    file,
                    city=city,
                    start=first,
                    rupiah_per_dollar=rupiah_per_dollar,
                    limit=limit,
                    progress=progress,
                )

    first = day_of(start)
    with _address(database) as url:
        found = wait_for(lambda: run(_settings(url)))
    _tell(found, report)


def _tell(found: "Report", report: Path | None) -> None:
    """Shows what came of it, and writes it where a file was named."""
    from peken.cli.reporting import show, write

    show(found)
    if report is not None:
        write(found, report)
    if not found.balanced:
        raise typer.Exit(1)


def _settings(url: str) -> "Settings":
    """The cities of the environment, else the demo's; never the environment's own rows."""
    from peken.cli.folder import demo_settings

    if environment_speaks():
        return settings_of_environment().model_copy(update={"database_url": url})
    return demo_settings(url)


@contextmanager
def _address(given: str) -> Iterator[str]:
    if given:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="peken-replay-") as folder:
        yield f"sqlite:///{folder}/market.sqlite3"

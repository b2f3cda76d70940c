"""`peken replay`: purchases made elsewhere, bought again under a city's rules; prints what came of them."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from peken.cli.asking import day_of, environment_speaks, settings_of_environment, wait_for

if TYPE_CHECKING:
    from peken.replay import Report
    from peken.settings import Settings

_File = Annotated[Path, typer.Argument(help="Lines of purchases, CSV, may be gzipped.", exists=True, dir_okay=False)]
_City = Annotated[str, typer.Option(help="Code of the city under whose rules they are bought.", show_default=False)]
_Start = Annotated[
    datetime | None, typer.Option(help="First day; the file moves there by whole weeks.", formats=["%Y-%m-%d"])
]
_Mapping = Annotated[
    str, typer.Option(help="What its columns are: a TOML file, or `panel` or `uci`, which come with Peken.")
]
_Rate = Annotated[
    str,
    typer.Option(help="What a unit of the file's currency is worth; before what the mapping says.", show_default=False),
]
_Products = Annotated[
    Path | None,
    typer.Option(help="What products are called; else looked for beside the file.", exists=True, dir_okay=False),
]
_Kind = Annotated[Literal["umkm", "kelontong"], typer.Option(help="What kind of vendor the shops are.")]
_Limit = Annotated[int | None, typer.Option(help="Take only so many lines, by time.", min=1)]
_Check = Annotated[bool, typer.Option("--check", "--dry-run", help="Read the file and account for it; buy nothing.")]
_Database = Annotated[
    str, typer.Option(help="Address of the database; one that is gone afterwards unless told.", show_default=False)
]
_Report = Annotated[Path | None, typer.Option(help="Write the whole report there, as JSON.", dir_okay=False)]


def replay(
    file: _File,
    city: _City = "",
    start: _Start = None,
    mapping: _Mapping = "panel",
    rupiah_per_unit: _Rate = "",
    products: _Products = None,
    kind: _Kind = "umkm",
    limit: _Limit = None,
    check: _Check = False,
    database: _Database = "",
    report: _Report = None,
) -> None:
    """Replay purchases through the market's own placing, with every rule of a city on.

    Exits 1 if placed, refused and rejected do not add up to the file's own sum.
    """
    from peken.cli.reporting import kept_for, show, show_reading
    from peken.models.vendors import VendorKind
    from peken.replay import mapping_of, rate_of, read_purchases

    rate = rate_of(rupiah_per_unit) if rupiah_per_unit else None
    how: dict[str, Any] = {"mapping": mapping_of(mapping), "limit": limit, "products": products}
    # Shown when it is written: whoever reads along may be gone by then.
    if check:
        with kept_for(report, Path(mapping), file, products) as write:
            purchases = read_purchases(file, rate=rate, **how)
            write({"reading": purchases.account, "rejected": purchases.rejected()})
        show_reading(purchases.account)
        return
    asked = {**_when_and_where(city, start), **how, "rupiah_per_unit": rate, "kind": VendorKind(kind)}
    with kept_for(report, Path(mapping), file, products) as write, _address(database) as url:
        found = wait_for(lambda: _run(_settings(url), file, asked))
        write(found)
    show(found)
    if not found.balanced:
        raise typer.Exit(1)


async def _run(settings: "Settings", file: Path, asked: dict[str, Any]) -> "Report":
    from peken import migrating
    from peken.app import opened
    from peken.cli.showing import bars
    from peken.replay import replay as replayed

    with bars() as progress:
        async with opened(settings) as market:
            await migrating.migrate(market.database)
            return await replayed(market, file, progress=progress, **asked)


def _when_and_where(city: str, start: datetime | None) -> dict[str, Any]:
    """The city and the first day, which only a check can do without."""
    if not city or start is None:
        raise typer.BadParameter("Missing option, unless the file is only checked.", param_hint="--city and --start")
    return {"city": city, "start": day_of(start)}


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

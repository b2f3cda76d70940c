"""Whose market a command means: that of the environment's settings, else the demo's; opens it, asks nothing."""

import asyncio
import gc
import os
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

import typer

from peken.errors import PekenError

if TYPE_CHECKING:
    from peken.market import Market
    from peken.settings import Settings

T = TypeVar("T")

Folder = Annotated[Path, typer.Option(help="Folder of the demo.", envvar="PEKEN_DEMO_FOLDER")]
FOLDER = Path("peken-demo")

EARLIEST, LATEST = date(2000, 1, 1), date(2100, 12, 31)
_SIGNS = ("PEKEN_SETTINGS", "PEKEN_CITIES", "PEKEN_DATABASE_URL")


def environment_speaks() -> bool:
    """Whether the environment says anything of a market."""
    return any(os.environ.get(sign) for sign in _SIGNS)


def settings_of_environment() -> "Settings":
    """The settings of the environment and its file. Raises PekenError `bad_settings` with every fault."""
    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    from peken.settings import Settings

    file = os.environ.get("PEKEN_SETTINGS")
    if file and not Path(file).is_file():
        raise PekenError("bad_settings", "PEKEN_SETTINGS names {file}, which is not there.", file=file)
    try:
        return Settings.from_environment()
    except ValidationError as error:
        # Without the values: a database address holds a password, and this is printed.
        told = "\n".join(
            f"  {'.'.join(str(part) for part in wrong['loc'])}: {wrong['msg']}"
            for wrong in error.errors(include_input=False, include_url=False, include_context=False)
        )
        raise PekenError("bad_settings", "The settings do not hold:\n{faults}", faults=told) from None
    except (SettingsError, ValueError) as error:
        raise PekenError("bad_settings", "The settings cannot be read: {fault}.", fault=error) from None


def settings_if_any(folder: Path) -> "Settings | None":
    """As `settings_of`; None where there is no market, for what can be told without one."""
    from peken.cli.folder import DemoFolder

    return settings_of(folder) if environment_speaks() or DemoFolder(folder).exists() else None


def settings_of(folder: Path) -> "Settings":
    """The settings of the environment, else of the demo in `folder`. Raises PekenError `no_settings`."""
    from peken.cli.folder import DemoFolder

    if environment_speaks():
        return settings_of_environment()
    demo = DemoFolder(folder)
    if not demo.exists():
        raise PekenError("no_settings", "There is no market: set PEKEN_SETTINGS, or start `peken demo` first.")
    kept = demo.kept()
    typer.echo(f"PEKEN_SETTINGS is not set: this is the demo in {folder}.", err=True)
    return demo.settings(kept.database, kept.plugins)


@asynccontextmanager
async def migrated(settings: "Settings") -> AsyncIterator["Market"]:
    """The market of these settings, open. Raises PekenError `not_migrated` where migrations are missing."""
    from peken import migrating
    from peken.app import opened

    async with opened(settings) as market:
        if missing := await migrating.plan(market.database):
            raise PekenError(
                "not_migrated",
                "The database lacks {count} migrations: run `peken db migrate`.",
                status=503,
                count=len(missing),
            )
        yield market


def wait_for(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Runs a command's asynchronous part to its end; on uvloop where it is to be had, as `peken serve` does."""
    often = gc.get_threshold()
    # Looking through all that a long command keeps, again and again, would be a third of its work.
    gc.set_threshold(*_SELDOM)
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            return runner.run(work())
    finally:
        gc.set_threshold(*often)


_SELDOM: Final = (100_000, 50, 50)
"""After so many new objects the collector looks at these; the two others count the times before it looks further."""


def _loop_factory() -> "Callable[[], asyncio.AbstractEventLoop] | None":
    if sys.platform == "win32":
        return None
    import uvloop

    return uvloop.new_event_loop


def day_of(moment: datetime) -> date:
    """The day of a date that was typed. Raises PekenError `bad_date` for one that no market will see."""
    day = moment.date()
    if not EARLIEST <= day <= LATEST:
        raise PekenError("bad_date", "A day from {first} to {last} is wanted.", first=EARLIEST, last=LATEST)
    return day

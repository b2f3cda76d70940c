"""`peken rules set`, `mode`, `withdraw` and a city's list: parameters for days to come. Decides nothing."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from peken.cli.asking import FOLDER, Folder, day_of, migrated, settings_of, wait_for
from peken.errors import PekenError

if TYPE_CHECKING:
    from peken.actors import Actor
    from peken.market import Market
    from peken.parameters import Done, NewVersion, Standing
    from peken.rules import Mode, Row

CITY = Annotated[str, typer.Argument(help="Code of the city.", metavar="CITY")]
DAY = "%Y-%m-%d"
FROM = Annotated[datetime, typer.Option("--from", help="First day; tomorrow at the earliest.", formats=[DAY])]
TO = Annotated[datetime | None, typer.Option("--to", help="First day that is no longer valid.", formats=[DAY])]
SOURCE = Annotated[str, typer.Option(help="The regulation or letter that says so.")]
MARK = Annotated[str, typer.Option(help="How certain: A two sources, B one, S founding articles, O own, M unverified.")]
REASON = Annotated[str, typer.Option(help="Why; kept in the audit.")]
DRY_RUN = Annotated[bool, typer.Option("--dry-run", help="Check and say what would become of it, write nothing.")]


def set_row(
    city: CITY,
    plugin: Annotated[str, typer.Argument(help="The plugin.", metavar="PLUGIN")],
    table: Annotated[str, typer.Argument(help="Its table.", metavar="TABLE")],
    columns: Annotated[list[str], typer.Argument(help="The columns: amount=600000 scheme=golongan code=III/c.")],
    begins: FROM,
    source: SOURCE,
    mark: MARK,
    reason: REASON,
    ends: TO = None,
    replaces: Annotated[
        bool, typer.Option("--replaces", help="Take the place of whatever is there; it is in force again afterwards.")
    ] = False,
    dry_run: DRY_RUN = False,
    folder: Folder = FOLDER,
) -> None:
    """Add a row to a plugin's table, for days to come; the open row before it ends there.

    Exits 1 if it does not fit, and says why, with file and row.
    """
    from peken.parameters import NewVersion, columns_once

    wanted = NewVersion(
        plugin=plugin,
        table=table,
        columns=columns_once(_column(each) for each in columns),
        replaces=replaces,
        **_dated(begins, ends, source, mark, reason),
    )
    _run(folder, city, lambda market, actor: _set(market, actor, wanted, dry_run), columns)


def set_mode(
    city: CITY,
    rule: Annotated[str, typer.Argument(help="Code of the rule.", metavar="RULE")],
    mode: Annotated[str, typer.Argument(help="off, shadow or on.", metavar="MODE")],
    begins: FROM,
    source: SOURCE,
    mark: MARK,
    reason: REASON,
    ends: TO = None,
    dry_run: DRY_RUN = False,
    folder: Folder = FOLDER,
) -> None:
    """Switch a rule off, into the shadow (judges and records, binds nobody) or on, for days to come."""
    dated = _dated(begins, ends, source, mark, reason)

    async def run(market: "Market", actor: "Actor") -> list[str]:
        from peken.parameters import mode_version

        return await _set(market, actor, mode_version(market, actor, rule, _mode(mode), **dated), dry_run)

    _run(folder, city, run)


def withdraw(
    city: CITY,
    number: Annotated[int, typer.Argument(help="Number of the version, as `peken rules list --city` shows it.")],
    reason: REASON,
    folder: Folder = FOLDER,
) -> None:
    """Take back a version before its first day."""

    async def run(market: "Market", actor: "Actor") -> list[str]:
        from peken import parameters

        found = [each for each in await parameters.versions_of(city) if each.number == number]
        if not found:
            raise PekenError("unknown_version", "{city} has no version {number}.", city=city, number=number)
        await parameters.withdraw(market, actor, found[0].id, reason)
        return [f"Version {number} is withdrawn."]

    _run(folder, city, run)


async def tables(market: "Market", code: str, on: date | None) -> list[str]:
    """The rules of a city with all their rows, seen from a day."""
    from peken import parameters
    from peken.rules import RuleRow, table_name

    await parameters.take_in(market)
    city = market.city(code)
    day = on or city.today(market.now())
    book, rows = city.rulebook, parameters.standing_of(city.rulebook, await parameters.versions_of(code))
    lines = [f"{city.code} {city.name} on {day}"]
    for rule in book.rules.values():
        plugin = book.plugin_of(rule.code)
        lines += [f"  {rule.code}  {book.mode(rule.code, day)}  {plugin}", f"    {rule.cites}"]
        modes = [each for each in rows.get((plugin, RuleRow), ()) if each.row.code == rule.code]
        lines += [line for each in modes for line in _told(each, day)]
        for table in sorted(book.tables_of(rule.code), key=table_name):
            lines.append(f"    [[{table_name(table)}]]")
            lines += [line for each in rows[plugin, table] for line in _told(each, day)]
    return lines


def _told(standing: "Standing", day: date) -> Iterator[str]:
    row, version = standing.row, standing.version
    when = "in force" if row.in_force(day) else "coming  " if day < row.valid_from else "past    "
    yield f"      {when}  {_span(row.valid_from, row.valid_to)}  {_columns(row)}  {row.mark}: {row.source}"
    if version:
        yield f"        version {version.number}, set {version.at:%Y-%m-%d} by {version.actor}: {version.reason}"


def _columns(row: "Row") -> str:
    import msgspec

    shown = {
        name: value
        for name, value in msgspec.to_builtins(row).items()
        if name not in ("valid_from", "valid_to", "source", "mark") and value not in ("", False, None)
    }
    return " ".join(f"{name}={value}" for name, value in shown.items())


def _span(begins: date, ends: date | None) -> str:
    return f"{begins} to {ends}" if ends else f"{begins} on"


async def _set(market: "Market", actor: "Actor", wanted: "NewVersion", dry_run: bool) -> list[str]:
    from peken.parameters import set_version

    return list(_became(await set_version(market, actor, wanted, dry_run=dry_run), dry_run))


def _became(done: "Done", dry_run: bool) -> Iterator[str]:
    version = done.version
    columns = " ".join(f"{name}={value}" for name, value in version.columns.items())
    head = "Would be version" if dry_run else "Version"
    span = _span(version.valid_from, version.valid_to)
    yield f"{head} {version.number} of {version.city_id}: {version.plugin} [[{version.table_name}]] {columns}, {span}."
    for row in done.ended:
        yield f"Gives way: {_columns(row)}, {_span(row.valid_from, row.valid_to)} ({row.source})."
    if done.silent_from:
        yield f"Mind: from {done.silent_from} on no row of this class is in force. --replaces gives the days back."


def _run(
    folder: "Folder",
    city: str,
    work: "Callable[[Market, Actor], Awaitable[list[str]]]",
    columns: Sequence[str] = (),
) -> None:
    from peken.actors import Actor, Role
    from peken.errors import Refused

    async def run() -> list[str]:
        from peken import parameters

        async with migrated(settings_of(folder)) as market:
            await parameters.served(market, city)
            return await work(market, Actor("peken-rules", frozenset({Role.CITY_HALL}), city))

    try:
        typer.echo("\n".join(wait_for(run)))
    except Refused as refused:
        for objection in refused.objections:
            place = f"{_typed(objection.path, columns)}: " if objection.path else ""
            typer.echo(f"{place}{objection.code}: {objection.message.format(**objection.values)}", err=True)
        typer.echo("Nothing was set.", err=True)
        raise typer.Exit(1) from None


def _typed(path: Sequence[str | int], columns: Sequence[str]) -> str:
    """What an objection speaks of, as it was typed."""
    if path[0] == "columns":
        begun = f"{path[-1]}="
        return next((each for each in columns if each.startswith(begun)), begun)
    return _ARGUMENTS.get(str(path[0]), f"--{path[0]}")


_ARGUMENTS: Final = {
    "validFrom": "--from",
    "validTo": "--to",
    "plugin": "PLUGIN",
    "table": "TABLE",
    "rule": "RULE",
}


def _column(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise PekenError("bad_column", "A column is written name=value, not {text}.", text=text)
    return name.strip(), value


def _mode(text: str) -> "Mode":
    from peken.rules import Mode

    if text not in list(Mode):
        raise PekenError("bad_mode", "A rule is off, shadow or on, not {mode}.", mode=text)
    return Mode(text)


def _dated(begins: datetime, ends: datetime | None, source: str, mark: str, reason: str) -> dict[str, Any]:
    return {
        "valid_from": day_of(begins),
        "valid_to": day_of(ends) if ends else None,
        "source": source,
        "mark": mark,
        "reason": reason,
    }

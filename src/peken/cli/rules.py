"""`peken rules`: which there are, why one decided as it did, and whether the ledgers agree."""

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from peken.cli import setting_rules
from peken.cli.asking import FOLDER, Folder, day_of, migrated, settings_of, wait_for
from peken.cli.setting_rules import DAY

if TYPE_CHECKING:
    from peken.cli.verifying import Difference
    from peken.rebuilding import Rebuilt
    from peken.rejudging import Tally
    from peken.whatif import Report

app = typer.Typer(
    help="List the rules, set their parameters, explain a decision, verify the ledgers.", no_args_is_help=True
)


@app.command("list")
def list_rules(
    city: Annotated[str, typer.Option(help="Code of a city: show its tables, past and coming rows too.")] = "",
    on: Annotated[datetime | None, typer.Option(help="Seen from this day; today unless told.", formats=[DAY])] = None,
    folder: Folder = FOLDER,
) -> None:
    """List the rules that bind in each city; those of one city with their parameters and who set them."""
    if city:
        typer.echo("\n".join(_tables(folder, city, day_of(on) if on else None)))
        return
    from peken.app import assemble

    for served in assemble(settings_of(folder)).cities.values():
        typer.echo(f"{served.code} {served.name}")
        for rule in served.rulebook.rules.values():
            typer.echo(f"  {rule.code}  {type(rule).__name__}  {rule.title}")
            typer.echo(f"    {rule.cites}")


def _tables(folder: Path, city: str, on: date | None) -> list[str]:
    async def run() -> list[str]:
        async with migrated(settings_of(folder)) as market:
            return await setting_rules.tables(market, city, on)

    return wait_for(run)


app.command("set")(setting_rules.set_row)
app.command("mode")(setting_rules.set_mode)
app.command("withdraw")(setting_rules.withdraw)


@app.command()
def explain(
    id: Annotated[str, typer.Argument(help="Id of an order, a purchase or a refused purchase.", metavar="ID")],
    folder: Folder = FOLDER,
    facts: Annotated[bool, typer.Option(help="Print the facts that the rules saw.")] = False,
) -> None:
    """Print every decision of an order or a refusal: the rule, its figures, its source, in both languages."""
    from peken.cli.explaining import explain as explained

    async def run() -> list[str]:
        async with migrated(settings_of(folder)) as market:
            return await explained(market, id, facts=facts)

    typer.echo("\n".join(wait_for(run)))


@app.command()
def verify(folder: Folder = FOLDER) -> None:
    """Sum up every ledger and compare; prints what disagrees, and exits 1 if anything does."""
    from peken.cli.verifying import differences

    async def run() -> "list[Difference]":
        async with migrated(settings_of(folder)) as market:
            return await differences(market.database)

    found = wait_for(run)
    for difference in found:
        typer.echo(str(difference))
    if found:
        raise typer.Exit(1)
    typer.echo("Ledgers and balances agree.")


@app.command()
def replay(
    city: Annotated[str | None, typer.Argument(help="Code of a city; all of them unless told.")] = None,
    folder: Folder = FOLDER,
) -> None:
    """Judge every stored decision again from what was recorded.

    Prints each that comes out otherwise, or whose facts were not recorded, and then exits 1. What another version
    of a rule or of its tables had judged is counted apart.
    """
    from peken.cli.rejudging import replayed

    async def run() -> "Tally":
        async with migrated(settings_of(folder)) as market:
            return await replayed(market, city)

    if not wait_for(run).agrees:
        raise typer.Exit(1)


@app.command()
def close(
    city: Annotated[str, typer.Argument(help="Code of the city.")],
    window: Annotated[
        str | None, typer.Option(help='Only this window, such as "2026-10"; all that have ended unless told.')
    ] = None,
    folder: Folder = FOLDER,
) -> None:
    """Make the findings of windows that have ended: who met an obligation, and who fell short.

    A running market does so when a day turns. Closing again changes nothing. People decide on findings.
    """
    from peken.cli.closing import closed

    async def run() -> None:
        async with migrated(settings_of(folder)) as market:
            await closed(market, city, window)

    wait_for(run)


Rules = list[str] | None


@app.command()
def simulate(
    city: Annotated[str, typer.Argument(help="Code of the city.")],
    draft: Annotated[Path | None, typer.Option(help="TOML file of the draft: docs/what-if.md.", dir_okay=False)] = None,
    first: Annotated[
        datetime | None, typer.Option("--from", help="First day; the first of all orders unless told.", formats=[DAY])
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--to", help="Last day; the last of all orders.", formats=[DAY])
    ] = None,
    on: Annotated[Rules, typer.Option(help="Code of a rule that is to bind; may be repeated.")] = None,
    off: Annotated[Rules, typer.Option(help="Code of a rule that is not to be asked.")] = None,
    shadow: Annotated[Rules, typer.Option(help="Code of a rule that is to count without binding.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the whole report as JSON.")] = False,
    refusals: Annotated[
        Path | None, typer.Option(help="Write each purchase on which the two differ there, a line of JSON each.")
    ] = None,
    folder: Folder = FOLDER,
) -> None:
    """Try other amounts and modes on past orders, beside the rules as they are. Writes nothing to the market."""
    from peken.cli.simulating import draft_of, names_of, plain, show, simulated

    tried = draft_of(draft, on or (), off or (), shadow or ())

    async def run() -> "tuple[Report, dict[str, str]]":
        async with migrated(settings_of(folder)) as market:
            report = await simulated(market, city, tried, first, last, refusals)
            return report, await names_of(market, city)

    report, names = wait_for(run)
    if json:
        typer.echo(plain(report))
    else:
        show(report, names)


@app.command()
def rebuild(
    city: Annotated[str, typer.Argument(help="Code of the city.")],
    write: Annotated[bool, typer.Option("--write", help="Put right what differs; else it is only printed.")] = False,
    folder: Folder = FOLDER,
) -> None:
    """Derive ledger and balances once more from orders, lines and dockets, through the rules.

    Prints what differs, and exits 1 if anything does and was not put right. Every balance changed is in the audit.
    """
    from peken.cli.rebuilding import rebuilt

    async def run() -> "Rebuilt":
        async with migrated(settings_of(folder)) as market:
            return await rebuilt(market, city, write=write)

    if not wait_for(run).agrees and not write:
        raise typer.Exit(1)

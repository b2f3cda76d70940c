"""`peken rules`: which there are, why one decided as it did, and whether the ledgers agree."""

from typing import TYPE_CHECKING, Annotated

import typer

from peken.cli.asking import FOLDER, Folder, migrated, settings_of, wait_for

if TYPE_CHECKING:
    from peken.cli.verifying import Difference
    from peken.rejudging import Tally

app = typer.Typer(help="List the rules, explain a decision, verify the ledgers.", no_args_is_help=True)


@app.command("list")
def list_rules(folder: Folder = FOLDER) -> None:
    """List the rules that bind in each city."""
    from peken.app import assemble

    for city in assemble(settings_of(folder)).cities.values():
        typer.echo(f"{city.code} {city.name}")
        for rule in city.rulebook.rules.values():
            typer.echo(f"  {rule.code}  {type(rule).__name__}  {rule.title}")
            typer.echo(f"    {rule.cites}")


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

"""Surabaya's plugin: every contact with the host, a list and not a place for work; read it first."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from batik_suroboyo.around import neighbourhoods
from batik_suroboyo.claims import load_claims
from batik_suroboyo.demo import show
from batik_suroboyo.graphql import BuyerFields
from batik_suroboyo.graphql_licensing import MutationFields
from batik_suroboyo.graphql_motifs import ProductFields, QueryFields
from batik_suroboyo.motifs import Claim, motif_licence
from batik_suroboyo.rules import Neighbourhood, regulation
from peken.hookspecs import Demo, Tables, TypeExtension, hookimpl
from peken.rules import Cap, Regulations
from peken.schema.access import EVERYBODY, HALL, SELLING, WATCHING

FILES = ("parameters.toml", "motifs.toml")
"""The tables of the rules, and the registry of motifs, which is one more."""


class Settings(BaseModel):
    """What the city decides."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    minimum: Annotated[
        str,
        Field(
            description="Which table of minimums is in force: proposal (an amount for every ASN, of which only "
            "the camat's has a source) or known (the camat's alone: nobody else owes)."
        ),
    ] = "proposal"
    vendor_cap_window: Annotated[
        Literal["month", "year"],
        Field(description="The calendar stretch over which a vendor's turnover is held to the limit."),
    ] = "month"
    vendor_hide_at: Annotated[
        int,
        Field(
            ge=50,
            le=100,
            description="Percent of its limit from which on a vendor leaves the public lists until the window turns.",
        ),
    ] = 99
    assignment: Annotated[
        Literal["off", "advise", "bind"],
        Field(description="What it means that an ASN buys staples outside of the own area: nothing, advice, refusal."),
    ] = "advise"


@hookimpl
def settings_model() -> type[BaseModel]:
    return Settings


@hookimpl
def tables() -> Tables:
    return Tables(models=("batik_suroboyo.models",), migrations="batik_suroboyo.migrations")


@hookimpl
def regulations(settings: Settings) -> Regulations:
    rules = regulation(settings.vendor_cap_window, hide_at=settings.vendor_hide_at, assigning=settings.assignment)
    [cap] = (rule for rule in rules if isinstance(rule, Cap))
    return Regulations(
        (*rules, motif_licence),
        parameters="\n".join(Path(__file__).with_name(name).read_text("utf-8") for name in FILES),
        loads={Neighbourhood: neighbourhoods(cap), Claim: load_claims},
        chosen={"minimum": settings.minimum},
    )


@hookimpl
def type_extensions() -> Sequence[TypeExtension]:
    return [
        TypeExtension("Buyer", BuyerFields),
        TypeExtension("Product", ProductFields),
        TypeExtension("Query", QueryFields),
        TypeExtension("Mutation", MutationFields),
    ]


@hookimpl
def permissions() -> Mapping[str, frozenset[str]]:
    return {
        "Query.motifs": EVERYBODY,
        "Query.motifClaims": SELLING | WATCHING,
        "Query.motifLicences": SELLING | WATCHING,
        "Product.motifAdvice": SELLING | WATCHING,
        "MotifLicence.grantedBy": SELLING | WATCHING,
        "MotifLicence.source": SELLING | WATCHING,
        "Mutation.claimMotif": SELLING,
        "Mutation.withdrawMotif": SELLING | HALL,
        "Mutation.grantMotifLicence": HALL,
        "Mutation.endMotifLicence": HALL,
    }


@hookimpl
async def demo_data(demo: Demo) -> None:
    await show(demo)

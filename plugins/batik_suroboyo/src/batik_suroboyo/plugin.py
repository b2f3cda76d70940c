"""Surabaya's plugin: every contact with the host, a list and not a place for work; read it first."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from batik_suroboyo.around import neighbourhoods
from batik_suroboyo.graphql import BuyerFields
from batik_suroboyo.rules import Neighbourhood, regulation
from peken.hookspecs import TypeExtension, hookimpl
from peken.rules import Cap, Regulations


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
def regulations(settings: Settings) -> Regulations:
    rules = regulation(settings.vendor_cap_window, hide_at=settings.vendor_hide_at, assigning=settings.assignment)
    [cap] = (rule for rule in rules if isinstance(rule, Cap))
    return Regulations(
        rules,
        parameters=Path(__file__).with_name("parameters.toml"),
        loads={Neighbourhood: neighbourhoods(cap)},
        chosen={"minimum": settings.minimum},
    )


@hookimpl
def type_extensions() -> Sequence[TypeExtension]:
    return [TypeExtension("Buyer", BuyerFields)]

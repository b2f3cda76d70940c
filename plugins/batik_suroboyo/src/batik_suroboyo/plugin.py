"""Surabaya's plugin: every contact with the host, a list and not a place for work; read it first."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from batik_suroboyo.rules import regulation
from peken.hookspecs import hookimpl
from peken.rules import Regulations


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


@hookimpl
def settings_model() -> type[BaseModel]:
    return Settings


@hookimpl
def regulations(settings: Settings) -> Regulations:
    return Regulations(
        regulation(settings.vendor_cap_window),
        parameters=Path(__file__).with_name("parameters.toml"),
        chosen={"minimum": settings.minimum},
    )

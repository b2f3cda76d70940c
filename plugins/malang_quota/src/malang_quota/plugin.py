"""Malang's plugin: every contact with the host, a list and not a place for work; read it first."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from malang_quota.rules import RULES
from peken.hookspecs import hookimpl
from peken.rules import Regulations


class Settings(BaseModel):
    """What the city decides."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    minimum: Annotated[
        str, Field(description="Which of the rival tables of minimums is in force: flat, golongan or tpp.")
    ] = "flat"


@hookimpl
def settings_model() -> type[BaseModel]:
    return Settings


@hookimpl
def regulations(settings: Settings) -> Regulations:
    return Regulations(
        RULES,
        parameters=Path(__file__).with_name("parameters.toml"),
        chosen={"minimum": settings.minimum},
    )

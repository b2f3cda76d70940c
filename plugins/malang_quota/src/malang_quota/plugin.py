"""Malang's plugin: every contact with the host, a list and not a place for work; read it first."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from malang_quota.graphql import QueryFields, VendorFields
from malang_quota.rules import RULES
from peken.actors import Role
from peken.hookspecs import TypeExtension, hookimpl
from peken.rules import Regulations
from peken.schema.access import EVERYBODY, WATCHING


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


@hookimpl
def type_extensions() -> Sequence[TypeExtension]:
    return [TypeExtension("Vendor", VendorFields), TypeExtension("Query", QueryFields)]


@hookimpl
def permissions() -> Mapping[str, frozenset[str]]:
    return {"Query.sectors": EVERYBODY, "Query.vendorsWithoutSector": WATCHING | {Role.LURAH}}

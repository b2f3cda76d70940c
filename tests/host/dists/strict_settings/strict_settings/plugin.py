"""Needs a setting, and has one with a bound."""

from typing import Annotated

from pydantic import BaseModel, Field

from peken.hookspecs import hookimpl


class Settings(BaseModel):
    pier: str
    boats: Annotated[int, Field(ge=1)] = 1


@hookimpl
def settings_model() -> type[BaseModel]:
    return Settings

"""Answers with something else than was asked for."""

from typing import Any

from peken.hookspecs import hookimpl


@hookimpl
def settings_model() -> Any:
    return {"depth": int}


@hookimpl
def tables() -> Any:
    return ["wrong_answers.models"]

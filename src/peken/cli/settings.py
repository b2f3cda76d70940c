"""`peken settings`: every setting with its environment variable, its default and what it is for, as Markdown."""

from collections.abc import Iterator
from typing import get_args

import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

HEAD = """# Settings

A market reads its settings from the environment and from one TOML file, named by `PEKEN_SETTINGS`; the environment
wins. A nested key is joined by two underscores (`PEKEN_LIMITS__DEPTH=12`); lists and tables are written as JSON.
This page is printed by `peken settings`.
"""


def settings() -> None:
    """Print every setting, its environment variable, its default and what it is for."""
    from peken.settings import Settings

    typer.echo(reference(Settings), nl=False)


def reference(model: type[BaseModel]) -> str:
    """The settings of a model as a page of Markdown."""
    return "\n".join([HEAD, *_tables("", "PEKEN_", model)]) + "\n"


def _tables(title: str, prefix: str, model: type[BaseModel]) -> Iterator[str]:
    nested = {name: found for name, info in model.model_fields.items() if (found := _model_of(info))}
    if title:
        yield f"## {title}\n\n{(model.__doc__ or '').strip()}\n"
    yield "| setting | variable | default | what it is for |"
    yield "| --- | --- | --- | --- |"
    for name, info in model.model_fields.items():
        variable = f"`{prefix}{name.upper()}`" if prefix else ""
        yield f"| `{name}` | {variable} | {_default(info)} | {info.description or ''} |"
    yield ""
    for name, (of, single) in nested.items():
        yield from _tables(name, f"{prefix}{name.upper()}__" if single else "", of)


def _model_of(info: FieldInfo) -> tuple[type[BaseModel], bool] | None:
    """The model in a field, and whether it stands there once."""
    annotation = info.annotation
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, True
    inner = next((a for a in get_args(annotation) if isinstance(a, type) and issubclass(a, BaseModel)), None)
    return (inner, False) if inner else None


def _default(info: FieldInfo) -> str:
    if info.default is PydanticUndefined:
        return "required"
    if isinstance(info.default, BaseModel):
        return "see below"
    if isinstance(info.default, tuple):
        return "`" + ", ".join(map(str, info.default)) + "`" if info.default else "none"
    return "none" if info.default in (None, {}) else f"`{info.default}`"

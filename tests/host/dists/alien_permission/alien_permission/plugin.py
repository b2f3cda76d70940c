"""Wants to rule over a field of the core."""

from collections.abc import Mapping

from peken.hookspecs import hookimpl


@hookimpl
def permissions() -> Mapping[str, frozenset[str]]:
    return {"Product.name": frozenset({"auditor"})}

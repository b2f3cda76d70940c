"""Fails when it is asked for its tables."""

from peken.hookspecs import Tables, hookimpl


@hookimpl
def tables() -> Tables:
    raise KeyError("slipway")

"""Has a type of the same name as another plugin."""

from collections.abc import Sequence

import strawberry

from peken.hookspecs import hookimpl


@strawberry.type
class Tide:
    """Another tide."""

    name: str


@hookimpl
def types() -> Sequence[type]:
    return [Tide]

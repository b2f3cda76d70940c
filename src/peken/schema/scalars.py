"""Scalars of the graph that GraphQL itself has not."""

from typing import NewType

import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig

from peken.money import Rupiah

Long = NewType("Long", int)
MOST = 2**53 - 1


def _parse(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > MOST:
        raise GraphQLError("A whole number is wanted, without a point and without quotes.")
    return value


RUPIAH = strawberry.scalar(
    name="Rupiah",
    description="An amount of money in whole Rupiah: a JSON integer, which may pass 2,147,483,647.",
    serialize=int,
    parse_value=_parse,
)

LONG = strawberry.scalar(
    name="Long",
    description="A whole number that may pass 2,147,483,647, as grams, millilitres or pieces do.",
    serialize=int,
    parse_value=_parse,
)


def config() -> StrawberryConfig:
    """The configuration that every schema of a market has."""
    return StrawberryConfig(scalar_map={Rupiah: RUPIAH, Long: LONG})

"""A small graph to extend, in place of the market's own."""

from enum import Enum

import strawberry


@strawberry.interface
class Named:
    """What has a name."""

    name: str


@strawberry.type
class Product(Named):
    """A good that is sold."""


@strawberry.type
class Basket:
    goods: list[str]


@strawberry.input
class Search:
    """What to look for."""

    text: str = ""


@strawberry.enum
class Sort(Enum):
    """What comes first."""

    NAME = "name"


@strawberry.type
class Query:
    """Where reading begins."""

    @strawberry.field
    def product(self, search: Search, sort: Sort = Sort.NAME) -> Product:
        """The one good.

        There is no other.
        """
        return Product(name="ikan")

    @strawberry.field
    def named(self) -> Named:
        """The same, by its interface."""
        return Product(name="ikan")

    basket: Basket = strawberry.field(description="What was taken.", default_factory=lambda: Basket(goods=[]))

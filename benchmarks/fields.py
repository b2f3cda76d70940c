"""A plugin with three fields of a product, each a column of answers from columns of rows."""

from collections.abc import Sequence

import strawberry

from peken.hookspecs import TypeExtension, hookimpl
from peken.schema import Context
from peken.schema.context import Info
from peken.schema.products import Product


def tier(price: int) -> str:
    """How dear something is."""
    return "hemat" if price < 50_000 else "biasa" if price < 150_000 else "istimewa"


def initial(name: str) -> str:
    """Under which letter something is filed."""
    return name[:1].upper()


def label(name: str, price: int) -> str:
    """What stands on the shelf."""
    return f"{name}, Rp{price:,}"


async def load_tiers(context: Context, prices: Sequence[int]) -> list[str]:
    """Tiers by price."""
    return [tier(price) for price in prices]


async def load_initials(context: Context, names: Sequence[str]) -> list[str]:
    """Initials by name."""
    return [initial(name) for name in names]


async def load_labels(context: Context, listed: Sequence[tuple[str, int]]) -> list[str]:
    """Labels by name and price."""
    return [label(name, price) for name, price in listed]


@strawberry.type
class ProductFields:
    """What stands beside a product."""

    @strawberry.field
    @staticmethod
    async def bench_tier(root: strawberry.Parent[Product], info: Info) -> str:
        """How dear it is."""
        return await info.context.load(load_tiers, root.price)

    @strawberry.field
    @staticmethod
    async def bench_initial(root: strawberry.Parent[Product], info: Info) -> str:
        """Its letter."""
        return await info.context.load(load_initials, root.name)

    @strawberry.field
    @staticmethod
    async def bench_label(root: strawberry.Parent[Product], info: Info) -> str:
        """Its label."""
        return await info.context.load(load_labels, (root.name, root.price))


@hookimpl
def type_extensions() -> Sequence[TypeExtension]:
    return [TypeExtension("Product", ProductFields)]

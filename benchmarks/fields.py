"""A plugin with three fields of a product, each a column of answers from columns of rows."""

from collections.abc import Sequence

import strawberry

from peken.hookspecs import TypeExtension, hookimpl
from peken.plans import loaded
from peken.schema import Context


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

    bench_tier: str = loaded(lambda: load_tiers, "price", description="How dear it is.")
    bench_initial: str = loaded(lambda: load_initials, "name", description="Its letter.")
    bench_label: str = loaded(lambda: load_labels, "name", "price", description="What stands on its shelf.")


@hookimpl
def type_extensions() -> Sequence[TypeExtension]:
    return [TypeExtension("Product", ProductFields)]

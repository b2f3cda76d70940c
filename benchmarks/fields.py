"""A plugin with three fields of a product, each a column of answers from columns of rows, and with a list of its own
whose fields are resolvers that say nothing of how they are read."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import strawberry

from benchmarks import sql
from peken.actors import Role
from peken.hookspecs import TypeExtension, hookimpl
from peken.ids import global_ids
from peken.models.vendors import VendorKind
from peken.money import Rupiah
from peken.plans import loaded
from peken.schema import Context
from peken.schema.context import Info


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


@strawberry.type
class BenchShop:
    """Who sells."""

    row: strawberry.Private[Sequence[Any]]

    @strawberry.field
    def id(self) -> strawberry.ID:
        """Its id."""
        return strawberry.ID(_shop_id(self.row[4]))

    @strawberry.field
    def name(self) -> str:
        """Its name."""
        return str(self.row[5])

    @strawberry.field
    def kind(self) -> VendorKind:
        """Its kind."""
        return VendorKind(self.row[6])


@strawberry.type
class BenchProduct:
    """What is sold."""

    row: strawberry.Private[Sequence[Any]]

    @strawberry.field
    def id(self) -> strawberry.ID:
        """Its id."""
        return strawberry.ID(_product_id(self.row[0]))

    @strawberry.field
    def name(self) -> str:
        """Its name."""
        return str(self.row[1])

    @strawberry.field
    def price(self) -> Rupiah:
        """Its price."""
        return Rupiah(self.row[2])

    @strawberry.field
    def in_stock(self) -> bool:
        """Whether it is there."""
        return bool(self.row[3])

    @strawberry.field
    def vendor(self) -> BenchShop:
        """Who sells it."""
        return BenchShop(row=self.row)


_product_id, _shop_id = global_ids("Product"), global_ids("Vendor")


@strawberry.type
class QueryFields:
    """A list as one writes it who knows nothing of plans."""

    @strawberry.field
    @staticmethod
    async def bench_products(
        info: Info, city: Annotated[str, strawberry.argument(description="Of which city.")]
    ) -> list[BenchProduct]:
        """The first twenty."""
        text = sql.STATEMENTS[info.context.market.database.dialect]["list"]
        return [BenchProduct(row=row) for row in (await info.context.records(text, [city]))[:20]]


@hookimpl
def type_extensions() -> Sequence[TypeExtension]:
    return [TypeExtension("Product", ProductFields), TypeExtension("Query", QueryFields)]


@hookimpl
def permissions() -> Mapping[str, frozenset[Role]]:
    return {"Query.benchProducts": frozenset(Role)}

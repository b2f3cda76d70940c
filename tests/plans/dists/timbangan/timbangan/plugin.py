"""A pair of scales: fields of products that say how they are read, that say it wrongly, and that do not say it."""

from collections.abc import Mapping, Sequence
from typing import Any

import strawberry

from peken.actors import Role
from peken.hookspecs import TypeExtension, hookimpl
from peken.plans import computed, loaded, performed
from peken.schema.context import Context, Info
from peken.schema.products import Product
from peken.schema.vendors import Vendor


async def load_weights(context: Context, listed: Sequence[tuple[str, int]]) -> list[int | None]:
    """Weights by name and price; none for what is not weighed."""
    return [len(name) + price if "Beras" in name else None for name, price in listed]


def nowhere() -> Any:
    """Is to say what loads a field, and does not."""
    raise LookupError("mislaid")


@strawberry.type
class ProductFields:
    """What a product gains."""

    weight: int | None = loaded(lambda: load_weights, "name", "price", description="A batch of two columns.")

    mislaid: int | None = loaded(nowhere, "name", description="What loads it is not found.")

    @computed("name")
    @staticmethod
    def initial(root: strawberry.Parent[Product]) -> str:
        """Made of what it says it needs."""
        return root.name[:1]

    @computed("name")
    @staticmethod
    def sly(root: strawberry.Parent[Product]) -> int:
        """Looks at more than it says."""
        return root.price

    @strawberry.field
    @staticmethod
    async def silent(root: strawberry.Parent[Product]) -> str:
        """Does not say how it is read."""
        return root.name

    @strawberry.field
    @staticmethod
    async def neighbour(root: strawberry.Parent[Product], info: Info) -> int | None:
        """Does not say so either, and loads something for each of many."""
        return await info.context.load(load_weights, (root.name, root.price))

    @strawberry.field
    @staticmethod
    async def greedy(root: strawberry.Parent[Product], codes: list[str]) -> list[str]:
        """Puts something into what it is given."""
        codes.append(root.name)
        return codes

    @strawberry.field
    @staticmethod
    def inquisitive(root: strawberry.Parent[Product], info: Info) -> str:
        """Looks at the execution itself."""
        return info.field_name


@strawberry.type
class VendorFields:
    """What a vendor gains."""

    @computed("sector")
    @staticmethod
    def hollow(root: strawberry.Parent[Vendor]) -> str:
        """Promises what a grocer has not."""
        return root.sector  # type: ignore[return-value]


@strawberry.type
class MutationFields:
    """What can be done more."""

    @performed
    @staticmethod
    async def nosy(info: Info) -> str:
        """Looks at the execution itself."""
        return info.field_name


@hookimpl
def type_extensions() -> Sequence[TypeExtension]:
    return [
        TypeExtension("Product", ProductFields),
        TypeExtension("Vendor", VendorFields),
        TypeExtension("Mutation", MutationFields),
    ]


@hookimpl
def permissions() -> Mapping[str, frozenset[Role]]:
    return {"Mutation.nosy": frozenset(Role)}

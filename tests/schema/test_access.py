"""Every role and every field: what the market answers is what was reviewed."""

from collections.abc import Iterable

import pytest
from tests.schema.access import Matrix, probe, read, written
from tests.schema.small_world import TWO_CITIES

from peken.actors import Role
from peken.testing.world import World

STALE = "run `PYTHONPATH=. python -m tests.schema.access` and review the difference of tests/access.csv"

OPEN_TO_ALL = {
    "Category",
    "City",
    "ClosedShop",
    "Department",
    "Node",
    "Notice",
    "PageInfo",
    "Product",
    "ProductConnection",
    "ProductEdge",
    "Region",
    "Variant",
    "Vendor",
    "VendorConnection",
    "VendorEdge",
    "WhyHere",
}
PERSONAL = {
    *("Buyer", "BuyerClass", "Obligation", "ObligationStanding"),
    *("Delivery", "Order", "OrderLine", "Purchase", "PurchaseRefused"),
}


def granted(role: Role, matrix: Matrix) -> set[str]:
    return {coordinate for coordinate, roles in matrix.items() if role.value in roles}


def types_of(coordinates: Iterable[str]) -> set[str]:
    return {coordinate.partition(".")[0] for coordinate in coordinates}


@pytest.mark.market(TWO_CITIES)
@pytest.mark.engines("sqlite")
async def test_every_role_gets_exactly_the_fields_that_were_reviewed(market: World) -> None:
    reviewed = list(written(read()))

    matrix, failures = await probe(market)

    assert failures == []
    assert list(written(matrix)) == reviewed, STALE


def test_the_public_sees_the_catalogue_and_nobody() -> None:
    public = granted(Role.PUBLIC, read())

    assert types_of(public) - OPEN_TO_ALL == {"Query", "Viewer"}
    assert {name for name in public if name.startswith("Viewer.")} == {
        "Viewer.areaCode",
        "Viewer.cityCode",
        "Viewer.roles",
    }


def test_an_auditor_only_reads() -> None:
    auditor = granted(Role.AUDITOR, read())

    assert "Mutation" not in types_of(auditor)
    assert "Query.explainOrder" not in auditor


def test_a_vendor_reads_orders_and_no_cards_of_buyers() -> None:
    vendor = granted(Role.VENDOR, read())

    assert types_of(vendor) & PERSONAL == {"Order", "OrderLine", "Delivery"}
    assert {"Order.buyer", "Order.purchase", "Order.decisions"}.isdisjoint(vendor)
    assert {"Decision", "Figure"}.isdisjoint(types_of(vendor))


def test_a_lurah_sees_shops_and_no_order() -> None:
    lurah = granted(Role.LURAH, read())

    assert types_of(lurah) & PERSONAL == set()
    assert {name for name in lurah if name.startswith("Mutation.")} == {"Mutation.verifyVendor"}


def test_only_who_buys_places_and_only_who_sells_keeps_products() -> None:
    matrix = read()

    assert matrix["Mutation.placeOrder"] == ("buyer", "officer")
    for name in ("createProduct", "updateProduct", "updateVariant", "restockVariant"):
        assert matrix[f"Mutation.{name}"] == ("vendor",)

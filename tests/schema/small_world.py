"""A market with one of everything, and one actor for each role: where access and scopes are tried."""

from dataclasses import dataclass
from datetime import date

from peken import models
from peken.actors import PUBLIC, Actor, Role
from peken.ids import new_id, to_global
from peken.orders import Basket, Item, NotPlaced, Placed, place
from peken.testing.world import (
    World,
    as_auditor,
    as_buyer,
    as_city_hall,
    as_lurah,
    as_officer,
    as_vendor,
    global_id,
)

MALANG = "35.73"
SURABAYA = "35.78"
TWO_CITIES: dict[str, list[str]] = {MALANG: [], SURABAYA: []}


@dataclass(frozen=True)
class Case:
    """A purchase that was placed, one that was refused, and who has to do with them."""

    area: str
    vendor: models.Vendor
    variant: models.Variant
    buyer: models.Buyer
    purchase: str
    order: str
    refused: str
    finding: str

    @property
    def product(self) -> str:
        """The opaque id of the product."""
        return to_global("Product", self.variant.product_id)


async def case_of(world: World, city: str, buyer: models.Buyer, actor: Actor) -> Case:
    """A verified shop sells to `buyer` once, and once it cannot."""
    vendor = await world.vendor(city, name=f"Toko {buyer.name}")
    variant = await world.product(vendor, stock=50)
    placed = await place(world.market, actor, _basket(buyer, variant, 1))
    refused = await place(world.market, actor, _basket(buyer, variant, 1_000))
    assert isinstance(placed, Placed)
    assert isinstance(refused, NotPlaced)
    order = await models.Order.get(purchase_id=placed.purchase)
    return Case(
        area=vendor.region,
        vendor=vendor,
        variant=variant,
        buyer=buyer,
        purchase=to_global("Purchase", placed.purchase),
        order=global_id(order),
        refused=to_global("PurchaseRefused", refused.attempt),
        finding=global_id(await finding_of(world, city, buyer)),
    )


async def finding_of(world: World, city: str, buyer: models.Buyer) -> models.Finding:
    """What was found of a buyer when a window was closed."""
    return await models.Finding.create(
        id=new_id(),
        city_id=city,
        rule="city.minimum",
        subject_kind="buyer",
        subject=str(buyer.id),
        win="2026-02",
        unit="rupiah",
        value=1,
        floor=2,
        missing=1,
        citation="a decree",
        at=world.clock.at,
    )


def _basket(buyer: models.Buyer, variant: models.Variant, quantity: int) -> Basket:
    return Basket(buyer=buyer.id, items=(Item(variant.id, quantity),), key=f"case-{quantity}")


async def version_of(world: World, city: str) -> models.ParameterVersion:
    """What city hall has set for a plugin that is not loaded here."""
    return await models.ParameterVersion.create(
        id=new_id(),
        city_id=city,
        number=1,
        plugin="elsewhere",
        table_name="minimum",
        columns={"amount": 5},
        valid_from=date(2026, 4, 1),
        source="decree",
        mark="A",
        actor="hall",
        role="city_hall",
        reason="Anggaran baru",
        at=world.clock.at,
    )


async def exemption_of(world: World, buyer: models.Buyer) -> models.Exemption:
    """Days on which a buyer owes nothing."""
    return await models.Exemption.create(
        id=new_id(),
        city_id=buyer.city_id,
        buyer_id=buyer.id,
        kind="leave",
        reason="Cuti besar",
        valid_from=date(2026, 4, 1),
        granted_by="hall",
        granted_at=world.clock.at,
    )


@dataclass(frozen=True)
class Town:
    """One city: a case of a member of the public, one of a department, and an actor for each role."""

    city: str
    private: Case
    official: Case
    department: models.Department
    version: models.ParameterVersion
    exemption: models.Exemption

    @property
    def actors(self) -> dict[Role, Actor]:
        """Who may be here."""
        return {
            Role.PUBLIC: PUBLIC,
            Role.BUYER: as_buyer(self.private.buyer),
            Role.VENDOR: as_vendor(self.private.vendor),
            Role.OFFICER: as_officer(self.department),
            Role.LURAH: as_lurah(self.city, self.private.area),
            Role.CITY_HALL: as_city_hall(self.city),
            Role.AUDITOR: as_auditor(self.city),
        }


async def town(world: World, city: str = MALANG) -> Town:
    """A city with one of everything."""
    department = await world.department(city)
    private = await world.buyer(city, name=f"Warga {city}")
    official = await world.buyer(city, name=f"Dinas {city}", kind="department", department_id=department.id)
    return Town(
        city=city,
        private=await case_of(world, city, private, as_buyer(private)),
        official=await case_of(world, city, official, as_officer(department)),
        department=department,
        version=await version_of(world, city),
        exemption=await exemption_of(world, private),
    )

"""Those who buy: the public, companies, city employees with their dated classes, departments."""

from enum import StrEnum

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from peken.models.regions import City


class BuyerKind(StrEnum):
    """Who buys. An employee is an ASN or another person on the city's payroll."""

    PUBLIC = "public"
    COMPANY = "company"
    EMPLOYEE = "employee"
    DEPARTMENT = "department"


class Department(Model):
    """A department of the city (OPD). `region` is the kelurahan of its office."""

    id = fields.UUIDField(primary_key=True)
    city: fields.ForeignKeyRelation[City] = fields.ForeignKeyField(
        "peken.City", related_name=False, on_delete=fields.RESTRICT
    )
    city_id: str
    code = fields.CharField(max_length=40)
    name = fields.CharField(max_length=160)
    region = fields.CharField(max_length=13)

    class Meta:
        table = "department"
        unique_together = (("city_id", "code"),)


class Buyer(Model):
    """A buyer of one city. `region` is the kelurahan of the home address, empty if outside.

    `asn` holds for PNS and PPPK. `joined_on` and `left_on` (first day no longer employed) are days of the
    city.
    """

    id = fields.UUIDField(primary_key=True)
    city: fields.ForeignKeyRelation[City] = fields.ForeignKeyField(
        "peken.City", related_name=False, on_delete=fields.RESTRICT
    )
    city_id: str
    kind = fields.CharEnumField(BuyerKind, max_length=10)
    asn = fields.BooleanField(default=False)
    name = fields.CharField(max_length=120)
    region = fields.CharField(max_length=13, default="")
    department: fields.ForeignKeyNullableRelation[Department] = fields.ForeignKeyField(
        "peken.Department", related_name=False, null=True, on_delete=fields.RESTRICT
    )
    department_id: str | None
    joined_on = fields.DateField(null=True)
    left_on = fields.DateField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "buyer"
        indexes = (
            Index(fields=("city_id", "name", "id"), name="buyer_city_name"),
            Index(fields=("city_id", "id"), name="buyer_city"),
            Index(fields=("department_id",), name="buyer_department"),
        )


class BuyerClass(Model):
    """A buyer's class in one scheme (golongan, echelon, ...), from a day to the day it ended."""

    id = fields.UUIDField(primary_key=True)
    buyer: fields.ForeignKeyRelation[Buyer] = fields.ForeignKeyField(
        "peken.Buyer", related_name=False, on_delete=fields.CASCADE
    )
    buyer_id: str
    scheme = fields.CharField(max_length=30)
    code = fields.CharField(max_length=30)
    valid_from = fields.DateField()
    valid_to = fields.DateField(null=True)

    class Meta:
        table = "buyer_class"
        unique_together = (("buyer_id", "scheme", "valid_from"),)


class ExemptionKind(StrEnum):
    """Why nothing is owed for some days: one is on leave, or one is let off."""

    LEAVE = "leave"
    EXEMPTION = "exemption"


class Exemption(Model):
    """Days on which a buyer owes nothing, under one rule or, where `rule` is empty, under all.

    Append-only, but for its revocation, which is written once. Of one kind and rule no two overlap that stand.
    """

    id = fields.UUIDField(primary_key=True)
    city: fields.ForeignKeyRelation[City] = fields.ForeignKeyField(
        "peken.City", related_name=False, on_delete=fields.RESTRICT
    )
    city_id: str
    buyer: fields.ForeignKeyRelation[Buyer] = fields.ForeignKeyField(
        "peken.Buyer", related_name=False, on_delete=fields.RESTRICT
    )
    buyer_id: str
    kind = fields.CharEnumField(ExemptionKind, max_length=10)
    rule = fields.CharField(max_length=80, default="")
    reason = fields.CharField(max_length=300)
    valid_from = fields.DateField()
    valid_to = fields.DateField(null=True)
    granted_by = fields.CharField(max_length=80)
    granted_at = fields.DatetimeField()
    revoked_by = fields.CharField(max_length=80, null=True)
    revoked_at = fields.DatetimeField(null=True)
    revoked_reason = fields.CharField(max_length=300, null=True)

    class Meta:
        table = "exemption"
        indexes = (Index(fields=("buyer_id", "valid_from"), name="exemption_buyer"),)

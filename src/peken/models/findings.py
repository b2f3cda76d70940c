"""What is found at the end of a window, and what a person decides on it."""

from enum import StrEnum

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from peken.models.buyers import Department
from peken.models.regions import City


class FindingStatus(StrEnum):
    """Whether a person has decided on a finding."""

    OPEN = "open"
    DECIDED = "decided"


class Closing(Model):
    """A window of an obligation that has ended and was closed: how many met it, and how many fell short."""

    id = fields.UUIDField(primary_key=True)
    city: fields.ForeignKeyRelation[City] = fields.ForeignKeyField(
        "peken.City", related_name=False, on_delete=fields.RESTRICT
    )
    city_id: str
    rule = fields.CharField(max_length=80)
    win = fields.CharField(max_length=30)
    met = fields.BigIntField()
    short = fields.BigIntField()
    at = fields.DatetimeField()

    class Meta:
        table = "closing"
        unique_together = (("city_id", "rule", "win"),)


class Finding(Model):
    """How one subject stood under an obligation when its window was closed, for a person to decide on.

    `value` and `missing` are of that moment and stay so. `scheme` and `code` are the class whose row gave the floor.
    """

    id = fields.UUIDField(primary_key=True)
    city: fields.ForeignKeyRelation[City] = fields.ForeignKeyField(
        "peken.City", related_name=False, on_delete=fields.RESTRICT
    )
    city_id: str
    rule = fields.CharField(max_length=80)
    subject_kind = fields.CharField(max_length=12)
    subject = fields.CharField(max_length=60)
    win = fields.CharField(max_length=30)
    unit = fields.CharField(max_length=10)
    value = fields.BigIntField()
    floor = fields.BigIntField()
    missing = fields.BigIntField()
    scheme = fields.CharField(max_length=30, default="")
    code = fields.CharField(max_length=30, default="")
    citation = fields.TextField()
    source = fields.TextField(default="")
    mark = fields.CharField(max_length=4, default="")
    department: fields.ForeignKeyNullableRelation[Department] = fields.ForeignKeyField(
        "peken.Department", related_name=False, null=True, on_delete=fields.RESTRICT
    )
    department_id: str | None
    status = fields.CharEnumField(FindingStatus, max_length=8, default=FindingStatus.OPEN)
    decision = fields.CharField(max_length=300, default="")
    decided_by = fields.CharField(max_length=80, default="")
    decided_at = fields.DatetimeField(null=True)
    at = fields.DatetimeField()

    class Meta:
        table = "finding"
        unique_together = (("rule", "subject", "win"),)
        indexes = (
            Index(fields=("city_id", "at", "id"), name="finding_city"),
            Index(fields=("city_id", "rule", "win", "missing", "id"), name="finding_window"),
        )

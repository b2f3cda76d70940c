"""The families in need and how rules are told of them; knows no name, no address and no rule."""

from collections.abc import Mapping, Sequence
from datetime import date

from tortoise import fields
from tortoise.expressions import Q
from tortoise.models import Model

from beras_tanggal_kembar.rules import Family


class FamilyInNeed(Model):
    """A family, by `peken.ids.recipient_key` of the number on its card and its kelurahan, for a time."""

    id = fields.UUIDField(primary_key=True)
    recipient = fields.CharField(max_length=32)
    valid_from = fields.DateField()
    valid_to = fields.DateField(null=True)

    class Meta:
        table = "beras_tanggal_kembar_family"
        unique_together = (("recipient", "valid_from"),)


async def load_families(recipients: Sequence[str], day: date) -> Mapping[str, Family]:
    """Which of these recipients are families in need on that day: one query."""
    still = Q(valid_to__isnull=True) | Q(valid_to__gt=day)
    rows = await FamilyInNeed.filter(still, recipient__in=recipients, valid_from__lte=day).values_list("recipient")
    return {key: Family() for (key,) in rows}

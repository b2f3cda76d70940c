"""Meal budgets and groups of vendors, and how rules are told of them; knows no rule."""

from collections.abc import Mapping, Sequence
from datetime import date

from tortoise import fields
from tortoise.expressions import Q
from tortoise.models import Model

from konsumsi_opd.rules import Budget, Group


class MealBudget(Model):
    """What a department may spend on meals in a year, in whole Rupiah."""

    id = fields.UUIDField(primary_key=True)
    department_id = fields.UUIDField()
    year = fields.IntField()
    amount = fields.BigIntField()

    class Meta:
        table = "konsumsi_opd_budget"
        unique_together = (("department_id", "year"),)


class Member(Model):
    """A vendor in a group (`team`) for a time, `poor` if on the list of the poor."""

    id = fields.UUIDField(primary_key=True)
    team = fields.CharField(max_length=80)
    vendor_id = fields.UUIDField()
    poor = fields.BooleanField()
    valid_from = fields.DateField()
    valid_to = fields.DateField(null=True)

    class Meta:
        table = "konsumsi_opd_member"
        unique_together = (("vendor_id", "team", "valid_from"),)


async def load_budgets(departments: Sequence[str], day: date) -> Mapping[str, Budget]:
    """The budgets of that day's year: one query for all departments."""
    rows = await MealBudget.filter(department_id__in=departments, year=day.year)
    return {str(row.department_id): Budget(row.amount) for row in rows}


async def load_groups(vendors: Sequence[str], day: date) -> Mapping[str, Group]:
    """Of each vendor the group with most members on the list of the poor: two queries for all vendors."""
    still = Q(valid_from__lte=day) & (Q(valid_to__isnull=True) | Q(valid_to__gt=day))
    mine = await Member.filter(still, vendor_id__in=vendors)
    poor = [row.team for row in await Member.filter(still, team__in={row.team for row in mine}, poor=True)]
    best_last = sorted(mine, key=lambda row: poor.count(row.team))
    return {str(row.vendor_id): Group(poor.count(row.team)) for row in best_last}

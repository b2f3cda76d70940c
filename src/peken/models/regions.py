"""Regions by their Kemendagri codes, and the cities among them that this market serves."""

from enum import IntEnum

from tortoise import fields
from tortoise.models import Model


class Level(IntEnum):
    """The four levels of the Kemendagri code."""

    PROVINCE = 1
    CITY = 2
    KECAMATAN = 3
    KELURAHAN = 4


class Region(Model):
    """A region of Indonesia: the dotted code is the key ("35.78.08.1002"), and names its parents."""

    code = fields.CharField(max_length=13, primary_key=True)
    level = fields.IntEnumField(Level)
    parent_code = fields.CharField(max_length=13, null=True, db_index=True)
    name = fields.CharField(max_length=120)
    postal_code = fields.CharField(max_length=5, null=True)

    class Meta:
        table = "region"


class City(Model):
    """A city served by this market. Its key is its region's code."""

    code = fields.CharField(max_length=13, primary_key=True)
    name = fields.CharField(max_length=120)
    timezone = fields.CharField(max_length=40)

    class Meta:
        table = "city"

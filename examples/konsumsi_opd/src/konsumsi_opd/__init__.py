"""Meals of departments: a share for groups of small vendors, the rule of a city that does not exist."""

"""Malang's rules for Peken: the monthly minimum per class."""

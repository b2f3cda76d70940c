"""Peken, a GraphQL market for a city: its version, and nothing else."""

__version__ = "0.1.0"

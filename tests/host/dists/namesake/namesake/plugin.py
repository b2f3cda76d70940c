"""Calls itself harbour, as another distribution does."""

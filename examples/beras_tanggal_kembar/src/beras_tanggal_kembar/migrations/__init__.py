"""The migrations of the families."""

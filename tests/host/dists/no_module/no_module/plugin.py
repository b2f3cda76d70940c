"""Its entry point is not a module."""

plugin = object()

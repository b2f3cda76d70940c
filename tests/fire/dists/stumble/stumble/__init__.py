"""A plugin that fails when it is told of certain orders."""

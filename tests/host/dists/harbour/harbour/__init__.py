"""A plugin with no fault."""

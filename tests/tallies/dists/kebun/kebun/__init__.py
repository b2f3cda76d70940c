"""A garden, for the tests of what departments owe."""

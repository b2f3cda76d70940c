"""A pier, for the tests of markets beside each other."""

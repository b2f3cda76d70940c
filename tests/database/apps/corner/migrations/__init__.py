"""A made-up app that stands for the core in these tests."""

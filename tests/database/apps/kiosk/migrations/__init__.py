"""A made-up app that stands for a plugin in these tests: its key points into the other one."""

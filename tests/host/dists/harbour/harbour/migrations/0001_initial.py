"""The first one."""

"""The plugin of docs/hooks.md, without its plugin.py, which the test takes from there."""

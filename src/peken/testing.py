"""The pytest plugin with the `market` fixture, for us and for every city."""

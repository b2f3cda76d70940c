"""The plugin's migrations, in order."""

"""A feature that peken itself ships as a plugin."""

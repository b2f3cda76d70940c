"""A plugin with a fact of its own, a ceiling on delivery, and rules that fail."""

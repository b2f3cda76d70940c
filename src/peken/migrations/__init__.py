"""How the core's tables came to be, in order."""

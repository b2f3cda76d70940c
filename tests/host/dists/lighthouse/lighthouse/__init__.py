"""Another plugin with no fault."""

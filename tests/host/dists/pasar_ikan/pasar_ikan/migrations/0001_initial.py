"""The first one; the test makes the table by itself."""

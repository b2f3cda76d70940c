"""No migration here."""

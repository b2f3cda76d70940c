"""The migrations of the pier."""

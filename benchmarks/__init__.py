"""What is measured, each by one command; no part of the market."""

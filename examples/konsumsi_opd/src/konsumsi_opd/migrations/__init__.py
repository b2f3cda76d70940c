"""The migrations of budgets and groups."""

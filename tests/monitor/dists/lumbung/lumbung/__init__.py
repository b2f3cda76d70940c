"""A foreign city: rice by weight, and a fair."""

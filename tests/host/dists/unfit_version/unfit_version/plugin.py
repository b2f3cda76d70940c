"""Made for another peken."""

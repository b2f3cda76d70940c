"""Does not say which peken it is made for."""

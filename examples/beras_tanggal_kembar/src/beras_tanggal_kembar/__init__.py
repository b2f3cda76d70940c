"""Twin dates: rice for families in need, the rule of a city that does not exist."""

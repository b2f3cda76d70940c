"""Why a document is executed ordinarily."""


class Ordinary(Exception):
    """A selected field does not say how it is read, or says it in a way that cannot be compiled."""


class Unfit(Exception):
    """What was read is not what the graph promises: ordinary execution finds the words for it."""

"""The failures a caller can cause, each with a stable code; knows neither HTTP nor GraphQL."""

from collections.abc import Mapping


class PekenError(Exception):
    """What a caller got wrong, said in a sentence and a code that programs may rely on.

    `message` is the English sentence and, at the same time, the key of its translation; `values` fill its
    `{placeholders}`. `status` is the HTTP status where the whole request fails for it.
    """

    def __init__(self, code: str, message: str, *, status: int = 400, **values: object) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.status = status
        self.values: Mapping[str, object] = values

    def __str__(self) -> str:
        return f"{self.code}: {self.message.format(**self.values)}"

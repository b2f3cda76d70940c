"""The failures a caller can cause, each with a stable code; knows neither HTTP nor GraphQL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


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


@dataclass(frozen=True, slots=True)
class Objection:
    """One reason why something a person wanted was not done.

    `path` leads to the part of the input it speaks of; `lines` are the numbers of a basket's items, where it speaks
    of some, and `subject` names the shop or product whose limit it is. `plugin` and `citation` are there when a city
    objected, None when the market itself did; `rule` when it was by a rule, and `inputs` when it was by free code.
    """

    code: str
    message: str
    values: Mapping[str, object] = field(default_factory=dict)
    path: tuple[str | int, ...] = ()
    rule: str | None = None
    citation: str | None = None
    plugin: str | None = None
    lines: tuple[int, ...] = ()
    subject: str = ""
    inputs: Mapping[str, object] = field(default_factory=dict)


class Refused(Exception):
    """What a person wanted was not done, for these reasons, all of them."""

    def __init__(self, objections: Sequence[Objection]) -> None:
        super().__init__(", ".join(objection.code for objection in objections))
        self.objections = tuple(objections)

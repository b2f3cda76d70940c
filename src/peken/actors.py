"""Who asks: the roles of this market, and the actor that a request carries; knows no token and no table."""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from uuid import UUID


class Role(StrEnum):
    """What a signed-in person may be; one person may be several. Who is not signed in is `public`."""

    PUBLIC = "public"
    BUYER = "buyer"
    VENDOR = "vendor"
    OFFICER = "officer"
    LURAH = "lurah"
    CITY_HALL = "city_hall"
    AUDITOR = "auditor"


@dataclass(frozen=True, slots=True)
class Actor:
    """One who asks, as the token says: an opaque subject, roles, and what the roles are bound to.

    `area` is the code of the region a lurah or camat answers for.
    """

    subject: str = ""
    roles: frozenset[Role] = frozenset({Role.PUBLIC})
    city: str = ""
    buyer: UUID | None = None
    vendor: UUID | None = None
    department: UUID | None = None
    area: str = ""

    def has(self, *roles: Role) -> bool:
        """Whether the actor has one of the roles."""
        return not self.roles.isdisjoint(roles)

    @property
    def signed_in(self) -> bool:
        """Whether anybody is known to ask."""
        return bool(self.subject)

    @property
    def leading_role(self) -> Role:
        """The role under which an act is recorded."""
        return _leading(self.roles)


@lru_cache(maxsize=256)
def _leading(roles: frozenset[Role]) -> Role:
    return next((role for role in reversed(Role) if role in roles), Role.PUBLIC)


PUBLIC = Actor()

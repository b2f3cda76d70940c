"""Who may select which field, judged once per document and never per row; knows no request and no row."""

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema
from strawberry.schema.schema_converter import GraphQLCoreConverter

from peken.errors import PekenError


class Asker(Protocol):
    """Who asks: the roles held, and whether anybody is signed in at all."""

    @property
    def roles(self) -> frozenset[str]: ...

    @property
    def signed_in(self) -> bool: ...


RolesOf = Callable[[str, str], frozenset[str] | None]
Requirement = tuple[str, frozenset[str]]


def roles_of(
    schema: GraphQLSchema,
    type_name: str,
    field_name: str,
    types: Mapping[str, frozenset[str]] | None = None,
) -> frozenset[str] | None:
    """The roles of which an asker needs one to select a field; None when everybody may.

    The nearest statement wins: `metadata={"roles": ...}` of the field, then its entry in `types`
    ("Type.field"), then that of its type ("Type"). Introspection is no field of a type.
    A field of an interface about which neither says anything needs what every implementation of it needs:
    of two different demands only what satisfies both is left.
    """
    registry = types or {}
    found = schema.get_type(type_name)
    own = _stated(found, field_name, registry)
    if own is not None or not isinstance(found, GraphQLInterfaceType):
        return own
    stated = [
        roles
        for implementation in schema.get_possible_types(found)
        if (roles := _stated(implementation, field_name, registry)) is not None
    ]
    return frozenset.intersection(*stated) if stated else None


def _stated(found: object, field_name: str, registry: Mapping[str, frozenset[str]]) -> frozenset[str] | None:
    if not isinstance(found, GraphQLObjectType | GraphQLInterfaceType) or field_name.startswith("__"):
        return None
    field = found.fields.get(field_name)
    written = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF) if field else None
    roles = written.metadata.get("roles") if written else None
    if roles is not None:
        return frozenset(roles)
    return registry.get(f"{found.name}.{field_name}", registry.get(found.name))


def requirements(fields: Iterable[tuple[str, str]], roles: RolesOf) -> tuple[Requirement, ...]:
    """The fields among these that not everybody may select, each with the roles that may."""
    demands = ((f"{type_name}.{field}", roles(type_name, field)) for type_name, field in sorted(fields))
    return tuple((name, needed) for name, needed in demands if needed is not None)


def admit(asker: Asker, needed: Iterable[Requirement]) -> None:
    """Raise for the first field the asker may not select: `unauthenticated`, or `forbidden` if signed in."""
    held = asker.roles
    for field, roles in needed:
        if held.isdisjoint(roles):
            raise _denial(field, signed_in=asker.signed_in)


def _denial(field: str, *, signed_in: bool) -> PekenError:
    if signed_in:
        return PekenError("forbidden", "Your role may not ask for {field}.", status=403, field=field)
    return PekenError("unauthenticated", "Sign in to ask for {field}.", status=401, field=field)

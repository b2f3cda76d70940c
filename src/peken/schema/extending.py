"""A schema whose types gain fields from plugins; knows no type by name, and leaves the classes as they are.

Strawberry keeps one definition for each class in the process. Two markets with different plugins share these,
so every schema here works on copies of the fields and changes only what it alone owns.
"""

import copy
import inspect
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import strawberry
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType
from strawberry.exceptions import DuplicatedTypeName
from strawberry.types.base import StrawberryObjectDefinition, get_object_definition
from strawberry.types.field import StrawberryField

from peken import hookspecs
from peken.hooks import Fault, Hooks, Plugin, PluginFaults
from peken.hookspecs import TypeExtension

__all__ = ["CORE", "OWNER", "ROLES", "ExtensibleSchema"]

OWNER = "owner"
"""Key in a field's metadata: the name of the plugin it came with; a field of the core has none."""
ROLES = "roles"
"""Key in a field's metadata: the roles that may read or call it."""
CORE = "peken"
"""The owner named in a fault for what no plugin owns."""


class ExtensibleSchema(strawberry.Schema):
    """A Strawberry schema of one market, with the fields and types of its plugins.

    A field or type without a description is described by its docstring. Raises `PluginFaults` when two owners
    claim one field or type, and when a plugin names a type or field that is not there.
    """

    def __init__(
        self,
        *,
        hooks: Hooks,
        query: type,
        mutation: type | None = None,
        subscription: type | None = None,
        types: Iterable[Any] = (),
        **options: Any,
    ) -> None:
        self._plugins = hooks.plugins
        self._extensions = [
            (plugin, extension) for plugin, given in hooks.give(hookspecs.type_extensions) for extension in given
        ]
        self._roles = {
            (plugin.name, path): roles
            for plugin, given in hooks.give(hookspecs.permissions)
            for path, roles in given.items()
        }
        self._faults: list[Fault] = list(_resolver_faults(self._extensions))
        self._fields: dict[str, list[StrawberryField]] = {}
        self._governed: set[tuple[str, str]] = set()
        own_types = [type_ for _, given in hooks.give(hookspecs.types) for type_ in given]
        try:
            super().__init__(query, mutation, subscription, types=[*types, *own_types], **options)
        except DuplicatedTypeName as error:
            self._two_owners(error)
            raise PluginFaults(self._faults) from error
        self._faults.extend(self._absences())
        if self._faults:
            raise PluginFaults(list(dict.fromkeys(self._faults)))
        self._describe_types()

    def get_fields(self, type_definition: StrawberryObjectDefinition) -> list[StrawberryField]:
        """The type's fields in this schema: copies, with those of the plugins after its own."""
        # One set of copies for each type: the graph and get_field_for_type must show the same objects.
        type_name = self.config.name_converter.from_type(type_definition)
        if type_name not in self._fields:
            self._fields[type_name] = self._assemble(type_name, type_definition)
        return self._fields[type_name]

    def get_field_for_type(self, field_name: str, type_name: str) -> StrawberryField | None:
        """The field of that name in the graph, whoever owns it."""
        definition = self.get_type_by_name(type_name)
        if not isinstance(definition, StrawberryObjectDefinition):
            return None
        return next((field for field in self.get_fields(definition) if self._graph_name(field) == field_name), None)

    def _assemble(self, type_name: str, definition: StrawberryObjectDefinition) -> list[StrawberryField]:
        owner = self._owner_of(definition.origin)
        fields = [self._copy(field, owner, type_name) for field in definition.fields]
        if definition.is_input:
            return fields
        owners = {self._graph_name(field): owner for field in fields}
        # What is added to an interface must stand on everything that implements it.
        names = {type_name, *map(self.config.name_converter.from_type, definition.interfaces)}
        for plugin, extension in self._extensions:
            if extension.type_name not in names:
                continue
            for field in _fields_of(extension):
                name = self._graph_name(field)
                if name in owners:
                    self._fault(plugin.name, f"{type_name}.{name} already belongs to {owners[name]}")
                    continue
                owners[name] = plugin.name
                fields.append(self._copy(field, plugin.name, extension.type_name))
        return fields

    def _copy(self, field: StrawberryField, owner: str, type_name: str) -> StrawberryField:
        copied = copy.copy(field)
        if copied.description is None and copied.base_resolver is not None:
            copied.description = inspect.getdoc(copied.base_resolver.wrapped_func)
        if owner == CORE:
            return copied
        path = f"{type_name}.{self._graph_name(field)}"
        metadata = {**field.metadata, OWNER: owner}
        if (owner, path) in self._roles:
            self._governed.add((owner, path))
            metadata[ROLES] = self._roles[owner, path]
        copied.metadata = MappingProxyType(metadata)
        return copied

    def _graph_name(self, field: StrawberryField) -> str:
        return self.config.name_converter.get_graphql_name(field)

    def _owner_of(self, class_: type | None) -> str:
        home = getattr(class_, "__module__", "")
        for plugin in self._plugins:
            package = plugin.module.__package__ or plugin.module.__name__
            if home == package or home.startswith(f"{package}."):
                return plugin.name
        return CORE

    def _two_owners(self, error: DuplicatedTypeName) -> None:
        owners = [self._owner_of(error.first_cls), self._owner_of(error.second_cls)]
        guilty = next((owner for owner in owners if owner != CORE), None)
        if guilty is None:
            raise error
        name = getattr(error.first_cls, "__name__", "")
        self._fault(guilty, f"type {name} has two owners: {' and '.join(sorted(owners))}")

    def _absences(self) -> Iterator[Fault]:
        there = self._schema.type_map
        for plugin, extension in self._extensions:
            name = extension.type_name
            if name not in there:
                yield Fault(plugin.name, f"extends {name}, which is not there")
            elif not isinstance(there[name], GraphQLObjectType | GraphQLInterfaceType):
                yield Fault(plugin.name, f"extends {name}, but only types and interfaces can be extended")
        for owner, path in self._roles:
            if (owner, path) not in self._governed:
                yield Fault(owner, f"permissions names {path}, which is not a field of its own")

    def _fault(self, plugin: str, says: str) -> None:
        self._faults.append(Fault(plugin, says))

    def _describe_types(self) -> None:
        # The graph's type objects are made anew for each schema: nothing of this reaches the classes.
        for graph_type in self._schema.type_map.values():
            if isinstance(
                graph_type,
                GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType | GraphQLEnumType,
            ):
                graph_type.description = graph_type.description or _docstring(graph_type.extensions)


def _fields_of(extension: TypeExtension) -> list[StrawberryField]:
    definition = get_object_definition(extension.fields_from)
    return definition.fields if definition else []


def _resolver_faults(extensions: Iterable[tuple[Plugin, TypeExtension]]) -> Iterator[Fault]:
    for plugin, extension in extensions:
        if not _fields_of(extension):
            yield Fault(plugin.name, f"{extension.fields_from.__name__} has no Strawberry fields")
        for field in _fields_of(extension):
            where = f"{extension.fields_from.__name__}.{field.python_name}"
            if field.base_resolver is None:
                yield Fault(plugin.name, f"{where} has no resolver, and its parent no such attribute")
            elif field.base_resolver.self_parameter is not None:
                yield Fault(plugin.name, f"{where} calls its parent self, which it is not: name it root")


def _docstring(extensions: Mapping[str, Any]) -> str | None:
    """The docstring of the class behind a type of the graph, unless a dataclass made it up."""
    definition = extensions.get("strawberry-definition")
    class_ = getattr(definition, "origin", None) or getattr(definition, "wrapped_cls", None)
    if not isinstance(class_, type):
        return None
    # Of the class itself: what it inherits speaks of something else.
    said = class_.__dict__.get("__doc__")
    return None if said is None or said.startswith(f"{class_.__name__}(") else inspect.cleandoc(said)

"""From the selections of a document to levels, by what each field says of how it is read; runs nothing."""

from collections.abc import Iterator, Sequence
from functools import lru_cache, partial
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    OperationDefinitionNode,
    is_leaf_type,
)
from graphql.execution.collect_fields import FragmentDetails, collect_fields, collect_subfields
from graphql.execution.values import VariableValues
from strawberry.types.field import StrawberryField

from peken.plans.declared import Computed, Listed, Loaded, Performed
from peken.plans.errors import Ordinary
from peken.plans.fetching import Found, FoundRows, Given
from peken.plans.graph import nullability, origin_of, written_of
from peken.plans.levels import (
    Completion,
    Level,
    ObjectView,
    RowView,
    View,
    completed,
    of_leaves,
    of_lists,
)
from peken.plans.lists import Connections, Page
from peken.plans.paging import Connection
from peken.plans.resolving import Act, Awaited
from peken.plans.rows import READ, Keyed, Rows
from peken.plans.running import Arguments, Run
from peken.plans.statements import Select
from peken.plans.values import required

Details = Sequence[Any]


class Selecting:
    """Writes the levels of one operation. Raises Ordinary where a field does not say how it is read."""

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        variables: VariableValues,
        dialect: str,
    ) -> None:
        self.schema = schema
        self.operation = operation
        self.variables = variables
        self.dialect = dialect
        self.fragments = {
            each.name.value: FragmentDetails(each)
            for each in document.definitions
            if isinstance(each, FragmentDefinitionNode)
        }

    def root(self) -> Level:
        """The level of the operation itself: its only parent is None."""
        type_ = self.schema.get_root_type(self.operation.operation)
        assert type_ is not None
        found = collect_fields(self.schema, self.fragments, self.variables, type_, self.operation)
        level = Level()
        level.each = self._dict(level, ObjectView(level.code), type_, found.grouped_field_set.items())
        return level

    def below(self, type_: GraphQLObjectType, details: Details) -> Iterator[tuple[str, Details]]:
        """The fields that are selected of a type, in the order in which they are answered."""
        found = collect_subfields(self.schema, self.fragments, self.variables, self.operation, type_, list(details))
        yield from found.grouped_field_set.items()

    def selected(self, level: Level, view: View, type_: GraphQLObjectType, details: Details) -> str:
        """The dict of a selection, in generated code."""
        return self._dict(level, view, type_, self.below(type_, details))

    def _dict(self, level: Level, view: View, type_: GraphQLObjectType, fields: Any) -> str:
        parts = [f"{name!r}: {self._field(level, view, type_, details)}" for name, details in fields]
        return "{" + ", ".join(parts) + "}"

    def _field(self, level: Level, view: View, type_: GraphQLObjectType, details: Details) -> str:
        name = details[0].node.name.value
        if name == "__typename":
            return repr(type_.name)
        definition = type_.fields.get(name)
        if definition is None:
            raise Ordinary(f"{name} is answered by the schema itself")
        written = written_of(definition)
        read = written.metadata.get(READ)
        if isinstance(read, Loaded):
            return self._loaded(level, view, definition, written, read, details)
        if isinstance(read, Listed):
            return self._listed(level, view, definition, written, read, details)
        if isinstance(read, Performed):
            calls = self._calls(definition, written, details)
            act = Act(_response_name(details), calls, self.completion(definition.type, details))
            return level.child(act, view.parent(()), view)
        if type_ is self.schema.mutation_type:
            raise Ordinary(f"{name} is executed")
        if written.base_resolver is not None:
            return self._resolved(level, view, type_.name, definition, written, details)
        return self._attribute(level, view, written.python_name, definition, details)

    def _attribute(self, level: Level, view: View, attribute: str, definition: GraphQLField, details: Details) -> str:
        type_, nullable = nullability(definition.type)
        if is_leaf_type(type_):
            return view.leaf(attribute, type_, nullable=nullable)
        return level.child(Given(self.completion(definition.type, details)), view.python(attribute), view)

    def _resolved(
        self,
        level: Level,
        view: View,
        type_name: str,
        definition: GraphQLField,
        written: StrawberryField,
        details: Details,
    ) -> str:
        """A field whose own resolver is called for each parent; it gets all of it unless it says what it needs."""
        resolver, read = written.base_resolver, written.metadata.get(READ)
        assert resolver is not None
        if isinstance(read, Computed) and read.direct is not None:
            values = ", ".join(view.key(each)[0] for each in read.attributes)
            return f"{level.code.name(read.direct(type_name))}({values})"
        parent = view.parent(read.attributes if isinstance(read, Computed) else None)
        calls = self._calls(definition, written, details)
        if resolver.is_async:
            return level.child(Awaited(calls, self.completion(definition.type, details)), parent, view)
        called = f"c{len(level.code.heads)}"
        level.code.heads[called] = f"{level.code.name(calls)}(run)"
        text = f"{called}({parent})"
        type_, nullable = nullability(definition.type)
        if is_leaf_type(type_):
            return completed(level.code, text, type_, nullable=nullable)
        return level.child(Given(self.completion(definition.type, details)), text, view)

    def _calls(self, definition: GraphQLField, written: StrawberryField, details: Details) -> Any:
        """A function that gives for a run the function of a parent that a resolver is."""
        resolver = written.base_resolver
        assert resolver is not None
        arguments = self.arguments(definition, written, details)
        function: Any = resolver.wrapped_func
        info = resolver.info_parameter
        named = resolver.parent_parameter or resolver.root_parameter
        if resolver.self_parameter is not None and info is None and arguments.none:
            return lambda run: function

        def calls(run: Run) -> Any:
            # Nobody may find in a list or an input what another call has put there.
            alike = arguments.anew(run) if arguments.plain else None
            more = {} if info is None else {info.name: run.info}

            def call(parent: Any) -> Any:
                given = arguments.anew(run) if alike is None else alike
                if resolver.self_parameter is not None:
                    return function(parent, **given, **more)
                if named is not None:
                    return function(**given, **more, **{named.name: parent})
                return function(**given, **more)

            return call

        return calls

    def arguments(
        self, definition: GraphQLField, written: StrawberryField, details: Details, *, paged: bool = False
    ) -> Arguments:
        """The arguments of a selected field."""
        schema: Any = getattr(self.schema, "_strawberry_schema", None)
        return Arguments(definition, details[0].node, written, schema, self.variables, paged=paged)

    def _loaded(
        self,
        level: Level,
        view: View,
        definition: GraphQLField,
        written: StrawberryField,
        read: Loaded,
        details: Details,
    ) -> str:
        load = read.load()
        type_, nullable = nullability(definition.type)
        rows = isinstance(load, Keyed)
        if not read.key:
            key, raw = self._key_of_arguments(level, definition, written, read, details), False
        elif read.by is None and len(read.key) == 1 and rows:
            key, raw = view.key(read.key[0])
        else:
            key, raw = ", ".join(view.python(each) for each in read.key), False
            key = key if len(read.key) == 1 else f"({key})"
            key = key if read.by is None else f"{level.code.name(read.by)}({key})"
        if not isinstance(load, Keyed):
            return level.child(Found(load, self.completion(definition.type, details)), key, view)
        if isinstance(view, RowView) and read.by is None and len(read.key) == 1:
            path = joined(view, read.key[0], load)
            if path is not None and isinstance(type_, GraphQLObjectType):
                return self._joined(level, view, path, load.rows, type_, details, nullable=nullable)
        return level.child(self._found_rows(definition, load, details, raw=raw), key, view)

    def _key_of_arguments(
        self, level: Level, definition: GraphQLField, written: StrawberryField, read: Loaded, details: Details
    ) -> str:
        arguments, by = self.arguments(definition, written, details), read.by
        assert by is not None
        called = f"c{len(level.code.heads)}"
        level.code.heads[called] = f"{level.code.name(lambda run: by(**arguments.of(run).own))}(run)"
        return called

    def _joined(
        self,
        level: Level,
        view: RowView,
        path: str,
        rows: Rows[Any],
        type_: GraphQLObjectType,
        details: Details,
        *,
        nullable: bool,
    ) -> str:
        inner = RowView(level.code, rows, view.select, self.dialect, path)
        text = inner.guarded(self.selected(level, inner, type_, details))
        return text if nullable else f"{level.code.name(required)}({text})"

    def _found_rows(self, definition: GraphQLField, load: Keyed[Any], details: Details, *, raw: bool) -> FoundRows:
        type_, nullable = nullability(definition.type)
        if load.order is not None:
            if not isinstance(type_, GraphQLList):
                raise Ordinary("many rows for one")
            type_, _ = nullability(type_.of_type)
        if not isinstance(type_, GraphQLObjectType) or origin_of(type_) is not load.rows.type:
            raise Ordinary("rows of another type")
        level = Level(Select(load.rows.model))
        assert level.select is not None
        view = RowView(level.code, load.rows, level.select, self.dialect)
        level.each = self.selected(level, view, type_, details)
        # Seldom wanted, so not written before it is.
        objects = lru_cache(maxsize=1)(partial(self.completion, definition.type, details))
        return FoundRows(load, level, objects, raw=raw, nullable=nullable)

    def _listed(
        self,
        level: Level,
        view: View,
        definition: GraphQLField,
        written: StrawberryField,
        read: Listed,
        details: Details,
    ) -> str:
        type_, _ = nullability(definition.type)
        if not isinstance(type_, GraphQLObjectType) or origin_of(type_) is not Connection:
            raise Ordinary("a list that is no connection")
        page = Page.selected(self, type_, details)
        key, raw = ("None", True) if read.key is None else view.key(read.key)
        child = Connections(read, self.arguments(definition, written, details, paged=True), page, raw=raw)
        return level.child(child, key, view)

    def completion(self, type_: Any, details: Details) -> Completion:
        """How values of Python become what the graph shows of them."""
        inner, nullable = nullability(type_)
        if isinstance(inner, GraphQLList):
            return Completion(of_lists(self.completion(inner.of_type, details)), nullable=nullable)
        if is_leaf_type(inner):
            return Completion(of_leaves(inner), nullable=nullable)
        if isinstance(inner, GraphQLObjectType):
            return Completion(self.objects(inner, details).dicts, nullable=nullable)
        return Completion(self._abstract(inner, details), nullable=nullable)

    def objects(self, type_: GraphQLObjectType, details: Details) -> Level:
        """The level of objects of a type."""
        level = Level()
        level.each = self.selected(level, ObjectView(level.code), type_, details)
        return level

    def _abstract(self, type_: GraphQLInterfaceType | GraphQLUnionType, details: Details) -> Any:
        levels: dict[object, Level | None] = {}
        for possible in self.schema.get_possible_types(type_):
            try:
                levels[origin_of(possible)] = self.objects(possible, details)
            except Ordinary:
                levels[origin_of(possible)] = None
        if not any(levels.values()):
            raise Ordinary(f"nothing that is a {type_.name} says how it is read")

        async def finish(run: Run, values: Sequence[Any]) -> Sequence[Any]:
            done: list[Any] = [None] * len(values)
            for kind in {type(value) for value in values}:
                level = levels.get(kind)
                if level is None:
                    raise Ordinary(f"{kind.__name__} is answered ordinarily")
                where = [number for number, value in enumerate(values) if type(value) is kind]
                for number, made in zip(where, await level.dicts(run, [values[n] for n in where]), strict=True):
                    done[number] = made
            return done

        return finish


def _response_name(details: Details) -> str:
    node = details[0].node
    name: str = (node.alias or node.name).value
    return name


def joined(view: RowView, attribute: str, load: Keyed[Any]) -> str | None:
    """The path by which a key leads to the rows of a loader within the statement, if it does."""
    path = view.column(attribute)
    if path is None or load.order is not None or load.scope is not None:
        return None
    key = view.select.field(path)
    relation: Any = getattr(key, "reference", None)
    if relation is None or relation.related_model is not load.rows.model:
        return None
    if relation.to_field_instance.model_field_name != load.column:
        return None
    return f"{view.prefix}{relation.model_field_name}__"

"""From a document's text to an operation ready to run, remembered while it is in use; knows no actor."""

from collections import OrderedDict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from graphql import (
    DocumentNode,
    ExecutableDefinitionNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    MaxIntrospectionDepthRule,
    OperationDefinitionNode,
    parse,
    specified_rules,
    validate,
)
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from peken.errors import PekenError
from peken.http.analysis import Analysis, analyse, largest_value, repeated_pairs, whole
from peken.http.limits import Limits, exceeded, refuse_above

_RULES = (
    *specified_rules,
    MaxIntrospectionDepthRule,
    MaybeNullValidationRule,
    OneOfInputValidationRule,
)


_SIZES: Final = 100
"""How many analyses of a document are kept, each for other sizes of pages."""


class InvalidDocument(Exception):
    """A document that does not parse, or that the schema does not know; `errors` say where."""

    def __init__(self, errors: Sequence[GraphQLError]) -> None:
        super().__init__("invalid document")
        self.errors = list(errors)


@dataclass(frozen=True, eq=False, slots=True, weakref_slot=True)
class Prepared:
    """A valid document, the operation chosen from it, and what that operation asks for.

    What others make of it they keep by itself, and only as long as it is kept.
    """

    text: str
    document: DocumentNode
    operation: OperationDefinitionNode
    analysis: Analysis
    kind: str
    paged: dict[Hashable, Analysis] = field(default_factory=dict)
    """What it asks for with other sizes of pages than those of `analysis`, by what its page variables come to."""


class Documents:
    """The documents of one schema. Opening one that is in use costs a look-up.

    Kept are at most `entries` documents of together at most `characters`, the last used first; a tree takes
    some hundred times the memory of its text. What was refused is not kept.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        limits: Limits,
        *,
        suggestions: bool = False,
        entries: int = 1_000,
        characters: int = 400_000,
    ) -> None:
        self.schema = schema
        self.limits = limits
        self.suggestions = suggestions
        self._entries = entries
        self._characters = characters
        self._held = 0
        self._kept: OrderedDict[tuple[str, str | None], Prepared] = OrderedDict()

    def open(self, text: str, operation_name: str | None) -> Prepared:
        """Parse, weigh and validate; raises PekenError or InvalidDocument.

        Weighing comes before validation, because the work of validation is not linear.
        """
        kept = self.kept(text, operation_name)
        if kept is not None:
            return kept
        document = self._parse(text)
        self._check_shape(document)
        operation = choose(document, operation_name)
        analysis = self._weigh(document, operation)
        prepared = Prepared(text, document, operation, analysis, operation.operation.value)
        self._validate(document)
        self._keep((text, operation_name), prepared)
        return prepared

    def kept(self, text: str, operation_name: str | None) -> Prepared | None:
        """What opening gave, if the document is in use."""
        key = (text, operation_name)
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
        return kept

    def weigh(self, prepared: Prepared, variables: Mapping[str, Any] | None) -> Analysis:
        """The analysis for these variables; a new pass only when a page has a size that it had not yet."""
        names = prepared.analysis.page_variables
        if not names:
            return prepared.analysis
        given = variables or {}
        sizes = tuple((name in given, whole(given.get(name))) for name in names)
        found = prepared.paged.get(sizes)
        if found is None:
            found = self._weigh(prepared.document, prepared.operation, given)
            if len(prepared.paged) < _SIZES:
                prepared.paged[sizes] = found
        return found

    def _weigh(
        self,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        variables: Mapping[str, Any] | None = None,
    ) -> Analysis:
        return analyse(self.schema, document, operation, self.limits, variables)

    def _parse(self, text: str) -> DocumentNode:
        limits = self.limits
        if len(text) > limits.characters:
            raise exceeded("document_too_long", limits.characters)
        try:
            return parse(text, max_tokens=limits.tokens)
        except GraphQLSyntaxError as error:
            if "nested too deeply" in error.message:
                raise exceeded("too_deep", limits.depth) from None
            if f"more than {limits.tokens} tokens" in error.message:
                raise exceeded("too_many_tokens", limits.tokens) from None
            raise InvalidDocument([error]) from None

    def _check_shape(self, document: DocumentNode) -> None:
        operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
        fragments = [d for d in document.definitions if isinstance(d, FragmentDefinitionNode)]
        others = [d for d in document.definitions if not isinstance(d, ExecutableDefinitionNode)]
        if others:
            # One fault, found before validation would list each of them.
            raise InvalidDocument([GraphQLError("A document to execute defines no types.", others[:1])])
        refuse_above("too_many_operations", len(operations), self.limits.operations)
        refuse_above("too_many_fragments", len(fragments), self.limits.fragments)
        pairs = repeated_pairs(d.selection_set for d in (*operations, *fragments))
        refuse_above("too_many_repeats", pairs, self.limits.repeats)
        refuse_above("too_many_values", largest_value(document), self.limits.values)

    def _validate(self, document: DocumentNode) -> None:
        errors = validate(self.schema, document, _RULES, max_errors=10, hide_suggestions=not self.suggestions)
        if errors:
            raise InvalidDocument(errors)

    def _keep(self, key: tuple[str, str | None], prepared: Prepared) -> None:
        self._kept[key] = prepared
        self._held += len(prepared.text)
        while len(self._kept) > self._entries or self._held > self._characters:
            _, dropped = self._kept.popitem(last=False)
            self._held -= len(dropped.text)


def choose(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    """The operation called `name`, or the only one there is."""
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    if name is not None:
        named = [o for o in operations if o.name and o.name.value == name]
        return _only(named, "operation_unknown", "The document holds no operation of that name.")
    if len(operations) > 1:
        raise PekenError(
            "operation_name_needed", "The document holds several operations: say which with operationName."
        )
    return _only(operations, "operation_unknown", "The document holds no operation.")


def _only(found: Sequence[OperationDefinitionNode], code: str, message: str) -> OperationDefinitionNode:
    # Two operations of one name are for validation to refuse: take the first here.
    if not found:
        raise PekenError(code, message)
    return found[0]

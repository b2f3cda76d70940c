"""Makes a document smaller as long as something still holds of it."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from typing import Any, Final

from graphql import (
    REMOVE,
    ArgumentNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    parse,
    print_ast,
    visit,
)
from tests.plans.differential.writing import Question

_REMOVABLE: Final = (FieldNode, InlineFragmentNode, FragmentSpreadNode, DirectiveNode, ArgumentNode)


async def minimised(question: Question, holds: Callable[[Question], Awaitable[bool]]) -> Question:
    """The smallest question of which it still `holds`, as far as leaving out one part after the other leads."""
    smaller = True
    while smaller:
        smaller = False
        for candidate in _candidates(question):
            # A part that was emptied before is what it was.
            if candidate != question and await holds(candidate):
                question, smaller = candidate, True
                break
    return question


def _candidates(question: Question) -> Iterator[Question]:
    """The question without one of its parts, the large ones first."""
    document = parse(question.text)
    parts: list[Node] = []

    class Listing(Visitor):
        def enter(self, node: Node, *_: Any) -> None:
            if isinstance(node, _REMOVABLE) or (
                isinstance(node, OperationDefinitionNode) and node.name and node.name.value != question.operation
            ):
                parts.append(node)

    visit(document, Listing())
    for part in parts:
        if (found := _swept(_without(document, part))) is not None:
            yield replace(question, text=print_ast(found))
    for part in parts:
        if isinstance(part, FieldNode | InlineFragmentNode) and part.selection_set:
            yield replace(question, text=print_ast(_swept(_only_typename(document, part)) or document))
    for name in question.variables:
        yield replace(question, variables={each: value for each, value in question.variables.items() if each != name})


def _without(document: DocumentNode, part: Node) -> DocumentNode:
    class Leaving(Visitor):
        def enter(self, node: Node, *_: Any) -> Any:
            return REMOVE if node is part else None

    found: DocumentNode = visit(document, Leaving())
    return found


def _only_typename(document: DocumentNode, part: Node) -> DocumentNode:
    inner = parse("{ __typename }").definitions[0]
    assert isinstance(inner, OperationDefinitionNode)
    wanted = inner.selection_set

    class Emptying(Visitor):
        def enter(self, node: Node, _key: Any, parent: Any, *_: Any) -> Any:
            return wanted if isinstance(node, SelectionSetNode) and parent is part else None

    found: DocumentNode = visit(document, Emptying())
    return document if found == document else found


def _swept(document: DocumentNode) -> DocumentNode | None:
    """Without empty selections, and without fragments and variables that nothing uses; None if nothing is left."""
    using = _Using()
    visit(document, using)
    swept: DocumentNode = visit(document, _Sweeping(using))
    known = {each.name.value for each in swept.definitions if isinstance(each, FragmentDefinitionNode)}
    if using.fragments - known or not any(isinstance(each, OperationDefinitionNode) for each in swept.definitions):
        return None
    return swept if swept == document else _swept(swept)


class _Using(Visitor):
    """Takes down which fragments and variables are used."""

    def __init__(self) -> None:
        super().__init__()
        self.fragments: set[str] = set()
        self.variables: set[str] = set()

    def enter(self, node: Node, _key: Any, parent: Any, *_: Any) -> None:
        if isinstance(node, FragmentSpreadNode):
            self.fragments.add(node.name.value)
        if isinstance(node, VariableNode) and not isinstance(parent, VariableDefinitionNode):
            self.variables.add(node.name.value)


class _Sweeping(Visitor):
    """Leaves out what is empty or not used."""

    def __init__(self, using: _Using) -> None:
        super().__init__()
        self.using = using

    def leave(self, node: Node, *_: Any) -> Any:
        selections = getattr(node, "selection_set", None)
        empty = selections is not None and not selections.selections
        unused = (isinstance(node, FragmentDefinitionNode) and node.name.value not in self.using.fragments) or (
            isinstance(node, VariableDefinitionNode) and node.variable.name.value not in self.using.variables
        )
        return REMOVE if empty or unused else None

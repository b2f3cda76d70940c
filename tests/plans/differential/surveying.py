"""What each caller may know beforehand: everything it is answered when it asks for as much as it may."""

from collections.abc import Iterator

import orjson
from graphql import GraphQLField, get_named_type, is_abstract_type, is_composite_type, is_required_argument
from tests.plans.differential.book import Book
from tests.plans.differential.market import Caller, Twins, asked
from tests.plans.differential.values import Values
from tests.plans.differential.writing import Question

DEPTH = 3
"""How deep it asks."""
ROWS = 12
"""Of how many rows."""


async def surveyed(twins: Twins, caller: Caller, book: Book) -> Values:
    """The ids, cursors and codes that a caller can find out."""
    values = Values()
    for source, text in _questions(book, values):
        reply = await asked(twins.ordinary, Question(text, {}, None, frozenset()), caller)
        values.learn(orjson.loads(reply.body).get("data"), source)
    return values


def _questions(book: Book, values: Values) -> Iterator[tuple[str, str]]:
    """Documents, and of which list the cursors in their answers are."""
    late = []
    for name, definition in book.fields("Query").items():
        if any(is_required_argument(argument) for argument in definition.args.values()):
            late.append(name)
        else:
            yield from _lists(book, name, definition)
    if "obligationMonitor" in late:
        for rule in values.pool("ObligationRule.code"):
            yield from _standings(book, rule)


def _lists(book: Book, name: str, definition: GraphQLField) -> Iterator[tuple[str, str]]:
    returned = get_named_type(definition.type)
    if "first" not in definition.args:
        inside = _everything(book, returned.name, (returned.name,)) if is_composite_type(returned) else ""
        yield "", f"{{ {name} {inside} }}"
        return
    item = get_named_type(book.fields(returned.name)["nodes"].type).name
    for sort, given in _sorts(definition):
        inside = _everything(book, item, ()) if sort is None else "{ __typename }"
        yield f"{returned.name} {sort}", f"{{ {name}(first: {ROWS}{given}) {{ edges {{ cursor node {inside} }} }} }}"


def _standings(book: Book, rule: str) -> Iterator[tuple[str, str]]:
    definition = book.fields("ObligationMonitor")["standings"]
    for sort, given in _sorts(definition):
        page = f"standings(first: {ROWS}{given}) {{ edges {{ cursor }} }}"
        yield f"{get_named_type(definition.type).name} {sort}", f'{{ obligationMonitor(rule: "{rule}") {{ {page} }} }}'


def _sorts(definition: GraphQLField) -> Iterator[tuple[str | None, str]]:
    """Each order there is, and how it is asked for; first the one that nobody has to ask for."""
    yield None, ""
    if "sort" in definition.args:
        for each in getattr(get_named_type(definition.args["sort"].type), "values", ()):
            yield each, f", sort: {each}"


def _everything(book: Book, type_name: str, above: tuple[str, ...]) -> str:
    """All that can be selected of a type without arguments, nothing inside itself."""
    parts = ["__typename"]
    for name, definition in book.fields(type_name).items():
        target = get_named_type(definition.type)
        if "first" in definition.args or any(is_required_argument(each) for each in definition.args.values()):
            continue
        if not is_composite_type(target):
            parts.append(name)
        elif not is_abstract_type(target) and target.name not in above and len(above) < DEPTH:
            parts.append(f"{name} {_everything(book, target.name, (*above, type_name))}")
    return "{ " + " ".join(parts) + " }"

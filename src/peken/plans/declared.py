"""How the fields of a type say that they are read: once, for ordinary resolvers and for compiled reads alike.

An *attribute* is what an object of the type has in Python, and comes from columns of its row. A *field* of the graph is
an attribute, or is computed from attributes, or is loaded or listed by one. What a field says stands in its metadata.
"""

import dataclasses
import inspect
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import wraps
from operator import attrgetter
from typing import Any, Protocol

import strawberry
from strawberry.types import Info

from peken.plans.paging import Listing, Pages, Question, Window, connect
from peken.plans.rows import READ, Column
from peken.plans.running import context_alone

Metadata = Mapping[str, Any]


class Asking(Protocol):
    """What a context has to offer."""

    @property
    def page(self) -> int:
        """The most items that a page may have."""

    async def load(self, load: Any, key: Any) -> Any:
        """One of what `load(context, keys)` gives for many keys at once."""

    def known(self, load: Any) -> Mapping[Any, Any]:
        """By key, what a loader would find, where that is known without asking it."""

    settled: dict[str, Any]
    """What came of fields that changed something, by their name in the answer. Empty at first."""

    async def records(self, sql: str, params: Sequence[Any]) -> Sequence[Any]:
        """The rows of a SELECT in the words of the engine, to be read by position."""


@dataclasses.dataclass(frozen=True, slots=True)
class Computed:
    """A field whose resolver waits for nothing, and looks at these attributes only."""

    attributes: tuple[str, ...]
    direct: Callable[[str], Callable[..., Any]] | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Loaded:
    """A field that is found by a key: an attribute, what `by` makes of it, or what `by` makes of the arguments."""

    load: Callable[[], Any]
    key: tuple[str, ...]
    by: Callable[..., Any] | None


@dataclasses.dataclass(frozen=True, slots=True)
class Performed:
    """A field that changes something."""


@dataclasses.dataclass(frozen=True, slots=True)
class Listed:
    """A connection. `ask(context, ...)` says of which rows; `parent` is the column by which these belong to a key."""

    ask: Callable[..., Listing]
    viewpoint: Callable[[Any], Hashable]
    key: str | None = None
    parent: str | None = None
    pages: Pages | None = None


def column(*names: str, made: Callable[..., Any] | None = None, **options: Any) -> Any:
    """A field that is an attribute from the columns `names`, one without names from the column called like it.

    `made` makes its value of theirs, which it gets as Python has them. `options` are those of `strawberry.field`.
    """
    return strawberry.field(metadata={READ: Column(names, made)}, **options)


def private(*names: str, made: Callable[..., Any] | None = None) -> Any:
    """An attribute that is no field of the graph, for `strawberry.Private`; else like `column`."""
    return dataclasses.field(metadata={READ: Column(names, made)})


def computed(
    *attributes: str,
    direct: Callable[[str], Callable[..., Any]] | None = None,
    metadata: Metadata | None = None,
) -> Callable[[Callable[..., Any]], Any]:
    """Declares a resolver that waits for nothing, and looks only at these attributes of its parent and at the context.

    A compiled read gives it a parent that has these attributes and no others. Where that is too dear, `direct` makes
    for a type of the graph, by its name, the function of these attributes that the resolver calls as well; it gives a
    leaf of the answer, and takes keys as text, too.
    """

    def declared(resolver: Callable[..., Any]) -> Any:
        return strawberry.field(resolver=resolver, metadata={READ: Computed(attributes, direct), **(metadata or {})})

    return declared


def performed(resolver: Callable[..., Any]) -> Any:
    """Declares a mutation, whose resolver waits and finds nothing in `info` but the context."""

    @wraps(resolver)
    async def acting(*parents: Any, **given: Any) -> Any:
        # However it is answered: what works when a document is new works when it is asked again.
        alone = {n: context_alone(each.context) if isinstance(each, Info) else each for n, each in given.items()}
        return await resolver(*parents, **alone)

    return strawberry.mutation(resolver=acting, metadata={READ: Performed()})


def loaded(
    load: Callable[[], Any],
    *key: str,
    by: Callable[..., Any] | None = None,
    metadata: Metadata | None = None,
    **options: Any,
) -> Any:
    """A field that is found by a key, for many parents at once: columns in, one column out.

    `load()` gives an `async (context, keys)` that answers with one value for each key, in their order, or a loader of
    `Rows`, of which a compiled read takes only the columns that are asked for. The key is the parent's attribute `key`,
    a tuple where several are named, or what `by` makes of that; without `key` it is what `by` makes of the field's
    arguments, which are `by`'s own. Where the key is None or empty there is nothing to find.
    """
    read = Loaded(load, key, by)
    resolver = _by_attribute(read) if key else _by_arguments(read)
    return strawberry.field(resolver=resolver, metadata={READ: read, **(metadata or {})}, **options)


def _by_attribute(read: Loaded) -> Callable[..., Any]:
    key_of = attrgetter(*read.key)

    async def resolve(root: Any, info: Info) -> Any:
        value = key_of(root)
        sought = value if read.by is None else read.by(value)
        return None if _nowhere(sought) else await info.context.load(read.load(), sought)

    return resolve


def _by_arguments(read: Loaded) -> Callable[..., Any]:
    by = read.by
    assert by is not None, "by a key or by what is made of arguments"

    async def resolve(info: Info, **arguments: Any) -> Any:
        sought = by(**arguments)
        return None if _nowhere(sought) else await info.context.load(read.load(), sought)

    return _taking(resolve, list(inspect.signature(by).parameters.values()), by.__module__)


def _nowhere(key: object) -> bool:
    return key is None or key == ""


def listed(
    of: Any,
    *,
    viewpoint: Callable[[Any], Hashable],
    key: str | None = None,
    parent: str | None = None,
    metadata: Metadata | None = None,
) -> Callable[[Callable[..., Listing]], Any]:
    """Declares a connection `of` a type, by a static function of a context and its own arguments: which rows it lists.

    The arguments of its pages come after its own. `viewpoint(context)` is what the function's answer depends on beside
    its arguments: who is shown the same has the same. With `key` each parent has a list, of the rows whose column
    `parent` holds that attribute of it.
    """

    def declared(written: Callable[..., Listing]) -> Any:
        ask: Callable[..., Listing] = getattr(written, "__func__", written)
        pages = Pages(ask, parent) if parent is not None else None
        read = Listed(ask, viewpoint, key, parent, pages)
        _, *own = inspect.signature(ask).parameters.values()
        resolver = _taking(_a_page(read), [*own, *_window()], ask.__module__)
        resolver.__doc__ = inspect.getdoc(ask)
        resolver.__annotations__["return"] = of
        resolver.__signature__ = inspect.signature(resolver).replace(return_annotation=of)  # type: ignore[attr-defined]
        return strawberry.field(resolver=resolver, metadata={READ: read, **(metadata or {})})

    return declared


def _a_page(read: Listed) -> Callable[..., Any]:
    async def resolve(root: Any, info: Info, **arguments: Any) -> Any:
        window, own = Window.split(arguments)
        if read.pages is None:
            return await connect(info.context, read.ask(info.context, **own), window)
        return await info.context.load(read.pages, Question.of(getattr(root, read.key or ""), own, window))

    return resolve


def _window() -> list[inspect.Parameter]:
    return [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
        for name, annotation in Window.ARGUMENTS.items()
    ]


def _taking(resolver: Callable[..., Any], arguments: Sequence[inspect.Parameter], module: str) -> Callable[..., Any]:
    """The resolver with these arguments in place of its `**arguments`."""
    fixed = [each for each in inspect.signature(resolver).parameters.values() if each.kind is not each.VAR_KEYWORD]
    taken = [*fixed, *(each.replace(kind=each.KEYWORD_ONLY) for each in arguments)]
    resolver.__signature__ = inspect.Signature(taken)  # type: ignore[attr-defined]
    resolver.__annotations__ = {each.name: each.annotation for each in taken}
    # Where strawberry looks for the names in annotations.
    resolver.__module__ = module
    return resolver

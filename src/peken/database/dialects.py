"""Lets one process hold databases of both engines over the same models; knows nothing of connections.

Tortoise keeps on the model class what it built for the engine that was opened last: the empty query, the filters, how
columns are read. As soon as a second engine is opened in a process, the models it shares with the first get a meta that
keeps those once per engine. A process with one engine, so every production process, pays nothing.
"""

from collections.abc import Callable, Iterable
from typing import Any
from weakref import WeakKeyDictionary

from pypika_tortoise.queries import Query
from tortoise.context import TortoiseContext, get_current_context
from tortoise.models import MetaInfo, Model

_engine_of: "WeakKeyDictionary[type[Model], str]" = WeakKeyDictionary()


class EngineContext(TortoiseContext):
    """A context that knows its engine: "sqlite" or "postgres"."""

    def __init__(self, engine: str) -> None:
        super().__init__()
        self.engine = engine


def _per_engine(name: str, empty: Callable[[], Any]) -> property:
    slot = MetaInfo.__dict__[name]

    def chosen(meta: MetaInfo) -> dict[str, Any]:
        kept: dict[str, Any] = slot.__get__(meta)
        return kept

    def engine(meta: MetaInfo) -> str:
        context = get_current_context()
        return context.engine if isinstance(context, EngineContext) else next(iter(chosen(meta)))

    def read(meta: MetaInfo) -> Any:
        kept, key = chosen(meta), engine(meta)
        if key not in kept:
            kept[key] = empty()
        return kept[key]

    def write(meta: MetaInfo, value: Any) -> None:
        chosen(meta)[engine(meta)] = value

    return property(read, write)


_PARTS: dict[str, Callable[[], Any]] = {
    "basequery": Query,
    "basequery_all_fields": Query,
    "filters": dict,
    "db_native_fields": list,
    "db_default_fields": list,
    "db_complex_fields": list,
}


class EngineMeta(MetaInfo):
    """A model's meta whose engine-bound parts are kept once per engine."""

    __slots__ = ()

    for _name, _empty in _PARTS.items():
        locals()[_name] = _per_engine(_name, _empty)
    del _name, _empty


def make_room_for(engine: str) -> None:
    """Before models are built for `engine`: keep apart what was built for the other one."""
    for model, first in _engine_of.items():
        meta = model._meta
        if first != engine and type(meta) is MetaInfo:
            kept = {name: getattr(meta, name) for name in _PARTS}
            for name, value in kept.items():
                MetaInfo.__dict__[name].__set__(meta, {first: value})
            meta.__class__ = EngineMeta


def remember(models: Iterable[type[Model]], engine: str) -> None:
    for model in models:
        _engine_of.setdefault(model, engine)

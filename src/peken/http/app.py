"""Puts the parts of the HTTP floor together around a schema; knows no shop, only what it is given."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from starlette.routing import BaseRoute, Route, Router
from starlette.types import ASGIApp, Lifespan, Receive, Scope, Send

from peken.http.caching import Answers
from peken.http.faults import Wording, english
from peken.http.graphiql import GraphiQLPage
from peken.http.guard import Guard, GuardedSchema, Plans
from peken.http.health import Checks, Remarks, health_routes
from peken.http.limits import Limits
from peken.http.middleware import Surrounding
from peken.http.roles import Asker
from peken.http.seen import Watch
from peken.http.view import GraphQLView, MakeContext


def graphql_app(
    schema: GuardedSchema,
    *,
    context: MakeContext,
    asker: Callable[[Any], Asker],
    limits: Limits | None = None,
    roles: Mapping[str, frozenset[str]] | None = None,
    checks: Checks | None = None,
    remarks: Remarks | None = None,
    answers: Answers | None = None,
    plans: Plans | None = None,
    graphiql: bool = True,
    title: str = "GraphiQL",
    introspection: bool = True,
    wording: Wording = english,
    debug: bool = False,
    watch: Watch | None = None,
    routes: Sequence[BaseRoute] = (),
    lifespan: Lifespan[Any] | None = None,
) -> ASGIApp:
    """The ASGI application: `/graphql`, its page, `/health/live`, `/health/ready`, and `routes`.

    `asker` tells from a context who asks, `roles` are those of whole types, `checks` decide on readiness, `plans`
    answer what they can, `answers` keeps what is alike for all. `debug` lets texts of unexpected errors out.
    """
    limits = limits or Limits()
    schema.guard = Guard(
        schema,
        limits=limits,
        asker=asker,
        types=roles or {},
        introspection=introspection,
        plans=plans,
        wording=wording,
        debug=debug,
    )
    page = GraphiQLPage(static="/graphql/static", title=title) if graphiql else None
    view = GraphQLView(schema, context=context, page=page, answers=answers, wording=wording, debug=debug)
    own = [*([page.mount()] if page else []), Route(_GRAPHQL, view), *health_routes(checks or {}, remarks or {})]
    return Surrounding(_routed(view, Router([*own, *routes], lifespan=lifespan)), limits, watch)


def _routed(view: GraphQLView, others: Router) -> ASGIApp:
    """`others`, but for its own path the view at once, where nearly all requests go: a router looks through routes."""

    def routed(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        mine = scope.get("path") == _GRAPHQL and scope["type"] == "http"
        return (view if mine else others)(scope, receive, send)

    return routed


_GRAPHQL: Final = "/graphql"

"""Puts a market together from its settings; the only module that knows all others."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime

from graphql import GraphQLError, build_schema, lexicographic_sort_schema, print_schema
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import RedirectResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send
from strawberry.types import ExecutionContext
from strawberry.types.graphql import OperationType
from tortoise.exceptions import ValidationError

from peken import days, hookspecs, migrating, parameters
from peken.answering import answers_of, remarks_of
from peken.database import Database
from peken.database.lending import in_use
from peken.errors import PekenError
from peken.hooks import Fault, Hooks, PluginFaults
from peken.http.app import graphql_app
from peken.http.caching import Answers
from peken.http.exposing import metrics_route
from peken.http.guard import GuardedSchema
from peken.http.limits import Limits
from peken.http.seen import Seen, current, remembering
from peken.market import Market, ServedCity, wall_clock
from peken.plans import Plans
from peken.plugins.loading import load
from peken.regions import serve_cities
from peken.rules import Chapter, Rulebook, RuleFaults
from peken.schema import Context, Mutation, Query, Subscription
from peken.schema.access import ACCESS
from peken.schema.extending import ExtensibleSchema
from peken.schema.scalars import config
from peken.settings import CitySettings, LimitSettings, Settings
from peken.texts import Texts, negotiate
from peken.tokens import Verifier


class MarketSchema(ExtensibleSchema, GuardedSchema):
    """The graph of one market: with its plugins' fields, and guarded."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """As the guard does. A text that is longer than what it is compared with is the caller's fault."""
        for error in errors:
            # It was executed, so there is a document. What a mutation makes that does not fit is ours to mend.
            if not execution_context or not isinstance(error.original_error, ValidationError):
                continue
            if execution_context.operation_type is OperationType.QUERY:
                error.original_error = PekenError("bad_text", "A text is longer than any that there could be.")
        super().process_errors(errors, execution_context)


def assemble(
    settings: Settings, now: Callable[[], datetime] = wall_clock, *, unmigrated: bool = False, alone: bool = False
) -> Market:
    """A market as its settings want it, not yet connected. Raises PluginFaults with all that is wrong.

    With `unmigrated`, a plugin's tables need no migration yet; `alone` as a `Database` is.
    """
    hooks = load({city.code: city.plugins for city in settings.cities}, settings.plugins, unmigrated=unmigrated)
    return Market(
        settings=settings,
        database=_database(settings, hooks, alone=alone),
        cities=_served(settings, hooks),
        hooks=hooks,
        texts=Texts(plugin.directory / "locale" for plugin in hooks.plugins),
        now=now,
    )


@asynccontextmanager
async def opened(
    settings: Settings, now: Callable[[], datetime] = wall_clock, *, unmigrated: bool = False
) -> AsyncIterator[Market]:
    """A market for one task alone, with its database open and bound; as in `assemble`."""
    market = assemble(settings, now, unmigrated=unmigrated, alone=True)
    async with market.database:
        with market.database.bound():
            yield market


def asgi(settings: Settings, now: Callable[[], datetime] = wall_clock) -> ASGIApp:
    """The market of these settings as an ASGI application."""
    return application(assemble(settings, now))


def application(market: Market, schema: MarketSchema | None = None) -> ASGIApp:
    """A market as an ASGI application; its lifespan opens and closes the database. `schema` is its graph, if made."""
    settings = market.settings
    verifier = Verifier(settings.auth)
    schema = schema or schema_of(market.hooks)
    answers = answers_of(market, schema)
    plans = Plans(schema._schema, market.database.dialect) if settings.plans else None
    _count(market, answers, plans)
    language = remembering(lambda accepted: negotiate(accepted, settings.language))

    async def context(seen: Seen) -> Context:
        actor = verifier.authenticate(seen.said(b"authorization"))
        return Context(market, actor, language(seen.headers.get(b"accept-language", b"")))

    def wording(error: PekenError) -> str:
        seen = current.get()
        accepted = seen.headers.get(b"accept-language", b"") if seen else b""
        return market.texts.say(error.message, language(accepted), error.values)

    app: ASGIApp = graphql_app(
        schema,
        context=context,
        asker=lambda asked: asked.actor,
        limits=_limits(settings.limits),
        roles=ACCESS,
        checks=_checks(market),
        remarks=remarks_of(answers),
        answers=answers,
        plans=plans,
        graphiql=settings.graphiql,
        title="Peken",
        introspection=settings.introspection,
        wording=wording,
        watch=market.metrics.request,
        routes=[Route("/", lambda _: RedirectResponse("/graphql")), *_metrics(market)],
        lifespan=lambda _: _living(market, answers),
    )
    return _bound(_shared(app, settings.cors_origins), market.database)


@asynccontextmanager
async def _living(market: Market, answers: Answers | None) -> AsyncIterator[None]:
    """From the first request to the last: the database is open, days and city hall are followed."""
    async with AsyncExitStack() as ending:
        await ending.enter_async_context(market.database)
        if answers:
            ending.push_async_callback(answers.close)
        with market.database.bound():
            if await migrating.plan(market.database):
                # Not ready, as its check says: there may be no table to read.
                yield
                return
            await serve_cities(market)
            await parameters.take_in(market)
            followed = (days.follow(market), parameters.follow(market), market.metrics.keep_up())
            following = [asyncio.create_task(each) for each in followed]
            yield
            for task in following:
                task.cancel()
            await asyncio.wait(following)


def _count(market: Market, answers: Answers | None, plans: Plans | None) -> None:
    """Has the metrics told what is known by asking."""
    metrics = market.metrics
    if answers:
        metrics.counts(
            "peken_answers", "Answers that are alike for all, by where they came from.", "way", answers.counts
        )
    if plans:
        metrics.counts("peken_reads", "Queries that were computed, by what computed them.", "way", plans.counts)
    metrics.gauge("peken_connections_in_use", "Database connections lent out.", lambda: in_use(market.database.pool))
    metrics.gauge("peken_connections_most", "Database connections there may be.", lambda: market.database.pool.most)


def _metrics(market: Market) -> list[Route]:
    token = market.settings.metrics_token
    return [metrics_route(token.get_secret_value(), market.metrics.text)] if token else []


def schema_of(hooks: Hooks) -> MarketSchema:
    """The graph of the core and of these plugins. Raises PluginFaults."""
    return MarketSchema(hooks=hooks, query=Query, mutation=Mutation, subscription=Subscription, config=config())


def sdl(settings: Settings | None = None) -> str:
    """The graph in the schema definition language, sorted; the core's alone without settings."""
    hooks = load({city.code: city.plugins for city in settings.cities}, settings.plugins) if settings else load({})
    return print_schema(lexicographic_sort_schema(build_schema(schema_of(hooks).as_str()))) + "\n"


def _limits(limits: LimitSettings) -> Limits:
    return Limits(
        body=limits.body_bytes,
        seconds=limits.seconds,
        stream=limits.stream_seconds,
        tokens=limits.tokens,
        depth=limits.depth,
        aliases=limits.aliases,
        root_fields=limits.root_fields,
        cost=limits.cost,
        page=limits.page,
    )


def _shared(app: ASGIApp, origins: Sequence[str]) -> ASGIApp:
    """`app`, also for web pages of these origins; credentials are bearer tokens, never cookies."""
    if not origins:
        return app
    return CORSMiddleware(
        app,
        allow_origins=origins,
        allow_methods=["GET", "POST"],
        allow_headers=["authorization", "content-type", "accept-language"],
        expose_headers=["x-request-id"],
    )


def _bound(app: ASGIApp, database: Database) -> ASGIApp:
    """`app` with this market's database as the current one: the lifespan's does not reach requests."""

    async def bound(scope: Scope, receive: Receive, send: Send) -> None:
        with database.bound():
            await app(scope, receive, send)

    return bound


def _checks(market: Market) -> dict[str, Callable[[], Awaitable[None]]]:
    """What has to hold before the market takes requests."""

    async def database() -> None:
        await market.database.fetch("SELECT 1 AS one")

    async def migrations() -> None:
        if missing := await migrating.ready(market.database):
            raise PekenError("migrations_missing", "Run `peken db migrate`: {missing}", missing=", ".join(missing))

    async def plugins() -> None:
        # Plugins are checked at the start: what can still fail are calendars, rules of the present day, and versions.
        await parameters.keep_up(market)
        for city in market.cities.values():
            day = city.rulebook.day(city.today(market.now()), strict=True)
            city.rulebook.notices(day, strict=True)

    return {"database": database, "migrations": migrations, "plugins": plugins}


def _database(settings: Settings, hooks: Hooks, *, alone: bool) -> Database:
    models: dict[str, tuple[str, ...]] = {"peken": ("peken.models",)}
    migrations = {"peken": "peken.migrations"}
    for plugin, tables in hooks.give(hookspecs.tables):
        models[plugin.name] = tables.models
        migrations[plugin.name] = tables.migrations
    return Database(
        settings.database_url,
        models,
        migrations,
        pool_max=settings.pool_size,
        busy_seconds=settings.pool_wait,
        lock_seconds=settings.lock_wait,
        statement_seconds=settings.statement_seconds,
        alone=alone,
    )


def _served(settings: Settings, hooks: Hooks) -> dict[str, ServedCity]:
    faults: dict[Fault, None] = {}
    served = {}
    for city in settings.cities:
        try:
            chapters = _chapters(city, hooks)
            served[city.code] = ServedCity(city.code, city.name, city.zone, Rulebook(chapters), chapters)
        except RuleFaults as wrong:
            faults |= dict.fromkeys(Fault(f"rules of {city.code}", fault) for fault in wrong.faults)
    if faults:
        raise PluginFaults(list(faults))
    return served


def _chapters(city: CitySettings, hooks: Hooks) -> tuple[Chapter, ...]:
    return tuple(
        Chapter(plugin.name, plugin.version, regulations, chosen=regulations.chosen)
        for plugin, regulations in hooks.for_city(city.code).give(hookspecs.regulations)
    )

"""`peken serve`: the market of the environment's settings, behind uvicorn; looks before it leaps."""

import errno
import gc
import math
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from peken.cli.asking import migrated, settings_of_environment, wait_for
from peken.errors import PekenError

if TYPE_CHECKING:
    import uvicorn
    from starlette.types import ASGIApp, Receive, Scope, Send

    from peken.settings import Settings

GRACE = 5
"""Seconds beyond the longest request that a process which is asked to end waits for those under way."""

KEEP_ALIVE = 75
"""Seconds that an idle connection is kept: longer than proxies keep theirs, so that it is they who close it."""

STARTING = 30
"""Seconds that a worker may take to start, or to answer its parent on a machine with no time to spare."""


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65535)] = 8000,
    workers: Annotated[int, typer.Option(help="Processes; with two or more SIGHUP renews them one by one.", min=1)] = 1,
    fd: Annotated[
        int | None,
        typer.Option(help="Listening socket that was handed over, in place of host and port (3 under systemd).", min=3),
    ] = None,
) -> None:
    """Serve the market that PEKEN_SETTINGS and the environment describe."""
    with _nothing_swept():
        import uvicorn

        from peken import logs

        settings = settings_of_environment()
        logs.configure(json=settings.log_json)
        wait_for(lambda: _look(settings))
    if settings.auth.jwks is None and settings.auth.jwks_file is None:
        typer.echo("Without keys under auth nobody can sign in: only what the public may see is served.", err=True)
    config = configured(settings, workers)
    with listen(host, port) if fd is None else handed(fd) as listener:
        if workers > 1:
            run_workers(config, listener)
        else:
            run(uvicorn.Server(config), listener)


def configured(settings: "Settings", workers: int) -> "uvicorn.Config":
    """How uvicorn serves: on uvloop and httptools where they are to be had."""
    import uvicorn

    return uvicorn.Config(
        # One process has looked already; workers look for themselves, for their market may have changed since.
        f"{__name__}:application" if workers > 1 else lambda: _market(settings),
        factory=True,
        workers=workers,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="on",
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=grace(settings),
        timeout_worker_healthcheck=STARTING,
    )


def grace(settings: "Settings") -> int:
    """Seconds that requests under way are given: longer than any may take but a stream, which is ended."""
    return math.ceil(settings.limits.seconds) + GRACE


def application() -> "ASGIApp":
    """What each worker serves, with its log set up."""
    from peken import logs

    settings = settings_of_environment()
    logs.configure(json=settings.log_json)
    return _looking_first(_market(settings), settings)


def _market(settings: "Settings") -> "ASGIApp":
    with _nothing_swept():
        from peken.app import asgi

        return asgi(settings)


@contextmanager
def _nothing_swept() -> Iterator[None]:
    """Meanwhile no garbage is looked for, and afterwards not among what there is: it is all here to stay."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _looking_first(app: "ASGIApp", settings: "Settings") -> "ASGIApp":
    """`app`, which does not start where the market cannot: a worker of another version then takes nobody's place."""

    async def looked(scope: "Scope", receive: "Receive", send: "Send") -> None:
        if scope["type"] == "lifespan":
            try:
                await _look(settings)
            except PekenError as error:
                await receive()
                await send({"type": "lifespan.startup.failed", "message": str(error)})
                return
        await app(scope, receive, send)

    return looked


def listen(host: str, port: int) -> socket.socket:
    """Takes the port at once, before any work. Raises PekenError `port_taken`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise PekenError(
            "port_taken" if error.errno == errno.EADDRINUSE else "address_unusable",
            "{host}:{port}: {fault}. Choose another with --host or --port.",
            host=host,
            port=port,
            fault=error.strerror,
        ) from None
    listener.set_inheritable(True)
    return listener


def handed(fd: int) -> socket.socket:
    """The listening socket that this process was started with. Raises PekenError `address_unusable`."""
    try:
        listener = socket.socket(fileno=fd)
    except OSError as error:
        raise PekenError("address_unusable", "Socket {fd}: {fault}.", fd=fd, fault=error.strerror) from None
    if not listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        listener.close()
        raise PekenError("address_unusable", "Socket {fd}: nobody listens on it.", fd=fd)
    listener.set_inheritable(True)
    return listener


def run_workers(config: "uvicorn.Config", listener: socket.socket) -> None:
    """Serves in processes that share the listening socket; one that dies is replaced, unless it cannot start.

    They share a folder too, in which their figures add up: whichever is asked for metrics tells those of all.
    """
    from uvicorn.config import STARTUP_FAILURE
    from uvicorn.supervisors import Multiprocess

    from peken.metrics import FOLDER

    workers = Multiprocess(config, sockets=[listener])
    # A service manager's folder, if there is one, is not swept of what looks old.
    with TemporaryDirectory(prefix="peken-metrics-", dir=os.environ.get("RUNTIME_DIRECTORY")) as folder:
        os.environ[FOLDER] = folder
        workers.run()
    if any(worker.exitcode == STARTUP_FAILURE for worker in workers.processes):
        raise typer.Exit(STARTUP_FAILURE)


def run(server: "uvicorn.Server", listener: socket.socket) -> None:
    """Serves until told to end; Ctrl+C is such a word and no failure."""
    with suppress(KeyboardInterrupt):
        server.run(sockets=[listener])
    if not server.started:
        raise typer.Exit(3)


async def _look(settings: "Settings") -> None:
    """Whether the market can start here. Raises PekenError where it cannot."""
    _refuse_demo_keys(settings)
    async with migrated(settings):
        pass


def _refuse_demo_keys(settings: "Settings") -> None:
    from peken.tokens import Verifier

    if Verifier(settings.auth).has_demo_keys:
        raise PekenError(
            "demo_keys", "The key set holds the key of a demo, whose private half anybody may have. Remove it."
        )

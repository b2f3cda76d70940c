"""Tells figures to those who hold the token for them; knows none of them."""

from collections.abc import Callable
from secrets import compare_digest

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

MEDIA = "text/plain; version=0.0.4; charset=utf-8"


def metrics_route(token: str, text: Callable[[], bytes]) -> Route:
    """`/metrics`, in the text format of Prometheus, for whoever bears `token`."""
    wanted = f"Bearer {token}".encode()

    async def metrics(request: Request) -> Response:
        if not compare_digest(request.headers.get("authorization", "").encode(), wanted):
            return PlainTextResponse("unauthenticated\n", 401, {"www-authenticate": "Bearer"})
        return Response(text(), headers={"content-type": MEDIA, "cache-control": "no-store"})

    return Route("/metrics", metrics)

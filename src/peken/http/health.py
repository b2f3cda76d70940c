"""Whether the process is alive and whether it is ready for work; knows only the checks it is given."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

from starlette.requests import Request
from starlette.routing import Route

from peken.http.answers import Answer, json_answer

Checks = Mapping[str, Callable[[], Awaitable[None]]]
Remarks = Mapping[str, Callable[[], str]]
_NONE: Remarks = MappingProxyType({})


def health_routes(checks: Checks, remarks: Remarks = _NONE, *, seconds: float = 2.0) -> list[Route]:
    """`/health/live`, always 200, and `/health/ready`, 503 when a check raises or takes over `seconds`.

    `remarks` are told beside the checks and decide on nothing: the market works without what they speak of.

    An answer names the check and the class of what it raised: a message could tell an address or a secret.
    """

    async def live(request: Request) -> Answer:
        return json_answer({"status": "live"})

    async def ready(request: Request) -> Answer:
        answers = await asyncio.gather(*(_run(check, seconds) for check in checks.values()))
        found = dict(zip(checks, answers, strict=True))
        well = all(answer == "ok" for answer in answers)
        status = "ready" if well else "not ready"
        told = {name: remark() for name, remark in remarks.items()}
        return json_answer({"status": status, "checks": found, **told}, status=200 if well else 503)

    return [Route("/health/live", live), Route("/health/ready", ready)]


async def _run(check: Callable[[], Awaitable[None]], seconds: float) -> str:
    try:
        async with asyncio.timeout(seconds):
            await check()
    except Exception as error:
        return type(error).__name__
    return "ok"

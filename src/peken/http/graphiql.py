"""The GraphiQL page with every file it needs, so that it works without the internet; knows no schema."""

from html import escape
from importlib.resources import files

from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

# Styles inline: the editor sets them on its elements. All else comes from this server or not at all.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)

WELCOME = """# Type a query and press the button, or Ctrl-Enter.
# To ask as somebody, put a token under Headers: { "Authorization": "Bearer ..." }

{ __typename }
"""


class GraphiQLPage:
    """The page and its files. `static` is the path, as the browser sees it, at which the files are."""

    def __init__(self, *, static: str, title: str = "GraphiQL", query: str = WELCOME) -> None:
        self.static = static
        template = (files("peken.http") / "static" / "page.html").read_text("utf-8")
        for name, value in (("static", static), ("title", title), ("query", query)):
            template = template.replace(f"{{{name}}}", escape(value))
        self._body = template.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {
            "content-type": "text/html; charset=utf-8",
            "content-security-policy": POLICY,
            "x-content-type-options": "nosniff",
            "referrer-policy": "no-referrer",
            "cache-control": "no-cache",
            "vary": "accept",
        }
        await Response(self._body, headers=headers)(scope, receive, send)

    def mount(self) -> Mount:
        """The route that serves the files."""
        return Mount(self.static, StaticFiles(packages=[("peken.http", "static")]), name="graphiql")

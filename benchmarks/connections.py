"""One client's connection, kept alive, which knows how far an answer had come when it was cut; knows no shop."""

import asyncio
import json
from typing import Any


class NoAnswer(Exception):
    """Refused, or closed before the first byte of an answer: to be sent again."""


class BrokenAnswer(Exception):
    """Cut off in the middle of an answer."""


class Connection:
    """A connection to this machine; opened anew, as a browser would, when the other side has closed it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._open: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, body: dict[str, Any], token: str) -> tuple[int, dict[str, Any]]:
        """The status and the body of an answer of `/graphql`. Raises NoAnswer or BrokenAnswer."""
        content = json.dumps(body).encode()
        head = (
            f"POST /graphql HTTP/1.1\r\nhost: 127.0.0.1:{self._port}\r\nauthorization: Bearer {token}\r\n"
            "accept: application/graphql-response+json\r\n"
            f"content-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
        )
        try:
            if self._open is None:
                self._open = await asyncio.open_connection("127.0.0.1", self._port)
            reader, writer = self._open
            writer.write(head.encode() + content)
            await writer.drain()
            first = await reader.readline()
        except OSError as error:
            self.close()
            raise NoAnswer(type(error).__name__) from None
        if not first:
            self.close()
            raise NoAnswer("closed")
        return int(first.split()[1]), await self._body(reader)

    async def _body(self, reader: asyncio.StreamReader) -> dict[str, Any]:
        try:
            headers: dict[str, str] = {}
            while (line := (await reader.readuntil(b"\r\n")).decode().strip()) != "":
                name, _, value = line.partition(":")
                headers[name.lower()] = value.strip()
            found: dict[str, Any] = json.loads(await reader.readexactly(int(headers["content-length"])))
        except (OSError, EOFError) as error:
            self.close()
            raise BrokenAnswer(type(error).__name__) from None
        if headers.get("connection") == "close":
            self.close()
        return found

    def close(self) -> None:
        """Lets go of the connection; the next request opens another."""
        if self._open is not None:
            self._open[1].close()
            self._open = None

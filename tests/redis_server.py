"""A Redis that a test may stop and freeze; one that others use as well is never asked for that."""

import asyncio
import contextlib
import shutil
import signal
import socket
import subprocess


class RedisNotFoundError(RuntimeError):
    """There is no program `redis-server`."""


class OwnRedis:
    """A process of `redis-server` on a port of its own, which keeps nothing."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        """Starts it, or starts it again, and waits until it takes connections."""
        program = shutil.which("redis-server")
        if program is None:
            raise RedisNotFoundError
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._begin([program, *options])
        while await self.told("PING") != "+PONG":
            assert self._process is not None
            assert self._process.poll() is None, "redis-server has ended"

    def _begin(self, command: list[str]) -> None:
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd="/")

    async def told(self, command: str) -> str:
        """The first line of what it answers to an inline command; empty while nobody listens."""
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            writer.write(f"{command}\r\n".encode())
            line = await reader.readline()
            writer.close()
            await writer.wait_closed()
            return line.decode().strip()
        return ""

    def freeze(self) -> None:
        """It listens, and answers nothing."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on with what it was sent meanwhile."""
        self._signal(signal.SIGCONT)

    def stop(self) -> None:
        """Ends it without warning, frozen or not."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

"""How long work may last: what asyncio.timeout does, for less, where all work may last as long; knows no request."""

import asyncio
from types import TracebackType
from typing import Any, Self


class Lasting:
    """Ends what lasts longer than `seconds`. One timer does for all, since who began first is over first.

    A timer for each would cost a tenth of an answer that is kept.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._running: dict[Bound, None] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None

    def bound(self) -> "Bound":
        """The bound of the running task, to be entered now."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            # Of an earlier loop nothing runs any more, nor does its timer.
            self._loop, self._timer = loop, None
            self._running.clear()
        task = asyncio.current_task(loop)
        assert task is not None, "work is done in a task"
        bound = Bound(task, loop.time() + self._seconds, self._running)
        if self._timer is None:
            self._timer = loop.call_at(bound.until, self._ring, loop)
        return bound

    def _ring(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        now = loop.time()
        while self._running:
            eldest = next(iter(self._running))
            if eldest.until > now:
                self._timer = loop.call_at(eldest.until, self._ring, loop)
                return
            eldest.expire()


class Bound:
    """The bound of one piece of work. Raises TimeoutError where that was ended by it, and by nothing else."""

    __slots__ = ("_cancelled", "_running", "_task", "expired", "until")

    def __init__(self, task: asyncio.Task[Any], until: float, running: dict["Bound", None]) -> None:
        self.expired = False
        self.until = until
        self._task = task
        self._cancelled = task.cancelling()
        self._running = running
        running[self] = None

    def lift(self) -> None:
        """It may last as long as it does."""
        self._running.pop(self, None)

    def expire(self) -> None:
        """It has lasted too long."""
        del self._running[self]
        self.expired = True
        self._task.cancel()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self.expired:
            self._running.pop(self, None)
        # Another's cancellation that came as well goes on as one.
        elif self._task.uncancel() <= self._cancelled and kind is asyncio.CancelledError:
            raise TimeoutError from error

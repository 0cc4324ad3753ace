"""Printing in a thread of its own: a terminal that stands still, or was closed, holds up nobody."""

from collections.abc import Callable
from contextlib import suppress
from queue import Full, Queue
from threading import Thread
from typing import Generic, TypeVar

L = TypeVar("L")
MOST_LINES_WAITING = 10_000
CLOSING_SECONDS = 1.0
"""How long the last lines are waited for, and before that for room to say that they are the last."""


class Printer(Generic[L]):
    """Prints what is put, in a thread of its own: a reader that stands still holds up nobody."""

    def __init__(self, say: Callable[[L], None], lost: Callable[[int], L]) -> None:
        """``lost`` makes what is said of as many lines that there was no room for."""
        self._say = say
        self._lost = lost
        self._lines: Queue[L | None] = Queue(MOST_LINES_WAITING)
        self._dropped = 0
        self._thread = Thread(target=self._print, daemon=True)
        self._thread.start()

    def put(self, line: L) -> None:
        """Let one line wait for its turn."""
        try:
            if self._dropped:
                self._lines.put_nowait(self._lost(self._dropped))
                self._dropped = 0
            self._lines.put_nowait(line)
        except Full:
            self._dropped += 1

    def close(self) -> None:
        """Print what still waits, if anybody reads it."""
        with suppress(Full):
            self._lines.put(None, timeout=CLOSING_SECONDS)
            self._thread.join(CLOSING_SECONDS)

    def _print(self) -> None:
        with suppress(OSError):  # the terminal was closed; whatever is told of goes on
            while (line := self._lines.get()) is not None:
                self._say(line)

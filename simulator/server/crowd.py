"""How many a port serves at once: connections, requests that are still arriving, and requests that are being answered.

They are counted apart, so that whoever sends slowly, or nothing at all, takes no place from whoever has sent all.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from typing import Literal, Self

from aiohttp import web

from simulator.runtime import open_files

MOST_CONNECTIONS = 4_096
"""Connections of one port; fewer where the process may not have so many files open."""
MOST_HANDSHAKES = 1_024
"""Connections of one port that do not speak HTTP yet, for TLS is still being agreed upon; half of all at the most."""
MOST_ARRIVING = 1_024
"""Requests of one port whose bodies are on their way."""
MOST_ANSWERING = 256
"""Requests of one port between their last byte and the last byte of their answer."""
RETRY_AFTER = 1
TELLING_SECONDS = 60.0
"""How often the log tells of connections that found no place."""
OTHER_FILES = 512
"""Files and sockets that a process has for all else: deliveries, what buyers put, connections about to be refused."""

FILES = 2 * MOST_CONNECTIONS + OTHER_FILES
"""Files of a process with two ports that has all that it can use."""

Where = Literal["connections", "handshakes", "arriving", "answering"]
MOST: dict[Where, int] = {
    "connections": MOST_CONNECTIONS,
    "handshakes": MOST_HANDSHAKES,
    "arriving": MOST_ARRIVING,
    "answering": MOST_ANSWERING,
}
_TOLD: dict[Where, str] = {"connections": "connections", "handshakes": "handshakes under way"}
"""Whom nobody answers: the log tells of them, once in a while."""
_log = logging.getLogger(__name__)


def connections_for(files: int) -> int:
    """How many connections each of the two ports may have in a process that may have so many files open."""
    return MOST_CONNECTIONS if files < 0 else max(1, min(MOST_CONNECTIONS, (files - OTHER_FILES) // 2))


class Crowd:
    """Everybody at one port. All calls belong to one event loop."""

    def __init__(self, port: str, turned_away: Callable[[str, str], None]) -> None:
        """``port`` is its name for people; ``turned_away`` is told port and reason for each who finds no place."""
        self.port = port
        self._turned_away = turned_away
        connections = min(MOST["connections"], connections_for(open_files.allowed()))
        handshakes = min(MOST["handshakes"], max(1, connections // 2))
        self.most = {**MOST, "connections": connections, "handshakes": handshakes}
        self._taken: Counter[Where] = Counter()
        self._untold: Counter[Where] = Counter()
        self._told_at: dict[Where, float] = {}

    def take(self, where: Where) -> bool:
        """Take a place, if there is one."""
        if self._taken[where] >= self.most[where]:
            self.turn_away(where)
            return False
        self._taken[where] += 1
        return True

    def taken(self, where: Where) -> int:
        """How many places are."""
        return self._taken[where]

    def leave(self, where: Where) -> None:
        """Give a place back."""
        self._taken[where] -= 1

    def turn_away(self, why: str) -> None:
        """Count one who is not served."""
        self._turned_away(self.port, why)
        for told in _TOLD:
            if told == why:
                self._untold[told] += 1
                self._tell(told)

    def _tell(self, why: Where) -> None:
        now = asyncio.get_running_loop().time()
        if now < self._told_at.get(why, float("-inf")) + TELLING_SECONDS:
            return
        most, more = self.most[why], self._untold[why]
        _log.warning("the %s port has %d %s; %d more were closed at once", self.port, most, _TOLD[why], more)
        self._told_at[why] = now
        self._untold[why] = 0


class Place:
    """Where one request is in the crowd."""

    __slots__ = ("_crowd", "_where")

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self._where: Where | None = None

    def move(self, where: Where) -> bool:
        """Take a place there and give up the one that was held; ``False`` where there is none."""
        if self._where == where:
            return True
        if not self._crowd.take(where):
            return False
        self._leave()
        self._where = where
        return True

    def _leave(self) -> None:
        if self._where is not None:
            self._crowd.leave(self._where)
            self._where = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._leave()


PLACE = web.RequestKey("place", Place)
"""The place of a request, for whoever reads its body."""
CROWDED: dict[Where, str] = {
    "arriving": f"{MOST_ARRIVING} requests are arriving already; send this one again in a second",
    "answering": f"{MOST_ANSWERING} requests are being answered already; send this one again in a second",
}
"""What is said to a request that found no place."""


def is_read(request: web.BaseRequest) -> bool:
    """Whether there is a place to be answered at, now that the last byte has been read."""
    return request[PLACE].move("answering")

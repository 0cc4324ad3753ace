"""What an advance of the clock is told, and how one may end before its time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

MOST_REAL_SECONDS = 120.0
"""How long one advance may take in real time."""


@dataclass(frozen=True, slots=True)
class Awaited:
    """What somebody outside is to do once the clock has arrived: in words, whether it is done, and within how long.

    The clock stands still meanwhile, for ``within_real`` real seconds at the most.
    """

    what: str
    done: Callable[[], bool]
    within_real: float


class AdvanceUnderWayError(RuntimeError):
    """Another advance of this environment has not ended; only advances exclude each other."""


class DriverStoppedError(RuntimeError):
    """The environment was reset, or the server is stopping."""


class AdvanceTimedOutError(RuntimeError):
    """The real-time limit has come before the end. What has fired stays; ``reached`` is the present instant."""

    def __init__(self, reached: datetime, blocked_by: str) -> None:
        super().__init__(blocked_by)
        self.reached = reached
        self.blocked_by = blocked_by

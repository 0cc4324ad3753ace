"""When a delivery that has failed is tried again: a schedule, jitter that is drawn, and what the endpoint asks for."""

from collections.abc import Sequence
from datetime import timedelta

_MILLISECOND = timedelta(milliseconds=1)


def delay(
    schedule: Sequence[timedelta], attempt: int, *, jitter: float = 0.0, drawn: int = 0, retry_after: int | None = None
) -> timedelta | None:
    """How long after the failure of an attempt the next one is due; ``None`` where it was the last.

    Attempts count from 1. ``jitter`` is the share of the delay by which it may be shorter or longer, and ``drawn`` any
    evenly spread number that says by how much. An endpoint that asks for ``retry_after`` seconds is not tried sooner.
    """
    if attempt > len(schedule):
        return None
    milliseconds = schedule[attempt - 1] // _MILLISECOND
    span = int(milliseconds * jitter)
    spread = timedelta(milliseconds=milliseconds - span + drawn % (2 * span + 1))
    return max(spread, timedelta(seconds=retry_after or 0))

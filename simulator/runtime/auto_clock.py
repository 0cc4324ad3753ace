"""The auto clock: when all is quiet, it jumps on by itself to the next driving timer."""

import asyncio
import logging
import time
from contextlib import suppress
from datetime import datetime
from typing import Protocol

from simulator.cityfibre.faulty_notifications import TIMER as KEPT_BACK
from simulator.core.engine import DELIVERY, Engine, EnvironmentFailedError
from simulator.core.inputs import Timer
from simulator.runtime.advance import DriverStoppedError

_log = logging.getLogger(__name__)


class Steps(Protocol):
    """What it asks of a driver."""

    engine: Engine

    @property
    def advancing(self) -> bool:
        """Whether somebody else moves the clock, or waits to."""

    async def settle(self) -> None:
        """Wait until all is quiet."""

    async def change(self) -> None:
        """Wait until something happens."""

    async def step(self, to: datetime) -> None:
        """Move on to an instant, settled."""


async def jump_by_itself(driver: Steps) -> None:
    """Jump on for as long as the environment lives; it stands where nothing drives, and where somebody else advances.

    It stands, too, while a script awaits the buyer, for as long as the script's patience lasts; but not if what comes
    next is a notification of the script's own ticket, which the buyer has not got yet.
    """
    patience = _Patience()
    try:
        while True:
            await driver.settle()
            following = driver.engine.schedule.next_driving()
            if following is None or driver.advancing:
                await driver.change()
            elif (seconds := patience.left(driver.engine, following.timer)) > 0:
                with suppress(TimeoutError):
                    async with asyncio.timeout(seconds):  # no task in between: a change would be lost on the way
                        await driver.change()
            else:
                await driver.step(following.due)
                if following.timer.kind in _BRINGS:
                    patience.anew()
    except EnvironmentFailedError:
        _log.exception("the environment has failed")
    except DriverStoppedError:
        return


_BRINGS = frozenset({DELIVERY, KEPT_BACK})
"""Timers by which a buyer gets what it has not had; what it is to answer is waited for from then on."""


class _Patience:
    """Since when, in real time, each timer with patience has been waited for."""

    def __init__(self) -> None:
        self._since: dict[int, float] = {}

    def anew(self) -> None:
        """Somebody has just been told something: begin to wait anew."""
        self._since.clear()

    def left(self, engine: Engine, following: Timer) -> float:
        """For how many real seconds time still stands, before that timer, because somebody outside is to act."""
        every, real = engine.schedule.patience(), time.monotonic()
        self._since = {order: self._since.get(order, real) for order in every}
        patience = engine.schedule.patience(following) if following.kind == DELIVERY else every
        return max((self._since[order] + seconds - real for order, seconds in patience.items()), default=0.0)

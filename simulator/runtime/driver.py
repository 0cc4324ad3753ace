"""The driver of one environment: real time, requests and deliveries meet the deterministic core here.

What it promises (``docs/architecture.md``, Simulated time): timers fire at their own instants, in order; an advance
settles at each of them; no delivery starts before the reply that caused it is flushed; while the clock stands, the
ends of deliveries are handed to the core by their number, once all under way have ended.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from simulator.core.clock import Clock
from simulator.core.effects import Deliver, Reply
from simulator.core.engine import Engine, EnvironmentFailedError, Outcome
from simulator.core.inputs import DeliveryAnswer, DeliveryCompleted, FileReceived, RequestReceived, Steered
from simulator.runtime.advance import (
    MOST_REAL_SECONDS,
    AdvanceTimedOutError,
    AdvanceUnderWayError,
    Awaited,
    DriverStoppedError,
)
from simulator.runtime.auto_clock import jump_by_itself

Mode = Literal["realtime", "frozen", "auto"]
Send = Callable[[Deliver], Awaitable[DeliveryAnswer]]
LONGEST_SLEEP = 3600.0
"""Real seconds; the driver looks again after that, however far the next timer is."""
FIRES_WITHOUT_PAUSE = 256
"""Timers fired in a row before others get a turn."""
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Receipt:
    """A request's reply, and the deliveries that wait for it to be flushed."""

    reply: Reply
    deliveries: list[Deliver]


class Driver:
    """Moves one environment. All calls belong to one event loop."""

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        mode: Mode,
        send: Send,
        tell: Callable[[], None] = lambda: None,
    ) -> None:
        """``send`` makes one attempt, and ``tell`` is called when the journal has grown; neither ever raises."""
        self.engine = engine
        self.mode = mode
        self._clock = clock
        self._send = send
        self._tell = tell
        self._handling = 0
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._ended: list[DeliveryCompleted] = []
        self._advancing = False
        self._wanted = False
        self._awaited = ""
        self._stopped = False
        self._rate = clock.rate
        self._changed = asyncio.Event()
        self._alarm: asyncio.TimerHandle | None = None
        self._auto: asyncio.Task[None] | None = None

    # -- life of the driver

    def start(self) -> None:
        """Begin to move by itself, as the mode has it."""
        if self.mode == "auto":
            self._auto = asyncio.create_task(jump_by_itself(self))
        self._look_ahead()

    def run(self, mode: Mode, rate: float = 0.0) -> None:
        """Let time move in another way from now on; ``rate`` is for ``realtime``.

        Raises:
            AdvanceUnderWayError: an advance has not ended; it has the clock.
            EnvironmentFailedError: a bug of ours has left the environment in doubt.
        """
        if self._wanted:
            raise AdvanceUnderWayError
        if self._auto is not None:
            self._auto.cancel()
            self._auto = None
        self.mode = mode
        self._rate = rate if mode == "realtime" else 0.0
        if not self._advancing:  # else it runs as it is to once the step is done
            self._clock.run(self._rate, time.monotonic())
            self._take_ended()
        self.start()
        self._changed.set()

    async def stop(self) -> None:
        """Stand still for good; deliveries under way are dropped, and none will start."""
        self._stopped = True
        tasks = [*self._tasks.values(), *([self._auto] if self._auto else [])]
        for task in tasks:
            task.cancel()
        self._tasks.clear()
        self._ended.clear()
        self._changed.set()  # whoever waits learns of it
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._alarm:
            self._alarm.cancel()

    def _check_alive(self) -> None:
        if self.engine.failed:
            raise EnvironmentFailedError(self.engine.failed)
        if self._stopped:
            raise DriverStoppedError

    # -- what comes in

    def now(self) -> datetime:
        """The simulated instant."""
        return self._clock.now(time.monotonic())

    @property
    def rate(self) -> float:
        """Simulated seconds for each real second; 0 where the clock stands."""
        return self._clock.rate

    def receive(self, request: RequestReceived | FileReceived) -> Receipt:
        """Hand a wholly read request to the core. The caller flushes the reply, then calls :meth:`flushed`.

        Raises:
            EnvironmentFailedError: a bug of ours has left the environment in doubt.
        """
        now = self.now()
        self._start(self._fire_due(now))
        outcome = self._handled(self.engine.handle(request, now))
        assert outcome.reply is not None, "a request always has a reply"  # noqa: S101 - narrows the type
        receipt = Receipt(outcome.reply, [*outcome.deliveries, *self._fire_due(now)])
        self._handling += 1
        self._after_change()
        return receipt

    def flushed(self, receipt: Receipt) -> None:
        """The reply is on its way (or its reader has gone): what it caused may start."""
        self._handling -= 1
        self._start(receipt.deliveries)
        self._after_change()

    def steer(self, steered: Steered) -> Outcome:
        """Hand a command to the core; it runs at the present instant, during an advance too.

        Raises:
            EnvironmentFailedError: a bug of ours has left the environment in doubt.
        """
        now = self.now()
        self._start(self._fire_due(now))
        outcome = self._handled(self.engine.handle(steered, now))
        self._start((*outcome.deliveries, *self._fire_due(now)))
        self._after_change()
        return outcome

    # -- what goes out

    def _start(self, deliveries: Iterable[Deliver]) -> None:
        for deliver in () if self._stopped else deliveries:
            self._tasks[deliver.delivery] = asyncio.create_task(self._deliver(deliver))

    async def _deliver(self, deliver: Deliver) -> None:
        answer = await self._send(deliver)
        if self._stopped:
            return
        del self._tasks[deliver.delivery]
        self._ended.append(DeliveryCompleted(deliver.delivery, answer, deliver.attempt))
        try:
            self._take_ended()
        except EnvironmentFailedError:
            _log.exception("the environment has failed")
        self._after_change()

    def _take_ended(self) -> None:
        """Hand ended deliveries to the core: at once while time runs, else together and by number."""
        if self.rate == 0 and self._tasks:
            return
        ended, self._ended = sorted(self._ended, key=lambda one: one.delivery), []
        now = self.now()
        for one in ended:
            self._start(self._fire_due(now))
            self._start(self._handled(self.engine.handle(one, now)).deliveries)
        self._start(self._fire_due(now))

    # -- time

    def _fire_due(self, now: datetime) -> list[Deliver]:
        """Fire every timer due at or before an instant, each at its own; what may now be sent is returned."""
        deliveries: list[Deliver] = []
        while (outcome := self.engine.fire_next(now)) is not None:
            deliveries.extend(self._handled(outcome).deliveries)
        return deliveries

    async def _fire_in_turns(self, now: datetime) -> None:
        """The same, but others get a turn now and then."""
        fired = 0
        while (outcome := self.engine.fire_next(now)) is not None:
            self._start(self._handled(outcome).deliveries)
            fired += 1
            if fired % FIRES_WITHOUT_PAUSE == 0:
                await asyncio.sleep(0)
                self._check_alive()

    @property
    def advancing(self) -> bool:
        """Whether an advance is under way, or waits for the clock."""
        return self._wanted

    @property
    def settled(self) -> bool:
        """No request being handled, no delivery under way, no timer due."""
        if self._handling or self._tasks or self._ended:
            return False
        following = self.engine.schedule.next()
        return following is None or following.due > self.now()

    async def advance(
        self,
        to: datetime | None,
        within_real: float = MOST_REAL_SECONDS,
        enough: Callable[[], bool] = lambda: False,
        awaited: Sequence[Awaited] = (),
    ) -> None:
        """Move to an instant, from timer to timer, settled at each; returns when all is quiet there.

        It ends at an earlier timer where ``enough`` says so; ``None`` leads to no instant but that of the last timer.
        Once there it stands still until all that is ``awaited`` is done.

        Raises:
            AdvanceUnderWayError: another advance has not ended.
            AdvanceTimedOutError: ``within_real`` seconds were not enough, or those of something that is awaited.
            DriverStoppedError: the environment was reset meanwhile.
            EnvironmentFailedError: a bug of ours has left the environment in doubt.
        """
        if self._wanted:
            raise AdvanceUnderWayError
        self._wanted, self._awaited = True, ""
        try:
            async with asyncio.timeout(within_real):
                while self._advancing:  # the auto clock ends the step that it is taking, and takes no other
                    await self._wait_for_change()
                await self.step(to, enough, awaited)
        except TimeoutError:
            raise AdvanceTimedOutError(self.now(), self._what_blocks()) from None
        finally:
            self._wanted = False
            self._changed.set()

    async def step(
        self, to: datetime | None, enough: Callable[[], bool] = lambda: False, awaited: Sequence[Awaited] = ()
    ) -> None:
        """Stop the clock, step on, and let it run as before: an advance, once nobody else has the clock."""
        self._check_alive()
        self._advancing = True
        self._clock.run(0, time.monotonic())
        try:
            await self._step_to(to, enough)
            await self._wait_for(awaited)
        finally:
            self._advancing = False
            self._clock.run(self._rate, time.monotonic())
            if not self.engine.failed and not self._stopped:
                self._take_ended()
            self._after_change()

    async def _wait_for(self, awaited: Sequence[Awaited]) -> None:
        """Stand still until each is done, and all that it led to is settled."""
        began = asyncio.get_running_loop().time()
        for one in awaited:
            self._awaited = one.what
            async with asyncio.timeout_at(began + one.within_real):
                while not one.done():
                    await self._wait_for_change()
                    await self.settle()
        self._awaited = ""

    async def _step_to(self, to: datetime | None, enough: Callable[[], bool]) -> None:
        while True:
            await self.settle()
            if enough():
                return
            following = self.engine.schedule.next()
            if following is None or (to is not None and following.due > to):
                break
            self._clock.jump(following.due, time.monotonic())
            await self._fire_in_turns(following.due)
            await asyncio.sleep(0)  # a request that waits runs at this instant
        if to is not None:
            self._clock.jump(to, time.monotonic())
            await self.settle()

    async def settle(self) -> None:
        """Wait until no request is being answered, no delivery is under way and no timer is due.

        Raises as :meth:`advance` does where that will never be.
        """
        while True:
            self._check_alive()
            if self.settled:
                return
            if not self._handling and not self._tasks:
                self._take_ended()
                await self._fire_in_turns(self.now())
                continue
            await self._wait_for_change()

    async def change(self) -> None:
        """Wait until something happens: an entry of the journal, a move of the clock, an end of a delivery.

        Whoever waits looks first, and awaits nothing between the look and this call; then no change is missed.
        Raises:
            DriverStoppedError: the environment was reset or closed; nothing will happen here any more.
        """
        if self._stopped:
            raise DriverStoppedError
        await self._wait_for_change()
        if self._stopped:
            raise DriverStoppedError

    async def _wait_for_change(self) -> None:
        self._changed.clear()
        await self._changed.wait()

    def _what_blocks(self) -> str:
        parts = [f"{self._handling} request(s) being answered"] if self._handling else []
        parts += [f"delivery {number} under way" for number in sorted(self._tasks)[:10]]
        parts += [f"{self._awaited} is awaited"] if self._awaited else []
        return ", ".join(parts) or "more timers than could be fired in that time"

    # -- after every change

    def _handled(self, outcome: Outcome) -> Outcome:
        if outcome.bug is not None:
            _log.error("a bug of the simulator's own; nothing was changed", exc_info=outcome.bug)
        self._tell()
        self._changed.set()
        return outcome

    def _after_change(self) -> None:
        self._changed.set()
        self._look_ahead()

    def _look_ahead(self) -> None:
        """In running time, wake when the next timer falls due."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        following = self.engine.schedule.next()
        if following is None or self._advancing or self._stopped:
            return
        seconds = self._clock.real_seconds_until(following.due, time.monotonic())
        if seconds is not None:
            loop = asyncio.get_running_loop()
            self._alarm = loop.call_later(min(seconds + 0.001, LONGEST_SLEEP), self._wake)

    def _wake(self) -> None:
        try:
            self._start(self._fire_due(self.now()))
        except EnvironmentFailedError:
            _log.exception("the environment has failed")
            return
        self._after_change()

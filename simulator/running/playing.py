"""One run of one script, from an environment that has just been made to a verdict."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress

from simulator.core.inputs import Steered
from simulator.core.journal import Entry
from simulator.running.triggers import UnreachableError
from simulator.runtime.advance import AdvanceTimedOutError
from simulator.runtime.environments import Blueprint, Environment
from simulator.scenario.buyer import Situation, request
from simulator.scenario.buyer_steps import BuyerStep, ExpectStep
from simulator.scenario.loader import Script
from simulator.scenario.progress import Progress
from simulator.scenario.report import NOT_TAKEN, Verdict, verdict
from simulator.scenario.scripts import RUN

MOST_TURNS = 10_000
"""Requests and jumps of the clock in one run."""
LAST_SECONDS = 20.0
"""Real seconds for the last deliveries to end."""
TRIGGER_SECONDS = 1.0
"""Real seconds for a trigger to end by itself, once the script has ended."""
MOST_NAMED = 5
"""Notifications that a failure names."""
NOBODY = "nobody plays this buyer: write the step as `buyer`, or run with --notify URL"
_ENDS = frozenset({"script-ended", "script-failed", "bug"}) | NOT_TAKEN

Pull = Callable[[], Awaitable[str]]
"""Makes the buyer raise its fault; what went wrong is returned, or empty."""


class Stage:
    """An environment made for one run, and the knowledge of when that run is over. Make it inside the event loop."""

    def __init__(self, blueprint: Blueprint, script: Script) -> None:
        self.script = script
        self._ended = asyncio.Event()
        self._started = time.perf_counter()
        self.environment = Environment(blueprint)
        self.environment.listen(self._listen)

    def _listen(self, _name: str, entries: Iterable[Entry]) -> None:
        if any(entry.kind in _ENDS for entry in entries):
            self._ended.set()

    async def play_supplier(self, pull: Pull | None, patience: float | None = None) -> Verdict:
        """Play the supplier for a real buyer, until the script has ended. The environment's clock is ``auto``.

        ``patience`` is for how many real seconds it stands for each step that says nothing of that itself.

        Raises:
            UnreachableError: the trigger can't be reached.
        """
        self._begin(patience)
        trouble = await self._wait(pull)
        if self._judge(trouble).passed:
            await self._deliver_all()  # what is under way, or waits for a retry, may still fail
            trouble = self._not_ended()
        return self._judge(trouble)

    async def _deliver_all(self) -> None:
        """Let each delivery come to its end: at the instants of its retries, or when a fault lets go of it.

        As long as attempts end it is waited for the others.
        """
        driver, engine = self.environment.driver, self.environment.engine
        to, ended = driver.now(), -1
        while ended < (ended := sum(one.kind == "delivery-completed" for one in engine.journal)):
            with suppress(AdvanceTimedOutError):
                await driver.advance(to, LAST_SECONDS)
                while any(one.stage for one in engine.outbox) and (following := engine.schedule.next_driving()):
                    to = following.due
                    await driver.advance(to, LAST_SECONDS)
                return

    def _not_ended(self) -> str:
        left = [one for one in self.environment.engine.outbox if one.stage]
        told = [f"{one.deliver.notification}: {one.reason or 'no answer'}" for one in left[:MOST_NAMED]]
        return f"not delivered {LAST_SECONDS:g} real seconds later: {'; '.join(told)}" if told else ""

    async def play_both_sides(self) -> Verdict:
        """Play the buyer too, without a network. The environment's clock is ``frozen``: we move it."""
        self._begin(0)
        return self._judge(await self._play_on())

    def _begin(self, patience: float | None) -> None:
        """Let the script have the environment for itself."""
        script = self.script
        parameters = {"scenario": script.scenario.name, "case": script.case, "patience": patience}
        outcome = self.environment.driver.steer(Steered(RUN, "", parameters))
        assert outcome.refusal is None, "it was read a moment ago"  # noqa: S101 - a bug of ours, if it were

    def _judge(self, trouble: str) -> Verdict:
        real = time.perf_counter() - self._started
        return verdict(self.script, self.environment.engine.journal, trouble=trouble, real=real)

    async def _wait(self, pull: Pull | None) -> str:
        """Wait until the script has ended, or the trigger has failed."""
        ended = asyncio.create_task(self._ended.wait())
        pulled = asyncio.ensure_future(pull()) if pull is not None else None
        try:
            if pulled is not None:
                await asyncio.wait((ended, pulled), return_when=asyncio.FIRST_COMPLETED)
                if pulled.done() and (trouble := pulled.result()):
                    return trouble
            await ended
            if pulled is not None:
                await asyncio.wait((pulled,), timeout=TRIGGER_SECONDS)  # it may have a last word to write
            return ""
        finally:
            ended.cancel()
            if pulled is not None:
                pulled.cancel()
                with suppress(asyncio.CancelledError, UnreachableError):
                    await pulled

    async def _play_on(self) -> str:
        """Send what the script waits for, else move on in time. Returns what kept it from its end, if anything did."""
        driver, sent = self.environment.driver, -1
        for turn in range(MOST_TURNS):
            await driver.advance(driver.now())
            progress = self._progress()
            if progress is None:
                return ""
            step = progress.at_hand
            if isinstance(step, ExpectStep) and not step.forbids:
                return f"{step}: {NOBODY}"
            if isinstance(step, BuyerStep) and sent != progress.step:
                sent = progress.step
                self._send(step, progress, turn + 1)
                continue
            following = self.environment.engine.schedule.next_driving()
            if following is None:
                return "nothing is left that could happen"
            await driver.advance(following.due)
        return f"it has not ended after {MOST_TURNS} turns"

    def _progress(self) -> Progress | None:
        scripts = self.environment.scripts
        return scripts.alone(self.environment.supplier.books) if scripts is not None else None

    def _send(self, step: BuyerStep, progress: Progress, number: int) -> None:
        environment, driver = self.environment, self.environment.driver
        books, known = environment.supplier.books, environment.blueprint.inventory
        situation = Situation(progress, books, known, driver.now(), number)
        driver.flushed(driver.receive(request(step, situation)))

"""A server whose loop is a thread's own, and whose heart says for how long at a time the loop did nothing else."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from simulator import serving
from simulator.cityfibre import SupplierSettings, inventory, reception
from simulator.config import Config
from simulator.runtime.environments import Blueprint, Environment, Environments
from simulator.server.app import Server

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
BEAT_SECONDS = 0.001
READY_SECONDS = 30.0


@dataclass
class Heart:
    """The longest span between two beats, in seconds of the thread's own work and of the clock on the wall."""

    loop: asyncio.AbstractEventLoop
    worked: float = 0.0
    waited: float = 0.0

    async def beat(self) -> None:
        """Beat until it is cancelled."""
        while True:
            worked, waited = time.thread_time(), time.perf_counter()
            await asyncio.sleep(BEAT_SECONDS)
            self.worked = max(self.worked, time.thread_time() - worked)
            self.waited = max(self.waited, time.perf_counter() - waited)

    def since_last_asked(self) -> tuple[float, float]:
        """The two, which begin anew."""
        worst = self.worked, self.waited
        self.worked = self.waited = 0.0
        return worst

    def hold(self, seconds: float) -> None:
        """Let the loop's thread work for so long on end, and come back when it has beaten again."""
        done = threading.Event()

        def work() -> None:
            until = time.thread_time() + seconds
            while time.thread_time() < until:
                pass
            self.loop.call_later(10 * BEAT_SECONDS, done.set)

        self.loop.call_soon_threadsafe(work)
        assert done.wait(READY_SECONDS)


@contextmanager
def beating() -> Iterator[tuple[str, Heart]]:
    """Serve as ``serve`` does, its timeline told to nobody; the supplier's address and the heart are given."""
    ready, ended, loop = threading.Event(), asyncio.Event(), asyncio.new_event_loop()
    heart, addresses = Heart(loop), list[str]()

    async def serve() -> None:
        reception.prepare()
        plan = Blueprint("cfsit", SupplierSettings(), inventory.default(), 1, "frozen", 1.0, START, None)
        environments = Environments([Environment(plan)])
        teller = serving._TimelineTeller(Config(), lambda _: None)  # noqa: SLF001 - what it costs belongs to it
        environments.listen(teller.show)
        server = Server(environments)
        addresses.append((await server.start("127.0.0.1", 0, 0)).supplier)
        pulse = asyncio.create_task(heart.beat())
        ready.set()
        await ended.wait()
        pulse.cancel()
        await server.stop()
        teller.close()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    try:
        assert ready.wait(READY_SECONDS)
        yield addresses[0], heart
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join()
        loop.close()

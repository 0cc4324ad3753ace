"""Environments: each has its own clock, seed, tickets, diary, journal and endpoint. They never meet."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.cityfibre import CityFibre
from simulator.cityfibre.inventory import Inventory
from simulator.cityfibre.settings import SupplierSettings
from simulator.core.clock import Clock
from simulator.core.effects import Deliver
from simulator.core.engine import Engine
from simulator.core.inputs import DeliveryAnswer
from simulator.core.instants import whole_milliseconds
from simulator.core.journal import Entry
from simulator.runtime.driver import Driver, Mode
from simulator.runtime.files import Files

if TYPE_CHECKING:
    from simulator.runtime.delivery import Courier
    from simulator.scenario.loader import Source
    from simulator.scenario.scripts import Scripts

DEFAULT_START = datetime(2026, 1, 5, 9, tzinfo=UTC)
"""A Monday morning: where the clock stands at first when it does not run by itself."""
Listener = Callable[[str, Sequence[Entry]], None]
"""Shown the name of an environment, and what is new in its journal."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Blueprint:
    """All that an environment is made from, again at every reset.

    ``start`` ``None`` leaves it to the clock's mode. ``scripts`` ``None`` is for one that never has any;
    ``scripts_from`` is where they were read, to be looked at again.
    """

    name: str
    settings: SupplierSettings
    inventory: Inventory
    seed: int
    mode: Mode
    rate: float
    start: datetime | None
    notify: str | None
    scripts: tuple[Source, ...] | None = None
    scripts_from: Path | None = None


class Environment:
    """One environment, alive. Make it inside the event loop."""

    def __init__(self, blueprint: Blueprint) -> None:
        self.blueprint = blueprint
        self._listeners: list[Listener] = []
        self._courier = _courier(blueprint.notify)
        self.files = Files()
        self.supplier, self.driver = self._build()
        self.driver.start()

    @property
    def name(self) -> str:
        """The first part of its path."""
        return self.blueprint.name

    @property
    def engine(self) -> Engine:
        """The deterministic core, to be read."""
        return self.driver.engine

    def _build(self) -> tuple[CityFibre, Driver]:
        plan = self.blueprint
        self.scripts = _scripts(plan.scripts)
        self._shown = 0
        supplier = CityFibre(plan.settings, plan.inventory, plan.seed, self.scripts)
        engine = Engine(supplier, has_endpoint=plan.notify is not None)
        rate = plan.rate if plan.mode == "realtime" else 0.0
        clock = Clock(_start_of(plan), rate=rate, real=time.monotonic())
        send = self._courier.deliver if self._courier is not None else _to_nobody
        return supplier, Driver(engine, clock, plan.mode, send, self._show)

    def listen(self, listener: Listener) -> None:
        """Show each new entry of the journal to one more. Whoever looks on never changes what happens."""
        self._listeners.append(listener)

    def _show(self) -> None:
        journal = self.engine.journal
        entries = journal.after(self._shown, journal.next_seq) if self._listeners else []
        self._shown = journal.next_seq - 1
        for listener in tuple(self._listeners):
            try:
                listener(self.name, entries)
            except Exception:  # noqa: BLE001 - whatever it is, it is not the environment's
                self._listeners.remove(listener)
                _log.exception("one who looks on has failed, and is shown no more; the simulator goes on")

    def take_scripts(self, sources: tuple[Source, ...]) -> None:
        """From the next reset on these are the scripts; until then :data:`LOAD` puts them in force."""
        self.blueprint = replace(self.blueprint, scripts=sources)

    async def reset(self) -> None:
        """Begin anew: the same seed, start and settings; nothing of the past is left."""
        former, files = self.driver, self.files
        self.supplier, self.driver = self._build()  # nothing awaits here: whoever comes next meets the new one
        self.files = Files()
        self.driver.start()
        await former.stop()
        files.clear()

    async def close(self) -> None:
        """Stop, and let go of every connection."""
        await self.driver.stop()
        if self._courier is not None:
            await self._courier.close()
        self.files.clear()


def _courier(notify: str | None) -> Courier | None:
    if notify is None:
        return None
    from simulator.runtime.delivery import Courier  # noqa: PLC0415 - aiohttp takes 200 ms, which a played buyer spares

    return Courier(notify)


async def _to_nobody(_deliver: Deliver) -> DeliveryAnswer:
    return DeliveryAnswer(None, failure="no endpoint is configured")


def _scripts(sources: tuple[Source, ...] | None) -> Scripts | None:
    if sources is None:
        return None
    from simulator.scenario.scripts import Scripts  # noqa: PLC0415 - 40 ms that only who has scenarios pays

    return Scripts(sources)


def _start_of(plan: Blueprint) -> datetime:
    if plan.start is not None:
        return plan.start.astimezone(UTC)
    return whole_milliseconds(datetime.now(UTC)) if plan.mode == "realtime" else DEFAULT_START


class Environments:
    """The environments of one server, by name."""

    def __init__(self, environments: Iterable[Environment]) -> None:
        self._by_name: dict[str, Environment] = {}
        self._listeners: list[Listener] = []
        for environment in environments:
            self.add(environment)

    def get(self, name: str) -> Environment | None:
        """The environment of that name; an unknown one is never made by accident."""
        return self._by_name.get(name)

    def add(self, environment: Environment) -> None:
        """Let there be one more."""
        self._by_name[environment.name] = environment
        for listener in self._listeners:
            environment.listen(listener)

    def listen(self, listener: Listener) -> None:
        """Show each new entry of every environment, and of those that are yet to come, to one more."""
        self._listeners.append(listener)
        for environment in self._by_name.values():
            environment.listen(listener)

    def __iter__(self) -> Iterator[Environment]:
        return iter(tuple(self._by_name.values()))

    async def remove(self, name: str) -> None:
        """Close one; from now on nobody finds it."""
        await self._by_name.pop(name).close()

    @property
    def names(self) -> list[str]:
        """Every name, in the order in which they were made."""
        return list(self._by_name)

    async def close(self) -> None:
        """Close them all."""
        for environment in self._by_name.values():
            await environment.close()

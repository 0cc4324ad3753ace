"""Environments: each has its own clock, seed, tickets, diary, journal and endpoint. They never meet."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.cityfibre import CityFibre, inventory
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
    import ssl

    from simulator.runtime.delivery import Courier, Endpoint
    from simulator.scenario.loader import Source
    from simulator.scenario.scripts import Scripts

DEFAULT_START = datetime(2026, 1, 5, 9, tzinfo=UTC)
"""A Monday morning: where the clock stands at first when it does not run by itself."""
MOST_REMOVED = 1_000
"""Names of removed environments that are remembered, to say what became of them."""
Listener = Callable[[str, Sequence[Entry]], None]
"""Shown the name of an environment, and what is new in its journal."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Blueprint:
    """All that an environment is made from, again at every reset.

    ``start`` ``None`` leaves it to the clock's mode. ``scripts`` ``None`` is for one that never has any;
    ``scripts_from`` is where they were read, to be looked at again. ``notify`` is where notifications go, with
    ``notify_tls`` in place of the usual; ``buyers`` where those of single buyers do. ``idle_seconds``: how long it may
    be left alone, in real time, until it is removed.
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
    notify_tls: ssl.SSLContext | None = None
    buyers: Mapping[str, Endpoint | None] = field(default_factory=dict)
    idle_seconds: float | None = None


class Environment:
    """One environment, alive. Make it inside the event loop."""

    def __init__(self, blueprint: Blueprint) -> None:
        self.blueprint = blueprint
        self._listeners: list[Listener] = []
        self._courier: Courier | None = None
        self._touched = time.monotonic()
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
        self.life = uuid.uuid4().hex
        self.closing = asyncio.Event()  # whoever lets a buyer wait on purpose does so no longer
        self.verified: set[int] = set()  # the messages that a verification has taken, by their seqs
        supplier = CityFibre(plan.settings, plan.inventory, plan.seed, self.scripts)
        reachable = {buyer: endpoint is not None for buyer, endpoint in plan.buyers.items()}
        engine = Engine(supplier, has_endpoint=plan.notify is not None, reachable=reachable)
        rate = plan.rate if plan.mode == "realtime" else 0.0
        clock = Clock(_start_of(plan), rate=rate, real=time.monotonic())
        return supplier, Driver(engine, clock, plan.mode, self._send, self._show)

    async def _send(self, deliver: Deliver) -> DeliveryAnswer:
        if self._courier is None:
            self._courier = _courier(self.blueprint)
        return await self._courier.deliver(deliver)

    def reaches(self, buyer: str) -> bool:
        """Whether a buyer's notifications have somewhere to go."""
        endpoint = self.blueprint.buyers.get(buyer)
        return endpoint is not None if buyer in self.blueprint.buyers else self.blueprint.notify is not None

    def connect(self, buyer: str, endpoint: Endpoint | None) -> None:
        """Let a buyer's notifications go there from now on, after a reset too."""
        self.blueprint = replace(self.blueprint, buyers={**self.blueprint.buyers, buyer: endpoint})
        if self._courier is not None:
            self._courier.send_to(buyer, endpoint)

    def touch(self) -> None:
        """Somebody has to do with it: it is not left alone."""
        self._touched = time.monotonic()

    @property
    def left_alone(self) -> float:
        """For how many real seconds nobody has had to do with it."""
        return time.monotonic() - self._touched

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
        self.closing.set()
        former, files = self.driver, self.files
        self.supplier, self.driver = self._build()  # nothing awaits here: whoever comes next meets the new one
        self.files = Files()
        self.driver.start()
        await former.stop()
        files.clear()

    async def close(self) -> None:
        """Stop, and let go of every connection."""
        self.closing.set()
        await self.driver.stop()
        if self._courier is not None:
            await self._courier.close()
        self.files.clear()


def _courier(plan: Blueprint) -> Courier:
    from simulator.runtime.delivery import Courier, Endpoint  # noqa: PLC0415 - aiohttp takes 200 ms

    return Courier(Endpoint(plan.notify, tls=plan.notify_tls) if plan.notify is not None else None, plan.buyers)


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

    def __init__(self, environments: Iterable[Environment], template: Blueprint | None = None) -> None:
        """``template`` is what others are made like, where whoever asks for one says nothing else."""
        self.template = template or Blueprint("", SupplierSettings(), inventory.default(), 1, "frozen", 1.0, None, None)
        self.removed: dict[str, str] = {}
        self._by_name: dict[str, Environment] = {}
        self._listeners: list[Listener] = []
        self._named = 0
        for environment in environments:
            self.add(environment)

    def get(self, name: str) -> Environment | None:
        """The environment of that name; an unknown one is never made by accident."""
        return self._by_name.get(name)

    def add(self, environment: Environment) -> None:
        """Let there be one more."""
        self._by_name[environment.name] = environment
        self.removed.pop(environment.name, None)
        for listener in self._listeners:
            environment.listen(listener)

    def listen(self, listener: Listener) -> None:
        """Show each new entry of every environment, and of those that are yet to come, to one more."""
        self._listeners.append(listener)
        for environment in self._by_name.values():
            environment.listen(listener)

    def __iter__(self) -> Iterator[Environment]:
        return iter(tuple(self._by_name.values()))

    def __len__(self) -> int:
        return len(self._by_name)

    def free_name(self) -> str:
        """A name that no environment has, and none had that was named so before."""
        while True:
            self._named += 1
            if (name := f"env-{self._named}") not in self._by_name:
                return name

    async def remove(self, name: str, why: str = "") -> None:
        """Close one; from now on nobody finds it. ``why`` is told to who asks for it."""
        environment = self._by_name.pop(name)
        if why:
            self.removed[name] = why
            if len(self.removed) > MOST_REMOVED:
                del self.removed[next(iter(self.removed))]
        await environment.close()

    async def remove_left_alone(self) -> None:
        """Remove those that nobody has had to do with for as long as they may be left alone."""
        for environment in self:
            idle = environment.blueprint.idle_seconds
            if idle is None or environment.left_alone <= idle or environment.driver.advancing:
                continue
            if self._by_name.get(environment.name) is environment:  # it may have been removed while another was
                await self.remove(environment.name, f"it was removed after {idle:g} real seconds without a request")

    @property
    def names(self) -> list[str]:
        """Every name, in the order in which they were made."""
        return list(self._by_name)

    async def close(self) -> None:
        """Close them all."""
        for environment in self:
            await environment.close()

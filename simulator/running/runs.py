"""All runs of one ``run``: one after another or several at once, each in an environment of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from simulator.cityfibre.inventory import Inventory
from simulator.config import Loaded, without_query
from simulator.core.instants import format_instant
from simulator.running.planning import Run, blueprint
from simulator.running.playing import Stage
from simulator.running.triggers import UnreachableError, pull
from simulator.runtime.environments import Environments
from simulator.scenario.outlook import buyer_steps
from simulator.scenario.report import Verdict

if TYPE_CHECKING:
    import ssl

CONNECT_SECONDS = 5.0
"""Real seconds to find out whether anybody listens at the buyer's endpoint."""
DEFAULT_ENVIRONMENT = "cfsit"


@dataclass(frozen=True, slots=True)
class Buyer:
    """A real buyer: where it takes notifications, what makes it raise its fault, and whose URL it has been given.

    ``environment`` is the one whose URL is built into it; empty where the trigger tells it a URL for each run.
    ``patience`` is for how many real seconds it is waited for, where a step does not say. ``tls`` goes with the first.
    """

    notify: str
    trigger: str = ""
    environment: str = ""
    patience: float | None = None
    tls: ssl.SSLContext | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done: the runs, how, and whom to tell of each verdict."""

    runs: Sequence[Run]
    loaded: Loaded
    known: Inventory
    told: Callable[[Verdict], None]
    waits: Callable[[str], None]
    buyer: Buyer | None = None
    jobs: int = 1
    fail_fast: bool = False
    verdicts: list[Verdict] = field(default_factory=list)

    @property
    def over(self) -> bool:
        """Whether no more runs are to begin."""
        return self.fail_fast and any(not one.passed for one in self.verdicts)


async def carry_out(order: Order) -> list[Verdict]:
    """Make all runs; the verdicts are in the order of the runs, also those that there are when it ends early.

    Raises:
        UnreachableError: nobody listens at the buyer's endpoint, or its trigger can't be reached.
        ConfigError: the certificates of the settings can't be used.
        PortError: the supplier's port can't be had.
    """
    if order.buyer is None:
        for run in order.runs:
            if not order.over:
                _take(order, await _alone(order, run))
        return order.verdicts
    await _look_for(order.buyer.notify)
    async with _served(order) as (environments, url):
        turns = asyncio.Semaphore(order.jobs)
        tasks = [
            asyncio.create_task(_in_turn(order, run, environments, url, number, turns))
            for number, run in enumerate(order.runs, 1)
        ]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                if not task.cancelling():  # a second time would cut off what it does at its end
                    task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            position = {id(run.script): index for index, run in enumerate(order.runs)}
            order.verdicts.sort(key=lambda one: position[id(one.script)])
    return order.verdicts


async def _alone(order: Order, run: Run) -> Verdict:
    """A run whose buyer we play ourselves."""
    plan = blueprint(run, order.loaded, order.known, name="run", mode="frozen", notify=None)
    stage = Stage(plan, run.script)
    try:
        return await stage.play_both_sides()
    finally:
        await stage.environment.close()


async def _in_turn(
    order: Order, run: Run, environments: Environments, url: str, number: int, turns: asyncio.Semaphore
) -> None:
    async with turns:
        if not order.over:
            _take(order, await _with_buyer(order, run, environments, url, number))


async def _with_buyer(order: Order, run: Run, environments: Environments, url: str, number: int) -> Verdict:
    """A run with a real buyer, in an environment that is there for as long."""
    buyer = order.buyer
    assert buyer is not None  # noqa: S101 - narrows the type
    name = buyer.environment or f"run-{number}"
    plan = blueprint(run, order.loaded, order.known, name=name, mode="auto", notify=buyer.notify)
    plan = replace(plan, notify_tls=buyer.tls)
    stage = Stage(plan, run.script)
    environments.add(stage.environment)
    try:
        base = f"{url}/{name}/api2"
        told = _outlook(run, stage, base)
        if buyer.trigger:
            return await stage.play_supplier(lambda: pull(buyer.trigger, told), buyer.patience)
        first = next(iter(told["steps"]), None)
        order.waits(f"{run.script.name} waits for {first['operation'] if first else 'the buyer'} at {base}")
        return await stage.play_supplier(None, buyer.patience)
    finally:
        await environments.remove(name)


def _outlook(run: Run, stage: Stage, base: str) -> dict[str, Any]:
    """What a trigger is told."""
    script = run.script
    return {
        "scenario": script.scenario.name,
        "case": script.case,
        "description": script.scenario.description,
        "parameters": dict(script.parameters),
        "base_url": base,
        "now": format_instant(stage.environment.driver.now()),
        "steps": buyer_steps(script, stage.environment.blueprint.settings),
    }


def _take(order: Order, verdict: Verdict) -> None:
    order.verdicts.append(verdict)
    order.told(verdict)


@asynccontextmanager
async def _served(order: Order) -> AsyncIterator[tuple[Environments, str]]:
    from simulator.server.app import Server  # noqa: PLC0415 - aiohttp takes 200 ms, which a played buyer spares
    from simulator.server.entrance import entrance_of  # noqa: PLC0415 - the same

    config, environments = order.loaded.config, Environments([])
    server = Server(environments, entrance=entrance_of(config))
    addresses = await server.start(config.host, config.port, config.control_port)
    try:
        yield environments, addresses.supplier
    finally:
        await server.stop()


async def _look_for(url: str) -> None:
    """Find out before the first run whether anybody listens."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            _, writer = await asyncio.open_connection(parts.hostname, port)
    except (OSError, TimeoutError, UnicodeError) as error:  # the last is a host that no name can be
        reason = "that is no host's name" if isinstance(error, UnicodeError) else getattr(error, "strerror", None)
        reason = reason or "no answer in time"
        raise UnreachableError(f"the buyer's endpoint {without_query(url)} can't be reached: {reason}") from None
    writer.close()

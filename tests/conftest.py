"""Fixtures that any test may use: simulators over HTTP, whose every sent message is held to its schema."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from simulator.cityfibre import SupplierSettings
from simulator.cityfibre.inventory import Inventory
from tests.rig import Simulator

Start = Callable[..., Awaitable[Simulator]]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Start simulators; switches of the supplier are given by name, ``known`` is an inventory."""
    running: list[Simulator] = []

    async def factory(*, known: Inventory | None = None, seed: int = 1, **switches: Any) -> Simulator:  # noqa: ANN401
        settings = SupplierSettings.model_validate({"validate_sent": True, **switches})
        running.append(await Simulator.start(settings, known, seed))
        return running[-1]

    yield factory
    for one in running:
        await one.stop()


@pytest.fixture
async def simulator(start: Start) -> Simulator:
    """A simulator with the switches' defaults."""
    return await start()

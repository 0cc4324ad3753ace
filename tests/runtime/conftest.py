"""Fixtures for the driver: it is made without a server."""

import time
from collections.abc import AsyncIterator

import pytest

from simulator.cityfibre import CityFibre, SupplierSettings, inventory
from simulator.core.clock import Clock
from simulator.core.engine import Engine
from simulator.runtime.driver import Driver, Mode
from tests.driving import START, Buyer, Make


@pytest.fixture
def buyer() -> Buyer:
    return Buyer()


@pytest.fixture
async def make(buyer: Buyer) -> AsyncIterator[Make]:
    """Makes drivers of environments whose notifications go to ``buyer``."""
    made: list[Driver] = []

    def factory(mode: Mode = "frozen", rate: float = 0.0) -> Driver:
        supplier = CityFibre(SupplierSettings(validate_sent=True), inventory.default(), seed=1)
        clock = Clock(START, rate=rate, real=time.monotonic())
        driver = Driver(Engine(supplier, has_endpoint=True), clock, mode, buyer.send)
        buyer.clock = driver.now
        driver.start()
        made.append(driver)
        return driver

    yield factory
    for driver in made:
        await driver.stop()

"""The driver where something ends: a reset, a failure, a terminal that was closed, an advance that another awaits."""

import asyncio

import pytest

from simulator.core.engine import EnvironmentFailedError
from simulator.runtime.advance import DriverStoppedError
from tests.driving import HOUR, START, Buyer, Make, post, report, until


async def test_after_stop_nothing_starts(make: Make, buyer: Buyer) -> None:
    """A reply that is flushed after a reset sends nothing of the past."""
    driver = make()
    receipt = driver.receive(report("A"))
    await driver.stop()
    driver.flushed(receipt)
    await asyncio.sleep(0.01)
    assert buyer.begun == []


async def test_a_reset_ends_an_advance_under_way(make: Make, buyer: Buyer) -> None:
    """It does not hang upon a delivery that was dropped, nor go on in an environment that is gone."""
    driver = make()
    buyer.close(1)
    post(driver, "A")
    advance = asyncio.create_task(driver.advance(START + 9 * HOUR))
    await asyncio.sleep(0.01)
    await driver.stop()
    with pytest.raises(DriverStoppedError):
        await asyncio.wait_for(advance, 1)


async def test_the_auto_clock_gives_way_to_an_advance(make: Make, buyer: Buyer) -> None:
    """Nobody else advances, so nobody is refused: it ends its step, and the one who asked goes next."""
    driver = make("auto")
    door = buyer.close(2)
    post(driver, "A")
    await until(lambda: 2 in buyer.begun)
    asked = asyncio.create_task(driver.advance(START + 5 * HOUR))
    await asyncio.sleep(0.01)
    assert not asked.done()
    door.set()
    await asked
    assert driver.now() >= START + 5 * HOUR


async def test_a_failed_environment_does_not_advance(make: Make) -> None:
    """Its state is in doubt, even where no timer falls due."""
    driver = make()
    driver.engine.failed = "a bug"
    with pytest.raises(EnvironmentFailedError):
        await driver.advance(START + HOUR)
    assert driver.now() == START
    driver.engine.failed = ""

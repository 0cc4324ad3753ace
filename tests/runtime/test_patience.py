"""The auto clock stands still while a script awaits the buyer, for so many real seconds, and then goes on."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import pytest

import tests.rig
from simulator.cityfibre import SupplierSettings, inventory
from simulator.core.inputs import RequestReceived
from simulator.runtime.delivery import Endpoint
from simulator.runtime.environments import Blueprint, Environment
from simulator.scenario.loader import load
from tests.driving import START
from tests.messages import Tree, request

SCRIPT = """
scenario: 1
name: waits
description: Waits for the buyer, in simulated and in real time.
match: {reference: A}
steps:
  - buyer: addFaultReport
  - supplier: accept
  - expect: amendFaultReport
    within: PT5H
    within_real: SECONDS
  - wait: PT1H
  - supplier: start
"""
Make = Callable[..., Environment]


@pytest.fixture
async def make() -> AsyncIterator[Make]:
    """Makes environments whose clock is ``auto``, with a script of that patience."""
    made: list[Environment] = []

    def factory(script: str, notify: str | None = None) -> Environment:
        plan = Blueprint(
            "auto",
            SupplierSettings(),
            inventory.default(),
            seed=1,
            mode="auto",
            rate=0.0,
            start=START,
            notify=notify,
            scripts=(load(script, "waits.yaml"),),
        )
        made.append(Environment(plan))
        return made[-1]

    yield factory
    for environment in made:
        await environment.close()


def post(environment: Environment, operation: str, reference: str, who: Tree | None = None) -> None:
    """A request of the buyer's, about its ticket of that reference."""
    changes: Tree = {"buyerFaultReference": reference, "messageId": reference, **(who or {})}
    more = {"maintainerFaultReference": None} if operation == "amendFaultReport" else {}
    body = request(operation, {**changes, **more}).encode()
    driver = environment.driver
    driver.flushed(driver.receive(RequestReceived(operation, body, content_type="application/xml")))


async def until(environment: Environment, kind: str) -> float:
    """Wait for an entry of the journal; the real seconds that it took are returned."""
    began = time.monotonic()
    async with asyncio.timeout(5):
        while not any(entry.kind == kind for entry in environment.engine.journal):
            await asyncio.sleep(0.005)
    return time.monotonic() - began


async def test_time_stands_still_until_the_buyer_acts(make: Make) -> None:
    """However long it takes in truth; then the clock goes on at once."""
    environment = make(SCRIPT.replace("SECONDS", "30"))
    post(environment, "addFaultReport", "A")
    await asyncio.sleep(0.3)
    assert environment.driver.now() == START
    post(environment, "amendFaultReport", "A")
    await until(environment, "script-ended")
    assert environment.driver.now() == START + timedelta(hours=1)


@pytest.mark.parametrize("turns", range(16))
async def test_a_request_is_noticed_however_soon_it_comes(make: Make, turns: int) -> None:
    """In whatever turn of the event loop: while the clock is about to stand, it must not be missed."""
    environment = make(SCRIPT.replace("SECONDS", "30"))
    post(environment, "addFaultReport", "A")
    for _ in range(turns):
        await asyncio.sleep(0)
    post(environment, "amendFaultReport", "A")
    assert await until(environment, "script-ended") < 3


async def test_when_patience_has_run_out_the_clock_goes_on_to_the_deadline(make: Make) -> None:
    """The step fails by name, five simulated hours and some real milliseconds later."""
    environment = make(SCRIPT.replace("SECONDS", "0.2"))
    post(environment, "addFaultReport", "A")
    assert 0.15 < await until(environment, "script-failed") < 2
    assert environment.driver.now() == START + timedelta(hours=5)
    (failed,) = [entry.data for entry in environment.engine.journal if entry.kind == "script-failed"]
    assert failed["does"] == "expect amendFaultReport"
    assert failed["found"] == "no request came"


async def test_one_ticket_that_waits_holds_the_clock_for_all(make: Make) -> None:
    """The default life of another ticket stands as well: there is one clock."""
    environment = make(SCRIPT.replace("SECONDS", "0.3"))
    post(environment, "addFaultReport", "A")
    post(environment, "addFaultReport", "B")
    await asyncio.sleep(0.15)
    assert environment.driver.now() == START
    await until(environment, "script-failed")
    assert environment.driver.now() >= START + timedelta(hours=5)


async def test_each_wait_has_a_patience_of_its_own(make: Make) -> None:
    """What was waited for one step is not taken off the next."""
    twice = SCRIPT.replace("  - wait: PT1H\n", "  - {expect: amendFaultReport, within: PT5H, within_real: 0.4}\n")
    environment = make(twice.replace("SECONDS", "0.4"))
    post(environment, "addFaultReport", "A")
    await asyncio.sleep(0.3)
    post(environment, "amendFaultReport", "A")
    await asyncio.sleep(0.3)
    assert environment.driver.now() == START
    post(environment, "amendFaultReport", "A")
    await until(environment, "script-ended")
    assert environment.driver.now() == START


async def test_an_advance_does_not_wait_for_the_buyer(make: Make) -> None:
    """Whoever moves the clock means it."""
    environment = make(SCRIPT.replace("SECONDS", "30"))
    post(environment, "addFaultReport", "A")
    await environment.driver.advance(START + timedelta(hours=6))
    assert environment.driver.now() == START + timedelta(hours=6)
    assert any(entry.kind == "script-failed" for entry in environment.engine.journal)


async def test_only_what_its_own_buyer_has_not_got_comes_before_its_answer(make: Make) -> None:
    """Another ticket's retry is due in a minute; the script's own ticket has been told all, and time stands for it."""
    endpoint = tests.rig.Endpoint()
    environment = make(SCRIPT.replace("SECONDS", "0.5"), await endpoint.listen())
    environment.connect("SPDEV2", Endpoint("http://127.0.0.1:1/"))
    post(environment, "addFaultReport", "A")
    await until(environment, "notification-delivered")
    post(environment, "addFaultReport", "B", {"buyerIdentifier": "SPDEV2", "serviceAffected": "S40003"})
    await until(environment, "notification-failed")
    await asyncio.sleep(0.2)
    assert environment.driver.now() == START
    assert await until(environment, "script-failed") >= 0.2
    await endpoint.close()


async def test_time_does_not_stand_for_an_answer_to_what_the_buyer_has_not_got(make: Make) -> None:
    """Its own notification is tried again at once, though the script would wait for half a minute."""
    environment = make(SCRIPT.replace("SECONDS", "30"), "http://127.0.0.1:1/")
    post(environment, "addFaultReport", "A")
    async with asyncio.timeout(3):
        while environment.driver.now() < START + timedelta(hours=1, minutes=12, seconds=30):  # the fifth attempt
            await asyncio.sleep(0.01)


async def test_what_was_held_back_is_waited_for_anew_once_it_has_gone_out(make: Make) -> None:
    """The buyer hears of it late, and then has as long as ever to act."""
    fault = "- {fault: reorder, on: in-progress, at_most: PT1H}\n  - supplier: start\n  - expect"
    endpoint = tests.rig.Endpoint()
    environment = make(SCRIPT.replace("- expect", fault).replace("SECONDS", "0.8"), await endpoint.listen())
    post(environment, "addFaultReport", "A")
    async with asyncio.timeout(5):
        while len(endpoint.received) < 2:
            await asyncio.sleep(0.005)
    await asyncio.sleep(0.3)
    assert environment.driver.now() == START + timedelta(hours=1)
    post(environment, "amendFaultReport", "A")
    steps = [entry.data["does"] for entry in environment.engine.journal if entry.kind == "script-step"]
    assert steps[-1] == "expect amendFaultReport"
    await endpoint.close()

"""Fixtures that any test may use: simulators over HTTP, whose every sent message is held to its schema."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from simulator.cityfibre import SupplierSettings
from simulator.cityfibre.inventory import Inventory
from tests.figures import NAME, Figure
from tests.rig import Simulator

MILLION = 1_000_000


def pytest_addoption(parser: pytest.Parser) -> None:
    """What ``make fuzz`` is told: which mutants, and how many."""
    fuzz = parser.getgroup("fuzz")
    today = int(f"{datetime.now(UTC):%Y%m%d}")
    fuzz.addoption("--seed", type=int, default=today, help="which mutants are made (default: today's date)")
    fuzz.addoption("--first", type=int, default=0, help="the number of the first (default: 0)")
    fuzz.addoption("--count", type=int, default=MILLION, help="how many (default: a million)")


Start = Callable[..., Awaitable[Simulator]]


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Figure:
    """Tell a figure that a test has measured; it is printed at the end of the run."""
    return partial(record_property, NAME)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The figures of all tests, whichever process they ran in."""
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    figures = [str(text) for one in reports if one.when == "call" for name, text in one.user_properties if name == NAME]
    if figures:
        terminalreporter.section("figures")
        for text in figures:
            terminalreporter.write_line(text)


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

"""Full size: thousands of tickets over days, by one jump and by one a minute; the journals are equal to the byte."""

import hashlib
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from simulator.cityfibre import CityFibre, SupplierSettings, inventory
from simulator.core.clock import Clock
from simulator.core.effects import Deliver
from simulator.core.engine import Engine
from simulator.core.inputs import DeliveryAnswer, RequestReceived
from simulator.runtime.driver import Driver

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
REPORT = (Path(__file__).parents[1] / "examples" / "add_fault_report.xml").read_text("utf-8")
TICKETS = 5_000
DAYS = 4


async def acknowledge(deliver: Deliver) -> DeliveryAnswer:
    return DeliveryAnswer(200, f"<r><messageId>{deliver.message_id}</messageId></r>".encode())


async def journal_of(steps: int) -> tuple[str, int]:
    """The digest and length of the journal that ``DAYS`` days leave, taken in so many steps."""
    supplier = CityFibre(SupplierSettings(), inventory.default(), seed=1)
    driver = Driver(
        Engine(supplier, has_endpoint=True), Clock(START, rate=0, real=time.monotonic()), "frozen", acknowledge
    )
    for number in range(TICKETS):
        body = REPORT.replace("MY-FAULT-1", f"R-{number}").replace("SP-00001", f"M-{number}").encode()
        driver.flushed(driver.receive(RequestReceived("addFaultReport", body, content_type="text/xml")))
    for _ in range(steps):
        await driver.advance(driver.now() + timedelta(days=DAYS) / steps)
    await driver.stop()
    digest = hashlib.sha256()
    for line in driver.engine.journal.lines():
        digest.update(line.encode())
    assert {ticket.state.value for ticket in supplier.books.tickets.values()} == {"closed"}
    return digest.hexdigest(), len(driver.engine.journal)


@pytest.mark.soak
async def test_one_jump_and_one_a_minute(capsys: pytest.CaptureFixture[str]) -> None:
    """5,000 tickets through their whole life, 20,000 notifications, 5,760 steps against one."""
    began = time.monotonic()
    one = await journal_of(1)
    jumped = time.monotonic()
    many = await journal_of(DAYS * 24 * 60)
    ended = time.monotonic()
    assert one == many
    with capsys.disabled():
        told = (
            f"{TICKETS} tickets, {one[1]} entries: one jump {jumped - began:.1f} s, by minutes {ended - jumped:.1f} s"
        )
        print(f"\n{told}")  # noqa: T201 - the figure is the point of a soak

"""A driver without a server: a buyer that answers when it is let, and reports that every rule lets through."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from simulator.core.effects import Deliver
from simulator.core.inputs import DeliveryAnswer, RequestReceived
from simulator.runtime.driver import Driver

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
Make = Callable[..., Driver]


def report(reference: str) -> RequestReceived:
    """A fault report that every rule lets through."""
    body = f"""<addFaultReport>
      <apiVersion>1.0</apiVersion><buyerIdentifier>SPDEV1</buyerIdentifier>
      <sentAt>2026-01-05T09:00:00Z</sentAt><messageId>{reference}</messageId>
      <serviceAffected>S21709</serviceAffected><buyerFaultReference>{reference}</buyerFaultReference>
      <faultDetails><type>Impaired Service</type><faultStartTime>2026-01-05T08:00:00Z</faultStartTime>
      <faultLocation>1 Sample Street</faultLocation><siteAccessDetails>none</siteAccessDetails>
      <siteAccessContactDetails/><triageComplete>true</triageComplete><triageFindings>slow</triageFindings>
      </faultDetails></addFaultReport>"""
    return RequestReceived("addFaultReport", body.encode(), content_type="application/xml")


class Buyer:
    """Stands for the buyer's endpoint: notes what was begun, and answers when it is let."""

    def __init__(self) -> None:
        self.begun: list[int] = []
        self.at: list[str] = []
        self.doors: dict[int, asyncio.Event] = {}
        self.clock: Callable[[], datetime] = lambda: START

    def close(self, delivery: int) -> asyncio.Event:
        """Let that delivery wait until the returned event is set."""
        self.doors[delivery] = asyncio.Event()
        return self.doors[delivery]

    async def send(self, deliver: Deliver) -> DeliveryAnswer:
        self.begun.append(deliver.delivery)
        self.at.append(f"{self.clock():%d %H:%M} {deliver.notification}")
        if deliver.delivery in self.doors:
            await self.doors[deliver.delivery].wait()
        return DeliveryAnswer(200, f"<r><messageId>{deliver.message_id}</messageId></r>".encode())


def post(driver: Driver, reference: str) -> None:
    """Hand a report over, and flush its reply at once."""
    driver.flushed(driver.receive(report(reference)))


def journal(driver: Driver) -> list[str]:
    return list(driver.engine.journal.lines())


def kinds(driver: Driver) -> list[str]:
    return [entry.kind for entry in driver.engine.journal]


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so, for five real seconds at the most."""
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.002)

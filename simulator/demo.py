"""The demonstration: a simulator and a small buyer, one total loss of service from first query to closure.

Both speak real HTTP on loopback. The buyer's requests are written from the supplier's text alone and share no code with
the simulator, so that they also show how little a buyer needs. Its ear is the one that ``listen`` has.
"""

import asyncio
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.sax.saxutils import escape

import aiohttp

from simulator.cityfibre import inventory
from simulator.cityfibre.settings import SupplierSettings
from simulator.listening.endpoint import Arrival, Endpoint
from simulator.runtime.environments import Blueprint, Environment, Environments
from simulator.server.app import Server
from simulator.timeline import Line, Timeline

ENVIRONMENT = "demo"
REFERENCE = "DEMO-0001"
EXPECTED = ["accepted", "accepted", "in-progress", "in-progress", "resolved", "closed"]
"""The status in each notification; the second and the fourth tell of the engineer's visit."""
Say = Callable[[Line], None]

_HEAD = """<apiVersion>1.0</apiVersion>
  <buyerIdentifier>SPDEV1</buyerIdentifier>
  <sentAt>{sent_at}</sentAt>
  <messageId>{message_id}</messageId>"""
_APPOINTMENT_HEAD = """<message>
    <messageId>{message_id}</messageId>
    <correlationId>demo-{message_id}</correlationId>
    <sentAt>{sent_at}</sentAt>
  </message>
  <buyer><buyerIdentifier>SPDEV1</buyerIdentifier></buyer>
  <seller><sellerIdentifier>CITYFIBRE</sellerIdentifier></seller>"""
_NAMESPACES = 'xmlns="http://www.niccstandards.org.uk/ala_1.0.xsd" xmlns:cfh="http://www.cityfibre.com/ala/ext1"'

MESSAGES = {
    "queryAppointmentAvailability": f"""<queryAppointmentAvailabilityRequest {_NAMESPACES}>
  {_APPOINTMENT_HEAD}
  <addressKey>10002491172</addressKey>
  <appointmentsFrom>{{day}}</appointmentsFrom>
  <appointmentType><fault/></appointmentType>
  <cfh:productName>ftthl2r</cfh:productName>
</queryAppointmentAvailabilityRequest>""",
    "reserveAppointment": f"""<reserveAppointmentRequest {_NAMESPACES}>
  {_APPOINTMENT_HEAD}
  <appointmentSlot>
    <appointmentDate>{{day}}</appointmentDate>
    <appointmentStartTime>{{start}}</appointmentStartTime>
    <appointmentEndTime>{{end}}</appointmentEndTime>
  </appointmentSlot>
  <appointmentType><fault/></appointmentType>
  <cfh:productName>ftthl2r</cfh:productName>
  <cfh:addressKey>10002491172</cfh:addressKey>
</reserveAppointmentRequest>""",
    "addFaultReport": f"""<addFaultReport>
  {_HEAD}
  <serviceAffected>S21709</serviceAffected>
  <buyerFaultReference>{REFERENCE}</buyerFaultReference>
  <faultDetails>
    <description>No light on the ONT since this morning.</description>
    <type>Service Outage</type>
    <faultStartTime>{{sent_at}}</faultStartTime>
    <faultLocation>1 Sample Street, Milton Keynes</faultLocation>
    <siteAccessDetails>Ring the bell.</siteAccessDetails>
    <siteAccessContactDetails><phone>01632 960000</phone></siteAccessContactDetails>
    <triageComplete>true</triageComplete>
    <triageFindings>Router restarted twice, fibre light red.</triageFindings>
  </faultDetails>
  <appointment>
    <appointmentReservationKey>{{key}}</appointmentReservationKey>
  </appointment>
</addFaultReport>""",
    "resolveResponse": f"""<resolveResponse>
  {_HEAD}
  <resolveAccepted>true</resolveAccepted>
  <buyerFaultReference>{REFERENCE}</buyerFaultReference>
</resolveResponse>""",
}


class ExampleBuyer:
    """A buyer's fault management in miniature: it posts messages, and listens for notifications."""

    def __init__(self) -> None:
        self.statuses: list[str] = []
        self._sent = 0
        self._ear = Endpoint(self._notified)

    async def listen(self) -> str:
        """Open the endpoint for notifications; its URL is returned."""
        return await self._ear.open()

    def _notified(self, arrival: Arrival) -> None:
        """Note the ticket's status."""
        self.statuses.append(arrival.notification.status if arrival.notification is not None else "")

    def message(self, operation: str, now: datetime, **values: str) -> bytes:
        """A request of that operation, ready to be posted."""
        self._sent += 1
        values |= {"message_id": f"SP-{self._sent:05d}", "sent_at": f"{now:%Y-%m-%dT%H:%M:%SZ}"}
        return MESSAGES[operation].format(**{name: escape(value) for name, value in values.items()}).encode()

    async def close(self) -> None:
        """Stop listening."""
        await self._ear.close()


def _text_of(name: str, xml: str) -> str:
    found = re.search(f"<{name}>([^<]*)</{name}>", xml)
    return found[1] if found else ""


class Demonstration:
    """The play itself. ``say`` prints a line; ``pause`` real seconds lie between the acts."""

    def __init__(self, say: Say, pause: float) -> None:
        self._say = say
        self._pause = pause
        self._timeline = Timeline()
        self._seen = 0

    async def run(self) -> bool:
        """Play it; whether all went as the supplier's text says."""
        buyer = ExampleBuyer()
        blueprint = Blueprint(
            name=ENVIRONMENT,
            settings=SupplierSettings(),
            inventory=inventory.default(),
            seed=1,
            mode="frozen",
            rate=1.0,
            start=datetime(2026, 1, 5, 9, tzinfo=UTC),
            notify=await buyer.listen(),
        )
        server = Server(Environments([Environment(blueprint)]))
        try:
            addresses = await server.start("127.0.0.1", 0, 0)
            async with aiohttp.ClientSession() as session:
                self._session = session
                self._supplier = f"{addresses.supplier}/{ENVIRONMENT}/api2"
                self._control = f"{addresses.control}/control/v1/environments/{ENVIRONMENT}"
                await self._play(buyer)
        finally:
            await server.stop()
            await buyer.close()
        return buyer.statuses == EXPECTED

    async def _play(self, buyer: ExampleBuyer) -> None:
        await self._act("A customer has lost the service. Which appointments are there?")
        now = await self._now()
        day = now.date() + timedelta(days=2)
        offered = await self._post(
            "queryAppointmentAvailability", buyer.message("queryAppointmentAvailability", now, day=str(day))
        )
        first = re.search(
            r"<appointmentDate>(.*?)</.*?<appointmentStartTime>(.*?)</.*?<appointmentEndTime>(.*?)</",
            offered,
            re.DOTALL,
        )
        assert first is not None, "the diary offers slots"  # noqa: S101 - the demonstration can't go on
        await self._act("The first one suits. Reserve it, and report the fault with its key.")
        slot = {"day": first[1], "start": first[2], "end": first[3]}
        reserved = await self._post("reserveAppointment", buyer.message("reserveAppointment", now, **slot))
        key = _text_of("appointmentReservationKey", reserved)
        await self._post("addFaultReport", buyer.message("addFaultReport", now, key=key))
        await self._act("The supplier confirms the appointment: such moves are made by the control API.")
        await self._move(action="confirm-appointment")
        await self._act("Time passes: two days, up to the engineer's visit.")
        await self._advance("P2DT2H")
        await self._move(action="complete-appointment", closure_code="FR")
        await self._act("The repair is told as resolved. The buyer sleeps on it, then accepts.")
        await self._advance("PT21H")
        await self._post("resolveResponse", buyer.message("resolveResponse", await self._now()))
        await self._advance("PT1M")

    async def _act(self, title: str) -> None:
        await asyncio.sleep(self._pause)
        self._say(("quiet", f"\n{title}"))

    async def _post(self, operation: str, message: bytes) -> str:
        headers = {"Content-Type": "application/xml"}
        async with self._session.post(f"{self._supplier}/{operation}", data=message, headers=headers) as response:
            answer = await response.text()
        await self._advance("PT0S")
        return answer

    async def _move(self, **action: str) -> None:
        """Let the supplier act on the ticket."""
        url = f"{self._control}/tickets/~SPDEV1~{REFERENCE}/actions"
        async with self._session.post(url, json=action) as response:
            response.raise_for_status()
        await self._advance("PT0S")

    async def _now(self) -> datetime:
        async with self._session.get(self._control) as response:
            environment: dict[str, Any] = await response.json()
        return datetime.fromisoformat(environment["clock"]["now"])

    async def _advance(self, by: str) -> None:
        """Move the simulated clock, then tell what has happened since."""
        async with self._session.post(f"{self._control}/clock/advance", json={"by": by}) as response:
            response.raise_for_status()
        async with self._session.get(f"{self._control}/journal", params={"after": self._seen}) as response:
            journal: dict[str, Any] = await response.json()
        self._seen = journal["last"]
        for entry in journal["entries"]:
            for line in self._timeline.lines(entry):
                self._say(line)
                await asyncio.sleep(self._pause / 4)

"""A buyer in miniature, to try scenarios against: it raises faults when it is triggered, and does what a scenario asks.

    python tests/examples/example_buyer.py --port 9000
    cityfibre-simulator run scenarios/ --notify http://127.0.0.1:9000/notifications \
        --trigger http://127.0.0.1:9000/trigger

It is written from the supplier's text alone and shares no code with the simulator. A trigger tells it what is wanted of
it, step by step; it writes the messages itself, keeps what it is answered, and goes on when it has been notified.
"""

import argparse
import asyncio
import random
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import count
from typing import Any
from xml.sax.saxutils import escape

import aiohttp
from aiohttp import web
from lxml import etree

Tree = dict[str, Any]
CFH = frozenset({"productName", "reappointment", "projectReference", "resellerId"})
NAMESPACES = ' xmlns="http://www.niccstandards.org.uk/ala_1.0.xsd" xmlns:cfh="http://www.cityfibre.com/ala/ext1"'
STATES = ("accepted", "rejected", "open", "in-progress", "on-hold", "resolved", "re-opened", "closed", "cancelled")
OTHER, LATE = "another", "late-repair"
ADDRESSES = {"S21709": "10002491172", "S18650": "123456789012"}
"""Where its customers live; the other services of the simulator's inventory are counted alike."""
ACKNOWLEDGEMENT = """<receivedNotifyFaultReportUpdate>
  <apiVersion>1.0</apiVersion><buyerIdentifier>{buyer}</buyerIdentifier><sentAt>{sent_at}</sentAt>
  <messageId>{message_id}</messageId><responseCode>200</responseCode>
</receivedNotifyFaultReportUpdate>"""
ENVELOPE = (
    '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>{}</soap:Body></soap:Envelope>'
)


class Fault:
    """One fault, from the trigger to the end of the story: what is known of it, and what it has been notified of."""

    def __init__(self, wanted: Tree, number: int) -> None:
        self.wanted = wanted
        self.now: str = wanted["now"]
        self.reference = f"EX-{wanted['scenario'].upper()[:20]}-{number:04d}"
        self.reports = 0
        self.ticket: dict[str, str] = {}
        self.answers: dict[str, etree._Element] = {}
        self.told: list[str] = []
        self.changed = asyncio.Event()

    async def has_been_told(self, names: list[str]) -> None:
        """Wait until it has been notified of all of these, each as often as it is named."""
        wanted = [name if name in STATES else OTHER for name in names]
        while any(self.told.count(name) < wanted.count(name) for name in wanted):
            self.changed.clear()
            await self.changed.wait()


class ExampleBuyer:
    """Its two doors: one for the supplier's notifications, one for the trigger."""

    def __init__(self, pause: Callable[[], Awaitable[None]] | None = None) -> None:
        """``pause`` is waited for before each request."""
        self._pause = pause
        self._faults: dict[str, Fault] = {}
        self._numbers = count(1)
        self._stories: set[asyncio.Task[None]] = set()
        self._runner: web.AppRunner | None = None

    async def listen(self, port: int = 0) -> str:
        """Open both doors; the base URL is returned."""
        app = web.Application()
        app.router.add_post("/notifications", self._notified)
        app.router.add_post("/trigger", self._triggered)
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def close(self) -> None:
        """Close both doors, and drop what is going on."""
        for story in self._stories:
            story.cancel()
        await asyncio.gather(*self._stories, return_exceptions=True)
        if self._runner is not None:
            await self._runner.cleanup()

    async def _triggered(self, request: web.Request) -> web.Response:
        fault = Fault(await request.json(), next(self._numbers))
        story = asyncio.create_task(self._live(fault))
        self._stories.add(story)
        story.add_done_callback(self._stories.discard)
        return web.json_response({"raised": fault.reference})

    async def _notified(self, request: web.Request) -> web.Response:
        """Keep what a notification says, and acknowledge it under its own messageId."""
        message = message_in(await request.text())
        fault = self._faults.get(text_of(message, "buyerFaultReference"))
        if fault is not None:
            fault.now = text_of(message, "sentAt") or fault.now
            fault.told.append(what_is_told(message, fault.ticket.get("status", "")))
            for name in ("maintainerFaultReference", "serviceAffected", "status", "statusReason"):
                fault.ticket[name] = text_of(message, name) or fault.ticket.get(name, "")
            fault.changed.set()
        facts = {"buyer": "buyerIdentifier", "sent_at": "sentAt", "message_id": "messageId"}
        said = ACKNOWLEDGEMENT.format(**{key: escape(text_of(message, name)) for key, name in facts.items()})
        return web.Response(text=said, content_type="application/xml")

    async def _live(self, fault: Fault) -> None:
        """Do each step when its turn has come."""
        async with aiohttp.ClientSession() as session:
            for number, step in enumerate(fault.wanted["steps"], 1):
                await fault.has_been_told(step["after"])
                if self._pause is not None:
                    await self._pause()
                soap = step["envelope"] == "soap"
                body = step["body"] if "body" in step else self._write(fault, step, number)
                headers = {"Content-Type": "text/xml" if soap else "application/xml"}
                url = f"{fault.wanted['base_url']}/{step['operation']}"
                sent = ENVELOPE.format(body) if soap and "body" not in step else body
                text = ""
                with suppress(aiohttp.ClientError):  # an answer that is lost: the story goes on as it is told
                    async with session.post(url, data=sent.encode(), headers=headers) as response:
                        text = await response.text()
                if step["as"]:
                    fault.answers[step["as"]] = message_in(text)

    def _write(self, fault: Fault, step: Tree, number: int) -> str:
        """The message of a step: what any buyer says, and over it what this step is about."""
        said = merged(filled(step.get("fill", {}), fault), filled(step.get("with", {}), fault))
        message = merged(defaults(step["operation"], fault, number), said)
        reference = message.get("buyerFaultReference")
        if step["operation"] == "addFaultReport" and reference and "refused_by" not in step:
            known = {
                "buyerIdentifier": message.get("buyerIdentifier"),
                "serviceAffected": message.get("serviceAffected"),
            }
            fault.ticket = {"buyerFaultReference": str(reference), **{name: str(text) for name, text in known.items()}}
            self._faults[str(reference)] = fault
        key = message.get("appointment")
        if isinstance(key, dict) and key.get("appointmentReservationKey"):
            fault.ticket["appointmentReservationKey"] = key["appointmentReservationKey"]
        return to_xml(step["operation"], message)


# -- messages


def defaults(operation: str, fault: Fault, number: int) -> Tree:
    """What any buyer says in that message."""
    service = fault.ticket.get("serviceAffected") or fault.wanted["parameters"].get("service") or "S21709"
    buyer = fault.ticket.get("buyerIdentifier") or owner_of(service)
    message_id = f"EX-{number:05d}"
    if operation in {"queryAppointmentAvailability", "reserveAppointment"}:
        head = {"messageId": message_id, "correlationId": f"C-{number}", "sentAt": fault.now}
        whom = {"buyer": {"buyerIdentifier": buyer}, "seller": {"sellerIdentifier": "CITYFIBRE"}}
        address = {"addressKey": address_of(service)}
        kind: Tree = {"appointmentType": {"fault": ""}, "productName": "ftthl2r"}
        if operation == "reserveAppointment":
            return {"message": head, **whom, "appointmentSlot": None, **kind, **address}
        return {"message": head, **whom, **address, "appointmentsFrom": fault.now[:10], **kind}
    head = {"apiVersion": "1.0", "buyerIdentifier": buyer, "sentAt": fault.now, "messageId": message_id}
    if operation == "addFaultReport":
        fault.reports += 1
        again = f"-{fault.reports}" if fault.reports > 1 else ""
        reference = {"buyerFaultReference": f"{fault.reference}{again}"}
        details = {
            "description": "Nothing works.",
            "type": "Impaired Service",
            "faultStartTime": fault.now,
            "faultLocation": "Front room",
            "siteAccessDetails": "Knock twice.",
            "siteAccessContactDetails": {"phone": "01632 960111"},
            "triageComplete": "true",
            "triageFindings": "Everything was restarted.",
        }
        return {**head, "serviceAffected": service, **reference, "faultDetails": details}
    reference = {"buyerFaultReference": fault.ticket.get("buyerFaultReference", fault.reference)}
    known = {"maintainerFaultReference": fault.ticket.get("maintainerFaultReference") or None}
    if operation == "requestFaultReportUpdate" and not known["maintainerFaultReference"]:
        known["maintainerFaultReference"] = "UNKNOWN"
    accepted = {"resolveAccepted": "true"} if operation == "resolveResponse" else {}
    return {**head, **accepted, **reference, **known}


def owner_of(service: str) -> str:
    """Its trading name with the supplier: it has three."""
    return {"S4": "SPDEV2", "S5": "TEST"}.get(service[:2], "SPDEV1")


def address_of(service: str) -> str:
    """The address of a service, counted through the three ranges of the simulator's inventory; or the first one's."""
    first = {"S3": 0, "S4": 20, "S5": 30}.get(service[:2])
    if first is None or not service[2:].isdigit():
        return ADDRESSES.get(service, ADDRESSES["S21709"])
    return str(990_000_000_000 + first + int(service[2:]))


def merged(under: Tree, over: Tree) -> Tree:
    """Two mappings as one; where both speak, the second is heard."""
    both = dict(under)
    for name, value in over.items():
        below = both.get(name)
        both[name] = merged(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return both


def filled(value: Any, fault: Fault) -> Any:  # noqa: ANN401 - any part of a message
    """A value with ``$ticket.x`` and ``$answer.x`` in their places."""
    if isinstance(value, dict):
        return {name: filled(below, fault) for name, below in value.items()}
    if isinstance(value, list):
        return [filled(one, fault) for one in value]
    found = re.fullmatch(r"\$(\w+)\.([\w.]+)", value or "")
    if found is None:
        return value[1:] if value and value.startswith("$$") else value
    if found[1] == "ticket":
        return fault.ticket.get(found[2], "")
    element = find(fault.answers[found[1]], found[2].split("."))
    return as_tree(element) if element is not None else None


def to_xml(operation: str, message: Tree) -> str:
    """The message on the wire."""
    if operation in {"queryAppointmentAvailability", "reserveAppointment"}:
        foreign = CFH | ({"addressKey"} if operation == "reserveAppointment" else frozenset())
        return element_of(f"{operation}Request", message, NAMESPACES, foreign)
    return element_of(operation, message, "", frozenset())


def element_of(name: str, value: object, attributes: str, foreign: frozenset[str]) -> str:
    """One element; a list is several of them, and nothing is none."""
    if value is None:
        return ""
    if isinstance(value, list):
        return "".join(element_of(name, one, attributes, foreign) for one in value)
    inside = escape(str(value))
    if isinstance(value, dict):
        inside = "".join(element_of(below, one, "", foreign) for below, one in value.items())
    tag = f"cfh:{name}" if name in foreign else name
    return f"<{tag}{attributes}>{inside}</{tag}>"


def message_in(text: str) -> etree._Element:
    """The message of a body, out of its envelope and without namespaces; an empty one where there is none."""
    try:
        root = etree.fromstring(text.encode())
    except etree.XMLSyntaxError:
        return etree.Element("nothing")
    for element in root.iter("{*}*"):
        element.tag = etree.QName(element).localname
    body = root.find("Body") if root.tag == "Envelope" else None
    return body[0] if body is not None and len(body) else root


def text_of(message: etree._Element, name: str) -> str:
    """The text of the first element of that name."""
    found = next(message.iter(name), None)
    return (found.text or "").strip() if found is not None else ""


def find(message: etree._Element, path: list[str]) -> etree._Element | None:
    """The first element at the end of a path that begins anywhere."""
    for element in message.iter(path[0]):
        found = element if len(path) == 1 else element.find("/".join(path[1:]))
        if found is not None:
            return found
    return None


def as_tree(element: etree._Element) -> Any:  # noqa: ANN401 - a text, or a mapping
    """An element as a text, or as a mapping of those inside."""
    return {str(child.tag): as_tree(child) for child in element} if len(element) else (element.text or "").strip()


def what_is_told(message: etree._Element, before: str) -> str:
    """The state that a notification tells of; messages do not name their kind, so one that tells of none is another."""
    status = text_of(message, "status")
    if status != before:
        return status
    return LATE if message.find("lateRepairNotification") is not None and message.find("comment") is None else OTHER


async def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description="A buyer in miniature.")
    parser.add_argument("--port", type=int, default=9000)
    parser.add_argument("--delay", type=float, default=0.0, help="at most so many seconds before each request")
    given = parser.parse_args()

    async def pause() -> None:
        await asyncio.sleep(random.uniform(0, given.delay))

    buyer = ExampleBuyer(pause)
    print(f"listening at {await buyer.listen(given.port)}", flush=True)  # noqa: T201 - a program speaks like this
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())

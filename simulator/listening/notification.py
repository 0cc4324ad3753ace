"""A notification as it came, and the acknowledgement that it gets. Both go through the simulator's own wire code.

Reading is lenient beyond that: names count without their namespace, and only what an answer needs must be there.
"""

from dataclasses import dataclass

from lxml import etree

from simulator.cityfibre.limits import LONGEST_TEXT
from simulator.cityfibre.messages import API_VERSION, Received
from simulator.cityfibre.notifications import ELEMENT
from simulator.core.instants import parse_instant
from simulator.wire.binding import collapse, unbind
from simulator.wire.envelope import Style, local_name, open_envelope, to_bytes
from simulator.wire.errors import ProtocolError, shorten
from simulator.wire.reader import read

ACKNOWLEDGEMENT = "receivedNotifyFaultReportUpdate"
MISNAMED = "receivedRequestFaultReportUpdate"
"""How the published samples close the acknowledgement, which is then not well-formed (R9)."""


class NoNotificationError(Exception):
    """What came is no notification; the text says why."""


@dataclass(frozen=True, slots=True)
class Notification:
    """One ``notifyFaultReportUpdate``, and whether it came bare or in an envelope (R2)."""

    style: Style
    message: etree._Element

    @property
    def message_id(self) -> str:
        """The id that its acknowledgement repeats (R34)."""
        return self.text("messageId")

    @property
    def status(self) -> str:
        """The state of the ticket; empty where it is not told."""
        return self.text("faultDetails", "status")

    @property
    def sent_at(self) -> str:
        """When it was sent, as it was spelt, or else when the fault was reported: one sample lacks sentAt (R7)."""
        told = (self.text("sentAt"), self.text("reportDateTime"))
        return next((one for one in told if parse_instant(one)), "")

    def part(self, *path: str) -> etree._Element | None:
        """The element at a path of names; of a repeated child the last one counts (R24)."""
        found: etree._Element | None = self.message
        for name in path:
            found = (
                next((one for one in reversed(found) if local_name(one) == name), None) if found is not None else None
            )
        return found

    def text(self, *path: str) -> str:
        """The text at a path of names, or empty."""
        found = self.part(*path)
        return "" if found is None else collapse(found.text or "")

    def parts(self, *path: str) -> list[dict[str, str]]:
        """The elements below a path, each as the texts of its children by their names."""
        above = self.part(*path)
        return [] if above is None else [texts(one) for one in above]


def texts(element: etree._Element) -> dict[str, str]:
    """The texts of an element's children by their names."""
    return {local_name(child): collapse(child.text or "") for child in element}


def read_notification(body: bytes) -> Notification:
    """Read the body of a POST.

    Raises:
        NoNotificationError: it is not well-formed, not allowed, another message, or has no messageId to repeat.
    """
    try:
        message, style = open_envelope(read(body))
    except ProtocolError as error:
        place = f"{error.place}: " if str(error.place) else ""
        raise NoNotificationError(f"{place}{error.reason}") from None
    if local_name(message) != ELEMENT:
        raise NoNotificationError(f"the message is called {shorten(local_name(message))}, where {ELEMENT} was expected")
    notification = Notification(style, message)
    if not notification.message_id:
        raise NoNotificationError("the notification has no messageId that an answer could repeat")
    return notification


def acknowledgement(notification: Notification, error: str = "") -> bytes:
    """The buyer's answer, wrapped as the notification was; with an ``error`` it is a refusal, responseCode 400 (R9)."""
    buyer = notification.text("buyerIdentifier")
    received = Received(
        api_version=notification.text("apiVersion") or API_VERSION,
        buyer_identifier=buyer if len(buyer) <= LONGEST_TEXT else "",
        sent_at=notification.sent_at,
        message_id=notification.message_id,
        buyer_fault_reference=None,
        status=None,
        response_code="400" if error else "200",
        error_message=error or None,
    )
    return to_bytes(unbind(received, ACKNOWLEDGEMENT), notification.style)

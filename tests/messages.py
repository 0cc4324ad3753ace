"""Requests as a buyer writes them, from the supplier's text and with values of our own. Knows nothing of simulator/.

A message is a mapping of element names to texts, mappings and lists of repeated elements. Each builder takes changes
to its message: a mapping changes what it names, ``None`` leaves an element out. Each element begins a line.
"""

from collections.abc import Mapping, Sequence
from typing import TypeAlias
from xml.sax.saxutils import escape

Value: TypeAlias = "str | Mapping[str, Value] | Sequence[Value] | None"
Tree: TypeAlias = Mapping[str, Value]

ALA = "http://www.niccstandards.org.uk/ala_1.0.xsd"
CFH = "http://www.cityfibre.com/ala/ext1"

HEAD: Tree = {
    "apiVersion": "1.0",
    "buyerIdentifier": "SPDEV1",
    "sentAt": "2026-01-05T08:59:58.250Z",
    "messageId": "MSG-1",
}
ADD: Tree = {
    **HEAD,
    "reportDateTime": "2026-01-05T08:45:00Z",
    "reporterContactDetails": {"name": "Fault desk", "phone": "01632 960001", "email": "desk@buyer.example"},
    "endUserContactDetails": {"name": "Occupier", "phone": "01632 960002", "email": "occupier@home.example"},
    "serviceAffected": "S21709",
    "buyerFaultReference": "REF-1",
    "faultDetails": {
        "description": "Slow since the weekend.",
        "type": "Impaired Service",
        "faultStartTime": "2026-01-03T18:00:00Z",
        "faultLocation": "1 Sample Street",
        "siteAccessDetails": "Ring the bell.",
        "siteAccessContactDetails": {"phone": "01632 960003"},
        "triageComplete": "true",
        "triageFindings": "Throughput a tenth of what it should be.",
    },
    "priorityLevel": "2",
}
AMEND: Tree = {**HEAD, "messageId": "MSG-2", "buyerFaultReference": "REF-1"}
RESOLVE: Tree = {**HEAD, "messageId": "MSG-3", "resolveAccepted": "true", "buyerFaultReference": "REF-1"}
REQUEST_UPDATE: Tree = {
    **HEAD,
    "messageId": "MSG-4",
    "maintainerFaultReference": "CS0053224",
    "buyerFaultReference": "REF-1",
}
APPOINTMENT_HEAD: Tree = {
    "message": {"messageId": "MSG-5", "correlationId": "TRANSACTION-5", "sentAt": "2026-01-05T08:59:58Z"},
    "buyer": {"buyerIdentifier": "SPDEV1"},
    "seller": {"sellerIdentifier": "CITYFIBRE"},
}
QUERY: Tree = {
    **APPOINTMENT_HEAD,
    "addressKey": "10002491172",
    "appointmentsFrom": "2026-01-07",
    "appointmentType": {"fault": ""},
    "cfh:productName": "ftthl2r",
    "cfh:reappointment": "false",
}
RESERVE: Tree = {
    **APPOINTMENT_HEAD,
    "appointmentSlot": {
        "appointmentDate": "2026-01-07",
        "appointmentStartTime": "08:00",
        "appointmentEndTime": "13:00",
    },
    "appointmentType": {"fault": ""},
    "cfh:productName": "ftthl2r",
    "cfh:addressKey": "10002491172",
    "cfh:reappointment": "false",
}
FIRST_REFERENCE = "CS0053224"
"""The maintainer's reference of the first ticket under seed 1."""

_APPOINTMENT_NAMESPACES = f' xmlns="{ALA}" xmlns:cfh="{CFH}"'
_MESSAGES: Mapping[str, tuple[str, Tree, str]] = {
    "addFaultReport": ("addFaultReport", ADD, ""),
    "amendFaultReport": ("amendFaultReport", AMEND, ""),
    "resolveResponse": ("resolveResponse", RESOLVE, ""),
    "requestFaultReportUpdate": ("requestFaultReportUpdate", REQUEST_UPDATE, ""),
    "queryAppointmentAvailability": ("queryAppointmentAvailabilityRequest", QUERY, _APPOINTMENT_NAMESPACES),
    "reserveAppointment": ("reserveAppointmentRequest", RESERVE, _APPOINTMENT_NAMESPACES),
}


def request(operation: str, *changes: Tree) -> str:
    """The request of an operation, good unless the changes make it otherwise."""
    name, tree, attributes = _MESSAGES[operation]
    for change in changes:
        tree = merged(tree, change)
    return to_xml(name, tree, attributes)


def add(*changes: Tree) -> str:
    """An addFaultReport that every rule lets through."""
    return request("addFaultReport", *changes)


def amend(*changes: Tree) -> str:
    """An amendFaultReport that changes nothing yet."""
    return request("amendFaultReport", *changes)


def resolve(*changes: Tree) -> str:
    """A resolveResponse that takes the repair."""
    return request("resolveResponse", *changes)


def outage(key: str, *changes: Tree) -> str:
    """An addFaultReport of a total loss of service, with the key of an appointment."""
    tlos: Tree = {
        "faultDetails": {"type": "Service Outage"},
        "appointment": {"appointmentReservationKey": key},
    }
    return add(tlos, *changes)


def slot(day: str, start: str = "08:00", end: str = "13:00") -> Tree:
    """The change that reserves another slot."""
    return {
        "appointmentSlot": {"appointmentDate": day, "appointmentStartTime": start, "appointmentEndTime": end},
    }


def merged(tree: Tree, changes: Tree) -> Tree:
    """The tree with changes: mappings meet, all else replaces, ``None`` leaves out."""
    result: dict[str, Value] = dict(tree)
    for name, change in changes.items():
        before = result.get(name)
        if change is None:
            result.pop(name, None)
        elif isinstance(change, Mapping) and isinstance(before, Mapping):
            result[name] = merged(before, change)
        else:
            result[name] = change
    return result


def to_xml(name: str, value: Value, attributes: str = "") -> str:
    """An element as text. A list is the element repeated."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "\n".join(to_xml(name, one, attributes) for one in value)
    if isinstance(value, Mapping):
        inside = "\n".join(to_xml(child, one) for child, one in value.items())
        return f"<{name}{attributes}>\n{inside}\n</{name}>"
    return f"<{name}{attributes}>{escape(value or '')}</{name}>"

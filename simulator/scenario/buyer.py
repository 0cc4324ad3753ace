"""The buyer that `run` plays where there is no real one: for each of its steps, the request as it goes on the wire."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from simulator.cityfibre.books import Books
from simulator.cityfibre.diary import local_date
from simulator.cityfibre.inventory import Inventory, Service
from simulator.cityfibre.operations import OPERATIONS
from simulator.cityfibre.ticket import Ticket
from simulator.core.inputs import RequestReceived
from simulator.core.instants import format_instant
from simulator.scenario.buyer_steps import BuyerStep
from simulator.scenario.message import merged, write
from simulator.scenario.progress import Progress
from simulator.scenario.resolving import resolved
from simulator.scenario.script import look_up
from simulator.wire.envelope import CONTENT_TYPES, to_bytes

SERVICE = "service"
"""The parameter that says which service the scenario is about."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What a request is written from: the script's progress, the supplier's books, and how many went before it."""

    progress: Progress
    books: Books
    inventory: Inventory
    now: datetime
    number: int

    @property
    def ticket(self) -> Ticket | None:
        """The ticket that the script leads."""
        return self.books.find_address(self.progress.ticket)

    @property
    def service(self) -> Service | None:
        """The service that it is about: the ticket's, else the parameter's, else the first that is live."""
        services = self.inventory.services
        named = self.ticket.service if self.ticket else self.progress.script.parameters.get(SERVICE)
        return services.get(named or "") or next((one for one in services.values() if one.live), None)


def request(step: BuyerStep, situation: Situation) -> RequestReceived:
    """The request of a step: what it says itself, and beneath that a message as any buyer would send it."""
    if step.body is not None:
        body = step.body.encode()
    else:
        find = look_up(situation.progress, situation.books.find_address)
        said = merged(resolved(step.fill, find), resolved(step.with_, find))
        operation = OPERATIONS[step.operation]
        body = to_bytes(write(operation, merged(_DEFAULTS[step.operation](situation), said)), step.envelope)
    return RequestReceived(step.operation, body, content_type=CONTENT_TYPES[step.envelope])


# -- what any buyer would send


def _head(situation: Situation) -> dict[str, Any]:
    service = situation.service
    return {
        "apiVersion": "1.0",
        "buyerIdentifier": service.buyer if service else "",
        "sentAt": format_instant(situation.now),
        "messageId": f"SP-{situation.number:05d}",
    }


def _of_ticket(situation: Situation) -> dict[str, Any]:
    ticket = situation.ticket
    if ticket is None:
        return {**_head(situation), "buyerFaultReference": "UNKNOWN", "maintainerFaultReference": "UNKNOWN"}
    references = {
        "buyerFaultReference": ticket.buyer_reference,
        "maintainerFaultReference": ticket.maintainer_reference or None,
    }
    return {**_head(situation), "buyerIdentifier": ticket.buyer, **references}


def _add(situation: Situation) -> dict[str, Any]:
    service, now = situation.service, format_instant(situation.now)
    name = situation.progress.script.scenario.name.upper()[:24]
    return {
        **_head(situation),
        "reportDateTime": now,
        "serviceAffected": service.identifier if service else "",
        "buyerFaultReference": f"{name}-{len(situation.books.tickets) + 1}",
        "faultDetails": {
            "description": "Slow since this morning.",
            "type": "Impaired Service",
            "faultStartTime": now,
            "faultLocation": "At the premises",
            "siteAccessDetails": "Ring the bell.",
            "siteAccessContactDetails": {"phone": "01632 960000"},
            "triageComplete": "true",
            "triageFindings": "Router restarted twice.",
        },
    }


def _resolve(situation: Situation) -> dict[str, Any]:
    return {**_of_ticket(situation), "resolveAccepted": "true"}


def _appointment(situation: Situation) -> dict[str, Any]:
    service, number = situation.service, f"{situation.number:05d}"
    message = {"messageId": f"SP-{number}", "correlationId": f"CORR-{number}", "sentAt": format_instant(situation.now)}
    return {
        "message": message,
        "buyer": {"buyerIdentifier": service.buyer if service else ""},
        "seller": {"sellerIdentifier": "CITYFIBRE"},
        "appointmentType": {"fault": ""},
        "addressKey": service.address if service else "",
        "productName": service.product if service else "",
    }


def _query(situation: Situation) -> dict[str, Any]:
    return {**_appointment(situation), "appointmentsFrom": local_date(situation.now).isoformat()}


_DEFAULTS: Mapping[str, Any] = {
    "addFaultReport": _add,
    "amendFaultReport": _of_ticket,
    "resolveResponse": _resolve,
    "requestFaultReportUpdate": _of_ticket,
    "queryAppointmentAvailability": _query,
    "reserveAppointment": _appointment,
}

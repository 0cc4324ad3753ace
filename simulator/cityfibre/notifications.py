"""The notifications: what each shows, when it is sent, where the supplier's text has it, and how its answer is judged.

All are ``notifyFaultReportUpdate`` messages: a picture of the whole ticket. The pages differ in what they list.
"""

from dataclasses import dataclass, replace
from typing import Literal

from simulator.cityfibre.books import Draft
from simulator.cityfibre.limits import LONGEST_INSTANT
from simulator.cityfibre.messages import API_VERSION, FaultDetails, FaultReport
from simulator.cityfibre.sent import check_sent
from simulator.cityfibre.ticket import State, Ticket
from simulator.core.effects import Deliver
from simulator.core.inputs import DeliveryAnswer
from simulator.core.instants import format_instant, parse_instant
from simulator.wire.binding import unbind
from simulator.wire.envelope import CONTENT_TYPES, local_name, open_envelope, to_bytes
from simulator.wire.errors import ProtocolError, shorten
from simulator.wire.reader import read

ELEMENT = "notifyFaultReportUpdate"
_MOST_DIGITS = 9
_GOOD = range(200, 300)
_REFUSAL = 400


@dataclass(frozen=True, slots=True)
class Notification:
    """One kind of notification: which optional elements its page lists, and where that page is."""

    name: str
    sent_when: str
    source: str
    updates: bool = True
    status_reason: bool = False
    comment: bool = False
    appointments: bool = False


ACCEPTED = Notification("accepted", "the report is validated", "Notify Fault Report Accepted", updates=False)
REJECTED = Notification("rejected", "the supplier rejects", "Notify Fault Report Rejected", status_reason=True)
OPEN = Notification("open", "a script opens the fault", "faultStateType; no page of its own")
IN_PROGRESS = Notification("in-progress", "work starts", "Notify Fault Report In Progress", appointments=True)
ON_HOLD = Notification("on-hold", "information is awaited", "Notify Fault Report On Hold")
RESOLVED = Notification("resolved", "the fault is repaired", "Notify Fault Report Resolved", status_reason=True)
CLOSED = Notification("closed", "accepted, or 48 h of silence", "Notify Fault Report Closed")
CANCELLED = Notification("cancelled", "cancelled by buyer or supplier", "Notify Fault Report Cancelled")
RE_OPENED = Notification("re-opened", "the buyer rejects the repair", "flow 11 (R17)", status_reason=True)
AMENDED = Notification("amended", "an amend is taken", "Notify Fault Report Amended", comment=True)
FULL_UPDATE = Notification(
    "full-update",
    "requestFaultReportUpdate",
    "flow 7; updateRequestType",
    status_reason=True,
    comment=True,
    appointments=True,
)

NOTIFICATIONS = (
    ACCEPTED,
    REJECTED,
    OPEN,
    IN_PROGRESS,
    ON_HOLD,
    RESOLVED,
    CLOSED,
    CANCELLED,
    RE_OPENED,
    AMENDED,
    FULL_UPDATE,
)

OF_STATE = {
    State.ACCEPTED: ACCEPTED,
    State.REJECTED: REJECTED,
    State.OPEN: OPEN,
    State.IN_PROGRESS: IN_PROGRESS,
    State.ON_HOLD: ON_HOLD,
    State.RESOLVED: RESOLVED,
    State.CLOSED: CLOSED,
    State.CANCELLED: CANCELLED,
    State.RE_OPENED: RE_OPENED,
}
"""Every change of state sends one notification (contract §3)."""


def notify(draft: Draft, ticket: Ticket, notification: Notification) -> None:
    """Send a picture of the ticket as it now stands to its buyer."""
    number = draft.count("notification")
    picture = picture_of(ticket, notification, message_id=f"CF-{number:05d}", draft=draft)
    message = unbind(picture, ELEMENT)
    check_sent(
        message, "notification.xsd" if draft.settings.notification_schema == "documented" else "faultReport.xsd", draft
    )
    style = draft.settings.notification_envelope
    body = to_bytes(message, style)
    data = {
        "delivery": number,
        "notification": notification.name,
        "message_id": picture.message_id,
        "body": body.decode(),
    }
    draft.note("notification", ticket.address, data)
    draft.effects.append(
        Deliver(
            delivery=number,
            lane=ticket.address,
            buyer=ticket.buyer,
            notification=notification.name,
            message_id=picture.message_id,
            content_type=CONTENT_TYPES[style],
            body=body,
        )
    )


def picture_of(ticket: Ticket, notification: Notification, *, message_id: str, draft: Draft) -> FaultReport:
    """The ticket as a notification shows it. Contacts and references are always there, empty if need be (R13)."""
    shown = ticket.appointments if notification.appointments else ()
    documented = draft.settings.notification_schema == "documented"
    reason = ticket.status_reason if notification.status_reason else None
    return FaultReport(
        api_version=API_VERSION,
        buyer_identifier=ticket.buyer,
        sent_at=format_instant(draft.now),
        message_id=message_id,
        report_date_time=_within_limit(ticket.reported_at, draft),
        reporter_contact_details=ticket.reporter,
        end_user_contact_details=ticket.end_user,
        service_affected=ticket.service,
        buyer_fault_reference=ticket.buyer_reference,
        maintainer_fault_reference=ticket.maintainer_reference,
        parent_fault_reference=ticket.parent_reference,
        fault_details=_details(ticket.reported, ticket.state, reason),
        updates=ticket.updates if notification.updates else (),
        comment=ticket.comment if notification.comment else None,
        appointments=shown if documented else (),
        appointment=shown[-1] if shown and not documented else None,
    )


def _details(reported: FaultDetails, state: State, reason: str | None) -> FaultDetails:
    return replace(reported, status=state.value, status_reason=reason, missed_appointment=None)


def _within_limit(instant: str, draft: Draft) -> str:
    """A buyer's instant as it was spelt, unless it is longer than the 25 characters that we keep to (R10)."""
    if len(instant) <= LONGEST_INSTANT:
        return instant
    return format_instant(parse_instant(instant) or draft.now)


# -- the buyer's answer


Verdict = Literal["delivered", "refused", "failed"]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What an answer amounts to (R9, R34): the verdict, why, and warnings as ruling and text."""

    verdict: Verdict
    reason: str = ""
    warnings: tuple[tuple[str, str], ...] = ()


_ANSWER_NAMES = frozenset({"receivedNotifyFaultReportUpdate", "receivedRequestFaultReportUpdate"})


def judge(answer: DeliveryAnswer, message_id: str) -> Judgement:
    """Any 2xx delivers, though an unreadable body is warned of; a readable responseCode of 400 or more refuses."""
    if answer.status is None:
        return Judgement("failed", answer.failure)
    if answer.status not in _GOOD:
        return Judgement("failed", f"the endpoint answered HTTP {answer.status}")
    try:
        message, _ = open_envelope(read(answer.body))
    except ProtocolError as error:
        return Judgement("delivered", "", (("R9", f"the acknowledgement can't be read: {error.reason}"),))
    said = {local_name(child): (child.text or "").strip() for child in message}
    warnings = []
    if local_name(message) not in _ANSWER_NAMES:
        warnings.append(("R9", f"the acknowledgement is called {local_name(message)[:64]}"))
    if said.get("messageId") != message_id:
        warnings.append(("R34", f"the acknowledgement does not echo {message_id}"))
    code = said.get("responseCode", "")
    if code.isascii() and code.isdigit() and len(code) <= _MOST_DIGITS and int(code) >= _REFUSAL:
        why = shorten(said.get("errorMessage", ""))
        told = f"the endpoint answered responseCode {code}" + (f": {why}" if why else "")
        return Judgement("refused", told, tuple(warnings))
    return Judgement("delivered", "", tuple(warnings))

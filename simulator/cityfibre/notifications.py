"""The notifications: what leads to each, what each shows, and where the supplier's text has it.

All are ``notifyFaultReportUpdate`` messages: a picture of the whole ticket. The pages differ in what they list.
"""

from dataclasses import dataclass, replace
from typing import Literal

from simulator.cityfibre.books import Draft
from simulator.cityfibre.limits import LONGEST_INSTANT
from simulator.cityfibre.messages import API_VERSION, FaultDetails, FaultReport
from simulator.cityfibre.sent import check_sent
from simulator.cityfibre.ticket import State, Ticket
from simulator.cityfibre.verbatim import SAMPLED, as_sampled
from simulator.core.effects import Deliver
from simulator.core.instants import format_instant, parse_instant
from simulator.wire.binding import unbind
from simulator.wire.envelope import CONTENT_TYPES, to_bytes

ELEMENT = "notifyFaultReportUpdate"
Shown = Literal[
    "statusReason",
    "missedAppointment",
    "updates",
    "comment",
    "attachments",
    "priorityLevel",
    "lateRepairNotification",
    "appointments",
]
"""The elements that only some notifications show; the others are in every one."""


@dataclass(frozen=True, slots=True)
class Notification:
    """One kind of notification.

    ``on`` has the actions and operations that lead to it; ``leaves`` is the state that the ticket then has, ``None``
    where it stays as it is; ``source`` is the page or the place in the text.
    """

    name: str
    on: tuple[str, ...]
    leaves: State | None
    shows: tuple[Shown, ...]
    source: str


ACCEPTED = Notification("accepted", ("accept",), State.ACCEPTED, (), "Notify Fault Report Accepted")
REJECTED = Notification(
    "rejected", ("reject",), State.REJECTED, ("statusReason", "updates"), "Notify Fault Report Rejected"
)
OPEN = Notification("open", ("open",), State.OPEN, ("updates",), "faultStateType; no page of its own")
IN_PROGRESS = Notification(
    "in-progress",
    ("start", "resume"),
    State.IN_PROGRESS,
    ("updates", "appointments"),
    "Notify Fault Report In Progress",
)
ON_HOLD = Notification("on-hold", ("put-on-hold",), State.ON_HOLD, ("updates",), "Notify Fault Report On Hold")
RESOLVED = Notification(
    "resolved", ("resolve",), State.RESOLVED, ("statusReason", "updates"), "Notify Fault Report Resolved"
)
CLOSED = Notification("closed", ("close", "resolveResponse"), State.CLOSED, ("updates",), "Notify Fault Report Closed")
CANCELLED = Notification(
    "cancelled", ("cancel", "amendFaultReport"), State.CANCELLED, ("updates",), "Notify Fault Report Cancelled"
)
RE_OPENED = Notification(
    "re-opened", ("resolveResponse",), State.RE_OPENED, ("statusReason", "updates"), "flow 11 (R17)"
)
AMENDED = Notification(
    "amended", ("amendFaultReport", "comment"), None, ("updates", "comment"), "Notify Fault Report Amended"
)
TRIAGE = Notification("triage", ("triage",), None, ("updates",), "flow 6; faultDetailsType")
APPOINTMENT_CONFIRMATION = Notification(
    "appointment-confirmation",
    ("confirm-appointment", "fail-appointment"),
    None,
    ("updates", "appointments"),
    "Notify Appointment Confirmation",
)
APPOINTMENT_COMPLETED = Notification(
    "appointment-completed",
    ("complete-appointment",),
    None,
    ("updates", "appointments"),
    "Notify Appointment Completed",
)
APPOINTMENT_CANCELLED = Notification(
    "appointment-cancelled",
    ("cancel-appointment",),
    None,
    ("updates", "appointments"),
    "Notify Appointment Cancelled",
)
APPOINTMENT_MISSED = Notification(
    "appointment-missed", ("miss-appointment",), None, ("missedAppointment",), "Notify Appointment Missed"
)
LATE_REPAIR = Notification(
    "late-repair",
    ("resolve", "report-late-repair"),
    None,
    ("statusReason", "updates", "lateRepairNotification"),
    "lateRepairNotificationType (R17)",
)
FULL_UPDATE = Notification(
    "full-update",
    ("requestFaultReportUpdate",),
    None,
    (
        "statusReason",
        "missedAppointment",
        "updates",
        "comment",
        "attachments",
        "priorityLevel",
        "lateRepairNotification",
        "appointments",
    ),
    "flow 7; updateRequestType",
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
    TRIAGE,
    APPOINTMENT_CONFIRMATION,
    APPOINTMENT_COMPLETED,
    APPOINTMENT_CANCELLED,
    APPOINTMENT_MISSED,
    LATE_REPAIR,
    FULL_UPDATE,
)

OF_STATE = {one.leaves: one for one in NOTIFICATIONS if one.leaves is not None}
"""Every change of state sends one notification (contract §3)."""


def notify(draft: Draft, ticket: Ticket, notification: Notification) -> None:
    """Send a picture of the ticket as it now stands to its buyer."""
    number = draft.count("notification")
    picture = picture_of(ticket, notification, message_id=f"CF-{number:05d}", draft=draft)
    sampled = draft.settings.notification_schema == "verbatim" and notification.name in SAMPLED
    message = unbind(as_sampled(picture, notification.name) if sampled else picture, ELEMENT)
    if not sampled:  # no sample keeps to a schema (R6)
        check_sent(message, _SCHEMAS[draft.settings.notification_schema], draft)
    style = draft.settings.notification_envelope
    body = to_bytes(message, style)
    data = {
        "delivery": number,
        "notification": notification.name,
        "message_id": picture.message_id,
        "body": body.decode(),
    }
    draft.note("notification", ticket.address, data)
    draft.tell(ticket.number, notification.name, body)
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


_SCHEMAS = {"documented": "notification.xsd", "xsd": "faultReport.xsd", "verbatim": "notification.xsd"}


def picture_of(ticket: Ticket, notification: Notification, *, message_id: str, draft: Draft) -> FaultReport:
    """The ticket as a notification shows it. Contacts and references are always there, empty if need be (R13)."""
    shows = notification.shows
    visits = tuple(visit.message() for visit in ticket.visits) if "appointments" in shows else ()
    one_only = draft.settings.notification_schema == "xsd"
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
        fault_details=_details(ticket, shows),
        updates=ticket.updates if "updates" in shows else (),
        comment=ticket.comment if "comment" in shows else None,
        attachments=tuple(file.shown() for file in ticket.files) if "attachments" in shows else (),
        priority_level=ticket.priority_level if "priorityLevel" in shows else None,
        late_repair_notification=ticket.late_repair if "lateRepairNotification" in shows else None,
        appointments=() if one_only else visits,
        appointment=visits[-1] if visits and one_only else None,
    )


def _details(ticket: Ticket, shows: tuple[Shown, ...]) -> FaultDetails:
    return replace(
        ticket.reported,
        status=ticket.state.value,
        status_reason=ticket.status_reason if "statusReason" in shows else None,
        missed_appointment=ticket.missed if "missedAppointment" in shows else None,
    )


def _within_limit(instant: str, draft: Draft) -> str:
    """A buyer's instant as it was spelt, unless it is longer than the 25 characters that we keep to (R10)."""
    if len(instant) <= LONGEST_INSTANT:
        return instant
    return format_instant(parse_instant(instant) or draft.now)

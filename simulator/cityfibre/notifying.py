"""Notifications as they go out: the picture of the ticket, as the switches have it, and what a fault makes of it."""

from dataclasses import replace

from simulator.cityfibre import faulty_notifications
from simulator.cityfibre.books import Draft
from simulator.cityfibre.limits import LONGEST_INSTANT
from simulator.cityfibre.messages import API_VERSION, FaultDetails, FaultReport
from simulator.cityfibre.notifications import ELEMENT, Notification, Shown
from simulator.cityfibre.sent import check_sent
from simulator.cityfibre.ticket import Ticket
from simulator.cityfibre.verbatim import SAMPLED, as_sampled
from simulator.core.effects import Deliver
from simulator.core.instants import format_instant, parse_instant
from simulator.wire.binding import unbind
from simulator.wire.envelope import CONTENT_TYPES, to_bytes

_SCHEMAS = {"documented": "notification.xsd", "xsd": "faultReport.xsd", "verbatim": "notification.xsd"}


def notify(draft: Draft, ticket: Ticket, notification: Notification) -> None:
    """Send a picture of the ticket as it now stands to its buyer; a fault may meet it."""
    number = draft.count("notification")
    met = faulty_notifications.meet(draft, ticket, notification.name, number)
    picture = picture_of(ticket, notification, message_id=f"CF-{number:05d}", draft=draft)
    as_in_the_text = draft.settings.notification_schema == "verbatim" or (met is not None and met.kind == "verbatim")
    sampled = as_in_the_text and notification.name in SAMPLED
    message = unbind(as_sampled(picture, notification.name) if sampled else picture, ELEMENT)
    if not sampled:  # no sample keeps to a schema (R6)
        check_sent(message, _SCHEMAS[draft.settings.notification_schema], draft)
    style = draft.settings.notification_envelope
    deliver = Deliver(
        delivery=number,
        lane=ticket.address,
        buyer=ticket.buyer,
        notification=notification.name,
        message_id=picture.message_id,
        content_type=CONTENT_TYPES[style],
        body=to_bytes(message, style),
    )
    faulty_notifications.journal(draft, deliver)
    faulty_notifications.send(draft, ticket, deliver, met)
    draft.tell(ticket.number, notification.name, deliver.body)


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

"""addFaultReport: the buyer reports a fault. A ticket is made, pending; it is accepted at once, asynchronously."""

from dataclasses import replace

from simulator.cityfibre import rules
from simulator.cityfibre.books import Draft
from simulator.cityfibre.leading import leads
from simulator.cityfibre.life import await_next_step
from simulator.cityfibre.messages import Appointment, ContactDetails, FaultDetails, FaultReport
from simulator.cityfibre.operation import Operation, Taken
from simulator.cityfibre.ticket import Ticket
from simulator.cityfibre.uploads import announce
from simulator.cityfibre.visits import Visit
from simulator.core.instants import format_instant

RULES = (
    rules.within_table_limits,
    rules.fault_details_present,
    rules.buyer_known,
    rules.reference_unused,
    rules.service_known,
    rules.parent_known,
    rules.tlos_has_key,
    rules.key_usable,
)

SUPPLIER_OWNED = (
    ("fault_details.status", "faultDetails/status"),
    ("fault_details.status_reason", "faultDetails/statusReason"),
    ("fault_details.missed_appointment", "faultDetails/missedAppointment"),
    ("late_repair_notification", "lateRepairNotification"),
    ("resolve_accepted", "resolveAccepted"),
    ("error_message", "errorMessage"),
    ("appointment.appointment_confirmation_status", "appointment/appointmentConfirmationStatus"),
    ("appointment.appointment_closure_code", "appointment/appointmentClosureCode"),
    ("appointment.appointment_cancelled", "appointment/appointmentCancelled"),
)
"""What the XSD's shared type lets a buyer send although only the supplier says it (R26)."""


def handle(report: FaultReport, draft: Draft) -> Taken:
    """Make the ticket."""
    details = report.fault_details or FaultDetails()
    ticket = Ticket(
        number=draft.count("ticket"),
        buyer=report.buyer_identifier,
        buyer_reference=report.buyer_fault_reference,
        service=report.service_affected,
        reported_at=report.report_date_time or report.sent_at or format_instant(draft.now),
        reported=replace(details, status=None, status_reason=None, missed_appointment=None),
        claimed_reference=report.maintainer_fault_reference or "",
        parent_reference=report.parent_fault_reference or "",
        reporter=report.reporter_contact_details or ContactDetails(),
        end_user=report.end_user_contact_details or ContactDetails(),
        priority_level=report.priority_level,
        comment=report.comment,
        since=draft.now,
    )
    ticket.take_updates(report.updates, draft.now)
    ticket.note("Created", "buyer", draft.now)
    take_appointment(ticket, report.appointment, draft)
    ticket.waits_for_key = rules.is_tlos(details.type or "") and not ticket.appointment_key
    draft.add(ticket)
    draft.note("ticket-added", ticket.address, {"service": ticket.service, "type": details.type or ""})
    _warn(report, ticket, draft)
    offered = announce(report.attachments, ticket, draft)
    ticket.led = leads(ticket, draft)
    await_next_step(draft, ticket)
    return Taken(ticket.state, offered)


def take_appointment(ticket: Ticket, appointment: Appointment | None, draft: Draft) -> None:
    """Spend the key of an appointment: a visit. The reserved slot wins over dates that the report gives (R38)."""
    if appointment is None or not appointment.appointment_reservation_key:
        return
    key = appointment.appointment_reservation_key
    sent = (appointment.appointment_date, appointment.appointment_start_time, appointment.appointment_end_time)
    reservation = draft.reservation(key)
    if reservation is None or reservation.buyer != ticket.buyer or not reservation.usable(draft.now):
        # only where appointment_keys: any lets it through; what is not the buyer's to spend stays as it is
        date, start, end = sent
    else:
        slot = reservation.slot
        date, start, end = slot.day.isoformat(), f"{slot.start:%H:%M}", f"{slot.end:%H:%M}"
        if any(told and told != held for told, held in zip(sent, (date, start, end), strict=True)):
            draft.warn("R38", "appointment", f"the reserved slot {slot} wins over the one sent", ticket.address)
        draft.spend(reservation, ticket)
        if not ticket.let_down:
            ticket.visit_promised = slot.ends_at
    ticket.visits = (*ticket.visits, Visit(key, date, start, end))


def _warn(report: FaultReport, ticket: Ticket, draft: Draft) -> None:
    for path, element in SUPPLIER_OWNED:
        value: object = report
        for name in path.split("."):
            value = getattr(value, name) if value is not None else None
        if value is not None:
            draft.warn("R26", element, "only the supplier says this; ignored", ticket.address)
    claimed = draft.books.find_address(ticket.claimed_reference)
    if ticket.claimed_reference and (claimed is None or claimed.buyer != ticket.buyer or claimed.terminal):
        draft.warn("R15", "maintainerFaultReference", "names no unclosed fault of this buyer", ticket.address)


OPERATION = Operation(
    name="addFaultReport",
    family="fault",
    request=FaultReport,
    request_element="addFaultReport",
    answer_element="receivedFaultReport",
    good_status=201,
    answers_status=True,
    rules=RULES,
    handle=handle,
    source="Add a fault report",
)

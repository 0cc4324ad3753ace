"""amendFaultReport: the buyer adds to a fault or changes it; what is left out stays as it is."""

from dataclasses import replace

from simulator.cityfibre import rules, sla
from simulator.cityfibre.books import Draft
from simulator.cityfibre.life import await_next_step, change, free_slot
from simulator.cityfibre.messages import AmendFaultReport, ContactDetails, FaultDetails
from simulator.cityfibre.notifications import AMENDED
from simulator.cityfibre.notifying import notify
from simulator.cityfibre.operation import Operation, Taken
from simulator.cityfibre.operations.add_fault_report import take_appointment
from simulator.cityfibre.ticket import Ticket, Trigger
from simulator.cityfibre.uploads import announce
from simulator.cityfibre.visits import VisitTrigger
from simulator.wire.binding import camel_case

RULES = (
    rules.within_table_limits,
    rules.buyer_known,
    rules.ticket_known,
    rules.ticket_amendable,
    rules.ticket_cancellable,
    rules.amended_service_known,
    rules.amended_parent_known,
    rules.amended_key_usable,
)

DETAILS = (
    "description",
    "type",
    "fault_start_time",
    "fault_location",
    "site_access_details",
    "triage_complete",
    "triage_findings",
)
"""The fault details that an amend may change; status and statusReason are the supplier's."""
SUPPLIER_OWNED_OF_APPOINTMENT = (
    "appointment_confirmation_status",
    "appointment_closure_code",
    "appointment_cancelled",
)
NEVER_BLANK = frozenset({"type", "fault_location", "site_access_details", "triage_findings"})
"""Details that a notification can't leave blank, so that a blank one counts as left out (contract §2)."""


def handle(amend: AmendFaultReport, draft: Draft) -> Taken:
    """Merge the amend into the ticket; cancel it where the amend says so (R25)."""
    found = rules.find_ticket(amend, draft)
    assert found is not None, "the rule ticket-known has passed"  # noqa: S101 - narrows the type
    ticket = draft.edit(found.number)
    _merge(amend, ticket, draft)
    _reappoint(amend, ticket, draft)
    _warn_of_visit(amend, ticket, draft)
    if ticket.waits_for_key and (ticket.appointment_key or not rules.is_tlos(ticket.reported.type or "")):
        ticket.waits_for_key = False  # R27: what it waited for has come, or is no longer needed
        await_next_step(draft, ticket)
    offered = announce(amend.attachments, ticket, draft)
    sla.watch(draft, ticket)
    ticket.note("Amended", "buyer", draft.now)
    draft.note("ticket-amended", ticket.address, {"state": ticket.state.value})
    notify(draft, ticket, AMENDED if amend.comment is not None else _AMENDED_SILENTLY)
    if rules.asks_to_cancel(amend, draft):
        change(draft, ticket, Trigger.CANCEL, "by the buyer", by="buyer")
    else:
        _warn_of_status(amend.fault_details, ticket, draft)
    return Taken(ticket.state, offered)


_AMENDED_SILENTLY = replace(AMENDED, shows=("updates",))
"""A comment is shown only by the amend that brought it."""


def _warn_of_status(details: FaultDetails | None, ticket: Ticket, draft: Draft) -> None:
    """The ticket's status and its reason are the supplier's to say (R25)."""
    taken = "only cancelled is" if draft.settings.amend_cancels else "none is"
    if details is not None and details.status is not None:
        draft.warn("R25", "faultDetails/status", f"{taken} taken from a buyer; ignored", ticket.address)
    if details is not None and details.status_reason is not None:
        draft.warn("R26", "faultDetails/statusReason", "only the supplier says this; ignored", ticket.address)


def _warn_of_visit(amend: AmendFaultReport, ticket: Ticket, draft: Draft) -> None:
    """What becomes of an appointment is the supplier's to say (R26); and it does not move with the service (§2.7)."""
    for name in SUPPLIER_OWNED_OF_APPOINTMENT:
        if amend.appointment is not None and getattr(amend.appointment, name) is not None:
            place = f"appointment/{camel_case(name)}"
            draft.warn("R26", place, "only the supplier says this; ignored", ticket.address)
    service, reservation = draft.inventory.services.get(ticket.service), draft.reservation(ticket.appointment_key)
    if (
        amend.service_affected
        and service is not None
        and reservation is not None
        and reservation.address != service.address
    ):
        draft.warn("§2.7", "serviceAffected", "its appointment is at another address; reserve another", ticket.address)


def _merge(amend: AmendFaultReport, ticket: Ticket, draft: Draft) -> None:
    if amend.service_affected == "":
        draft.warn("§2", "serviceAffected", "blank; counts as left out", ticket.address)
    ticket.service = amend.service_affected or ticket.service
    ticket.parent_reference = amend.parent_fault_reference or ticket.parent_reference
    ticket.reporter = _contact(amend.reporter_contact_details, ticket.reporter)
    ticket.end_user = _contact(amend.end_user_contact_details, ticket.end_user)
    ticket.priority_level = amend.priority_level or ticket.priority_level
    ticket.reported_at = amend.report_date_time or ticket.reported_at
    ticket.comment = amend.comment or ticket.comment
    ticket.take_updates(amend.updates, draft.now)
    if amend.fault_details is not None:
        ticket.describe_again(**_details(amend.fault_details, ticket, draft))


def _contact(sent: ContactDetails | None, known: ContactDetails) -> ContactDetails:
    """A contact is merged child by child, as the details are: what is left out stays."""
    if sent is None:
        return known
    told = {"name": sent.name, "phone": sent.phone, "email": sent.email}
    return replace(known, **{name: text for name, text in told.items() if text is not None})


def _details(sent: FaultDetails, ticket: Ticket, draft: Draft) -> dict[str, object]:
    changed: dict[str, object] = {}
    for name in DETAILS:
        value = getattr(sent, name)
        if value is None:
            continue
        if value == "" and name in NEVER_BLANK:
            draft.warn("§2", f"faultDetails/{camel_case(name)}", "blank; counts as left out", ticket.address)
            continue
        changed[name] = value
    if sent.site_access_contact_details is not None:
        known = ticket.reported.site_access_contact_details or ContactDetails()
        changed["site_access_contact_details"] = _contact(sent.site_access_contact_details, known)
    return changed


def _reappoint(amend: AmendFaultReport, ticket: Ticket, draft: Draft) -> None:
    """Another key takes the place of the old, whose slot is freed (contract §3, Reappointing)."""
    if amend.appointment is None:
        return
    key = amend.appointment.appointment_reservation_key
    if not key or key == ticket.appointment_key:
        if key and ticket.visit is not None and ticket.visit.in_vain:
            told = f"that appointment is {ticket.visit.state}; reserve another"
            draft.warn("§3", rules.KEY, told, ticket.address)
        return
    if ticket.visit is not None and ticket.visit.ahead:
        free_slot(ticket, draft)
        ticket.move_visit(VisitTrigger.CANCEL)
    take_appointment(ticket, amend.appointment, draft)
    await_next_step(draft, ticket)


OPERATION = Operation(
    name="amendFaultReport",
    family="fault",
    request=AmendFaultReport,
    request_element="amendFaultReport",
    answer_element="receivedAmendFaultReport",
    good_status=200,
    answers_status=True,
    rules=RULES,
    handle=handle,
    source="Amend a fault report",
)

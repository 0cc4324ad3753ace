"""The rules that reject. Each names its id, its status and where the contract says so; each reads, none changes.

A rule's check answers ``None`` where the message passes, else the field (a path in the message) and the reason.
What is let through although a stricter reading would refuse it is warned of in the draft. Those of the appointment
operations stand in ``appointment_rules``.
"""

from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import Generic, TypeVar

from simulator.cityfibre.books import Draft
from simulator.cityfibre.limits import breaches
from simulator.cityfibre.messages import AmendFaultReport, FaultReport, FaultRequest, ResolveResponse
from simulator.cityfibre.ticket import State, Ticket, Trigger
from simulator.wire.binding import collapse
from simulator.wire.errors import shorten

M_contra = TypeVar("M_contra", contravariant=True)
Finding = tuple[str, str] | None

NO_WORKFLOW = "No workflow found with that reference"
"""The one reason that the supplier's text publishes word for word (sample of the rejected webhook's answer)."""
LIST_IT = "list it in the inventory, or start with --inventory any"
BUYER = "buyer known with that identifier"
TLOS = "Service Outage"
KEY = "appointment/appointmentReservationKey"


@dataclass(frozen=True, slots=True)
class Rejection:
    """The supplier says no."""

    rule: str
    status: int
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class Rule(Generic[M_contra]):
    """One reason to reject a message."""

    id: str
    status: int
    source: str
    check: Callable[[M_contra, Draft], Finding]

    def rejects(self, message: M_contra, draft: Draft) -> Rejection | None:
        """The rejection of that message, or ``None``."""
        found = self.check(message, draft)
        return Rejection(self.id, self.status, *found) if found else None


def rule(rule_id: str, status: int, source: str) -> Callable[[Callable[[M_contra, Draft], Finding]], Rule[M_contra]]:
    """Make a rule of a check."""
    return lambda check: Rule(rule_id, status, source, check)


def find_ticket(message: AmendFaultReport | FaultRequest, draft: Draft) -> Ticket | None:
    """The ticket that a message speaks of: both references fit, or the buyer's alone where the other is blank."""
    ticket = draft.find(message.buyer_identifier, message.buyer_fault_reference)
    claimed = message.maintainer_fault_reference
    if ticket is None or (claimed and claimed != ticket.maintainer_reference):
        return None
    return ticket


# -- every fault message


@rule("table-limit", 400, "R10, R22")
def within_table_limits(message: FaultRequest, draft: Draft) -> Finding:
    """Limits that stand in the field tables but not in the XSD: warned of, or enforced by ``limits: enforce``."""
    for breach in breaches(message):
        if draft.settings.limits == "enforce":
            return breach.field, breach.reason
        draft.warn(breach.ruling, breach.field, breach.reason)
    return None


@rule("buyer-known", 400, "§2.2")
def buyer_known(message: FaultRequest, draft: Draft) -> Finding:
    """buyerIdentifier is a buyer of this environment."""
    return listed(message.buyer_identifier, draft.inventory.buyers, "buyerIdentifier", BUYER, draft)


def listed(text: str, known: Container[str], field: str, what: str, draft: Draft) -> Finding:
    """Something of the inventory, or anything that is not blank where the switch lets it (§2.4)."""
    if text in known:
        return None
    if draft.settings.inventory == "any" and text:
        draft.warn("§2.4", field, f"no {what}; accepted by inventory: any")
        return None
    return field, f"No {what}; {LIST_IT}"


def _service(identifier: str, buyer: str, draft: Draft) -> Finding:
    service = draft.inventory.services.get(identifier)
    if service is not None and service.buyer == buyer and service.live:
        return None
    if draft.settings.inventory == "any":
        draft.warn("§2.4", "serviceAffected", "not a live service of this buyer; accepted by inventory: any")
        return None
    if service is not None and service.buyer == buyer:
        return "serviceAffected", "That service is not live; the inventory lists it with live: false"
    return "serviceAffected", f"No service of this buyer with that identifier; {LIST_IT}"


def _parent(reference: str | None, buyer: str, draft: Draft) -> Finding:
    if not reference or draft.find(buyer, reference) is not None:
        return None
    if draft.settings.parent_reference == "warn":
        draft.warn("§2.5", "parentFaultReference", "names no fault of this buyer")
        return None
    return "parentFaultReference", "No fault of this buyer with that reference"


# -- addFaultReport


@rule("fault-details-present", 400, "§2.1")
def fault_details_present(report: FaultReport, _draft: Draft) -> Finding:
    """The XSD lets faultDetails be left out; a ticket can't exist without a type."""
    return None if report.fault_details else ("faultDetails", "The details of the fault are missing")


@rule("reference-unused", 400, "§2.3")
def reference_unused(report: FaultReport, draft: Draft) -> Finding:
    """buyerFaultReference identifies the fault, so this buyer has not used it before."""
    if draft.find(report.buyer_identifier, report.buyer_fault_reference) is None:
        return None
    return "buyerFaultReference", "A fault of this buyer has that reference already"


@rule("service-known", 400, "§2.4")
def service_known(report: FaultReport, draft: Draft) -> Finding:
    """serviceAffected is a live service of this buyer."""
    return _service(report.service_affected, report.buyer_identifier, draft)


@rule("parent-known", 400, "§2.5")
def parent_known(report: FaultReport, draft: Draft) -> Finding:
    """parentFaultReference, unless empty, names a fault of this buyer."""
    return _parent(report.parent_fault_reference, report.buyer_identifier, draft)


def is_tlos(kind: str) -> bool:
    """Whether a type is the total loss of service; white space and case do not count."""
    return collapse(kind).casefold() == TLOS.casefold()


_NEAR_TLOS = frozenset(
    {"serviceoutage", "tlos", "totallossofservice", "totalloss", "lossofservice", "outage", "noservice"}
)


def _sounds_like_tlos(kind: str) -> bool:
    return "".join(letter for letter in kind.casefold() if letter.isalpha()) in _NEAR_TLOS


@rule("tlos-key", 403, "§2.6, flow 3c")
def tlos_has_key(report: FaultReport, draft: Draft) -> Finding:
    """A total loss of service needs an appointment reservation key; any other type must not have one."""
    kind = report.fault_details.type if report.fault_details else None
    key = report.appointment.appointment_reservation_key if report.appointment else ""
    if not is_tlos(kind or ""):
        if _sounds_like_tlos(kind or ""):
            draft.warn("§2.6", "faultDetails/type", f"taken for an ordinary fault; a total loss of service is a {TLOS}")
        if not key:
            return None
        told = shorten(kind or "")
        return KEY, f"Only a fault of the type {TLOS} may carry an appointment reservation key; this one is {told}"
    if kind != TLOS:
        draft.warn("§2.6", "faultDetails/type", f"taken for {TLOS}, which is spelt otherwise")
    if not key and draft.settings.tlos_without_key == "reject":
        return KEY, f"A fault of the type {TLOS} needs an appointment reservation key"
    return None


@rule("key-usable", 403, "§2.7")
def key_usable(report: FaultReport, draft: Draft) -> Finding:
    """The key was reserved here, by this buyer, for this service's address; it is unexpired and not spent."""
    if report.appointment is None:
        return None
    key = report.appointment.appointment_reservation_key
    return _key(key, report.buyer_identifier, report.service_affected, draft)


def _key(key: str, buyer: str, service: str, draft: Draft, of: Ticket | None = None) -> Finding:
    if not key:
        return None
    reservation = draft.reservation(key)
    known_service = draft.inventory.services.get(service)
    if reservation is None or reservation.buyer != buyer:  # a stranger's key is not told from none
        reason = "No appointment is reserved under that key"
    elif known_service is not None and reservation.address != known_service.address:
        reason = "The appointment is reserved for another address than this service's"
    elif of is not None and reservation.ticket == of.number and key == of.appointment_key:
        return None  # its own already
    elif reservation.ticket:
        reason = "That key has been used"
    elif not reservation.usable(draft.now):
        reason = "The reservation has expired"
    else:
        if reservation.for_order:
            draft.warn("§2.7", KEY, "the appointment was reserved for an order")
        return None
    if draft.settings.appointment_keys == "any":
        draft.warn("§2.7", KEY, f"{reason}; accepted by appointment_keys: any")
        return None
    return KEY, reason


# -- amendFaultReport, resolveResponse, requestFaultReportUpdate


@rule("ticket-known", 400, "§2, amend/resolve/requestUpdate")
def ticket_known(message: FaultRequest, draft: Draft) -> Finding:
    """The references name a fault of this buyer."""
    return None if find_ticket(message, draft) else ("maintainerFaultReference", NO_WORKFLOW)


@rule("ticket-amendable", 400, "§2, §3")
def ticket_amendable(amend: AmendFaultReport, draft: Draft) -> Finding:
    """A closed, rejected or cancelled fault is not amended."""
    ticket = find_ticket(amend, draft)
    if ticket is not None and ticket.terminal:
        return "buyerFaultReference", f"The fault is {ticket.state} and can no longer be amended"
    return None


def asks_to_cancel(amend: AmendFaultReport, draft: Draft) -> bool:
    """Whether an amend cancels: it carries that status, and the switch lets it (R25)."""
    details = amend.fault_details
    return draft.settings.amend_cancels and details is not None and details.status == State.CANCELLED


@rule("ticket-cancellable", 400, "§3, R25")
def ticket_cancellable(amend: AmendFaultReport, draft: Draft) -> Finding:
    """An amend may cancel only where the fault's state lets it."""
    ticket = find_ticket(amend, draft)
    if ticket is None or not asks_to_cancel(amend, draft) or ticket.allows(Trigger.CANCEL):
        return None
    return "faultDetails/status", f"The fault is {ticket.state} and can't be cancelled"


@rule("amended-service-known", 400, "§2.4")
def amended_service_known(amend: AmendFaultReport, draft: Draft) -> Finding:
    """A serviceAffected that an amend brings is a live service of this buyer."""
    return _service(amend.service_affected, amend.buyer_identifier, draft) if amend.service_affected else None


@rule("amended-parent-known", 400, "§2.5")
def amended_parent_known(amend: AmendFaultReport, draft: Draft) -> Finding:
    """A parentFaultReference that an amend brings names a fault of this buyer."""
    return _parent(amend.parent_fault_reference, amend.buyer_identifier, draft)


@rule("amended-key-usable", 400, "R28")
def amended_key_usable(amend: AmendFaultReport, draft: Draft) -> Finding:
    """The key of another appointment is usable; the TLOS rule itself does not bind an amend."""
    ticket = find_ticket(amend, draft)
    if ticket is None:
        return None
    key = amend.appointment.appointment_reservation_key if amend.appointment else ""
    service = amend.service_affected or ticket.service
    if key == ticket.appointment_key and service == ticket.service:
        return None
    return _key(key, amend.buyer_identifier, service, draft, of=ticket)


@rule("ticket-resolved", 400, "§2")
def ticket_resolved(response: ResolveResponse, draft: Draft) -> Finding:
    """Only a resolved fault awaits an answer."""
    ticket = find_ticket(response, draft)
    if ticket is None or ticket.state is State.RESOLVED:
        return None
    return "buyerFaultReference", f"The fault is {ticket.state}; only a resolved fault can be accepted or rejected"


@rule("answer-given", 400, "§2")
def answer_given(response: ResolveResponse, _draft: Draft) -> Finding:
    """The XSD lets resolveAccepted be left out; without it there is no answer."""
    return None if response.resolve_accepted is not None else ("resolveAccepted", "Say true or false")

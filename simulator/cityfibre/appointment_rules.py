"""The rules that reject an appointment. What such a rejection looks like, the text does not say (R20)."""

from datetime import date

from simulator.cityfibre.appointment_messages import (
    AppointmentRequest,
    QueryAppointmentAvailabilityRequest,
    ReserveAppointmentRequest,
)
from simulator.cityfibre.books import Draft
from simulator.cityfibre.diary import Slot, local_date, slots_of
from simulator.cityfibre.rules import BUYER, Finding, listed, rule


@rule("appointment-buyer-known", 200, "§2.2, R20")
def appointment_buyer_known(request: AppointmentRequest, draft: Draft) -> Finding:
    """buyerIdentifier is a buyer of this environment."""
    return listed(request.buyer.buyer_identifier, draft.inventory.buyers, "buyer/buyerIdentifier", BUYER, draft)


@rule("address-known", 200, "§2, R20")
def address_known(request: AppointmentRequest, draft: Draft) -> Finding:
    """addressKey is an address of the network."""
    return listed(request.address_key, draft.inventory.addresses, "addressKey", "address known with that key", draft)


@rule("product-known", 200, "§2, R20")
def product_known(request: AppointmentRequest, draft: Draft) -> Finding:
    """productName is a product of the supplier."""
    return listed(request.product_name, draft.inventory.products, "productName", "product known with that name", draft)


@rule("date-not-past", 200, "§2, R20")
def date_not_past(request: QueryAppointmentAvailabilityRequest, draft: Draft) -> Finding:
    """The first date asked for has not passed, on the supplier's calendar."""
    wanted = _date(request.appointments_from)
    today = local_date(draft.now)
    if wanted is None or wanted < today:
        return "appointmentsFrom", f"The date lies in the past; today is {today.isoformat()}"
    return None


@rule("slot-offered", 200, "§2, R20")
def slot_offered(request: ReserveAppointmentRequest, draft: Draft) -> Finding:
    """The slot is one that the diary has, on a day that is open, and it has not begun."""
    slot = wanted_slot(request)
    if slot is None:
        return "appointmentSlot", "No such slot is offered; query the availability for those that are"
    if slot.starts_at <= draft.now:
        return "appointmentSlot", "The slot has begun or lies in the past"
    if (slot.day - local_date(draft.now)).days > draft.settings.diary.horizon:
        return "appointmentSlot", "The diary is not open so far ahead"
    return None


@rule("slot-free", 200, "§2, R20")
def slot_free(request: ReserveAppointmentRequest, draft: Draft) -> Finding:
    """Somebody is free in that slot."""
    slot = wanted_slot(request)
    if slot is not None and draft.taken(region_of(request, draft), slot) < draft.settings.diary.capacity:
        return None
    return "appointmentSlot", "The slot is full"


def wanted_slot(request: ReserveAppointmentRequest) -> Slot | None:
    """The slot of the diary that a reservation names, or ``None``."""
    wanted = request.appointment_slot
    day = _date(wanted.appointment_date)
    if day is None:
        return None
    times = (wanted.appointment_start_time, wanted.appointment_end_time)
    return next((slot for slot in slots_of(day) if (f"{slot.start:%H:%M}", f"{slot.end:%H:%M}") == times), None)


def region_of(request: AppointmentRequest, draft: Draft) -> str:
    """The region whose engineers would come; an address nobody listed is a region of its own."""
    address = draft.inventory.addresses.get(request.address_key)
    return address.region if address else request.address_key


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None

"""queryAppointmentAvailability: which slots an address has from a date on."""

from datetime import date

from simulator.cityfibre import appointment_rules as rules
from simulator.cityfibre.appointment_messages import (
    AppointmentSlot,
    AvailabilityAccepted,
    QueryAppointmentAvailabilityRequest,
)
from simulator.cityfibre.books import Draft
from simulator.cityfibre.diary import Slot, local_date, slots_between
from simulator.cityfibre.operation import Operation

RULES = (
    rules.appointment_buyer_known,
    rules.address_known,
    rules.product_known,
    rules.date_not_past,
)


def handle(query: QueryAppointmentAvailabilityRequest, draft: Draft) -> AvailabilityAccepted:
    """The free slots of the window, in order; none beyond the horizon of the diary."""
    diary = draft.settings.diary
    first = date.fromisoformat(query.appointments_from[:10])
    ahead = diary.horizon - (first - local_date(draft.now)).days + 1
    region = rules.region_of(query, draft)
    slots = slots_between(first, max(0, min(diary.window, ahead)), draft.now)
    free = (slot for slot in slots if draft.taken(region, slot) < diary.capacity)
    return AvailabilityAccepted(appointment_slots=tuple(slot_message(slot) for slot in free))


def slot_message(slot: Slot) -> AppointmentSlot:
    """A slot as messages spell it."""
    return AppointmentSlot(
        appointment_date=slot.day.isoformat(),
        appointment_start_time=f"{slot.start:%H:%M}",
        appointment_end_time=f"{slot.end:%H:%M}",
    )


OPERATION = Operation(
    name="queryAppointmentAvailability",
    family="appointment",
    request=QueryAppointmentAvailabilityRequest,
    request_element="queryAppointmentAvailabilityRequest",
    answer_element="queryAppointmentAvailabilityResponse",
    good_status=200,
    answers_status=False,
    rules=RULES,
    handle=handle,
    source="Query Appointment Availability",
)

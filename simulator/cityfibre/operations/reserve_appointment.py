"""reserveAppointment: a slot is held for the buyer, who spends its key on a report before the hold expires."""

from simulator.cityfibre import appointment_rules as rules
from simulator.cityfibre.appointment_messages import ReserveAccepted, ReserveAppointmentRequest, ReservedAppointment
from simulator.cityfibre.books import Draft
from simulator.cityfibre.diary import Reservation
from simulator.cityfibre.operation import Operation
from simulator.core.instants import format_instant

RULES = (
    rules.appointment_buyer_known,
    rules.address_known,
    rules.product_known,
    rules.slot_offered,
    rules.slot_free,
)


def handle(request: ReserveAppointmentRequest, draft: Draft) -> ReserveAccepted:
    """Hold the slot."""
    slot = rules.wanted_slot(request)
    assert slot is not None, "the rule slot-offered has passed"  # noqa: S101 - narrows the type
    reservation = Reservation(
        key=draft.basis.ids.key("appointmentReservationKey", draft.count("reservation")),
        buyer=request.buyer.buyer_identifier,
        address=request.address_key,
        region=rules.region_of(request, draft),
        slot=slot,
        valid_until=draft.now + draft.settings.diary.hold,
        for_order=request.appointment_type.order is not None,
    )
    draft.hold(reservation)
    draft.note("slot-held", "", {"key": reservation.key, "slot": str(slot), "address": reservation.address})
    return ReserveAccepted(
        appointment=ReservedAppointment(
            appointment_date=slot.day.isoformat(),
            appointment_start_time=f"{slot.start:%H:%M}",
            appointment_end_time=f"{slot.end:%H:%M}",
            appointment_reservation_key=reservation.key,
            appointment_reservation_valid_until=format_instant(reservation.valid_until),
        )
    )


OPERATION = Operation(
    name="reserveAppointment",
    family="appointment",
    request=ReserveAppointmentRequest,
    request_element="reserveAppointmentRequest",
    answer_element="reserveAppointmentResponse",
    good_status=200,
    answers_status=False,
    rules=RULES,
    handle=handle,
    source="Reserve Appointment",
)

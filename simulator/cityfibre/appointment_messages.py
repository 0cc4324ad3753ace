"""The appointment messages: two namespaces, no published XSD (R37), one message header for all."""

from dataclasses import dataclass
from typing import ClassVar

from simulator.wire.binding import element, parts, required

ALA = "http://www.niccstandards.org.uk/ala_1.0.xsd"
CFH = "http://www.cityfibre.com/ala/ext1"
_PREFIXES: dict[str | None, str] = {None: ALA, "cfh": CFH}


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageHeader:
    """``message``: this message's id, the buyer's transaction, and when it was sent."""

    message_id: str = required()
    correlation_id: str | None = element(collapse=True)
    sent_at: str | None = element(collapse=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """``buyer``: who asks, and for which reseller (R33)."""

    buyer_identifier: str = required()
    reseller_id: str | None = element(namespace=CFH, collapse=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seller:
    """``seller``: the network operator."""

    seller_identifier: str = required()


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentSlot:
    """A slot: a local date and two local times, Europe/London."""

    appointment_date: str = required()
    appointment_start_time: str = required()
    appointment_end_time: str = required()


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentType:
    """``appointmentType``: what the visit is for; one of the two is there, and empty in every sample."""

    order: str | None = None
    fault: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryAppointmentAvailabilityRequest:
    """What a buyer may reserve at an address, from a date on."""

    NAMESPACE: ClassVar[str] = ALA
    message: MessageHeader
    buyer: Buyer
    seller: Seller
    address_key: str = required()
    appointments_from: str = required()
    appointment_type: AppointmentType
    product_name: str = required(namespace=CFH)
    reappointment: str | None = element(namespace=CFH)
    project_reference: str | None = element(namespace=CFH)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReserveAppointmentRequest:
    """Hold this slot at that address."""

    NAMESPACE: ClassVar[str] = ALA
    message: MessageHeader
    buyer: Buyer
    seller: Seller
    appointment_slot: AppointmentSlot
    appointment_type: AppointmentType
    product_name: str = required(namespace=CFH)
    address_key: str = required(namespace=CFH)
    reappointment: str | None = element(namespace=CFH)
    project_reference: str | None = element(namespace=CFH)


AppointmentRequest = QueryAppointmentAvailabilityRequest | ReserveAppointmentRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """Why an appointment is refused: a shape of ours, since the text shows none (R20)."""

    reason_code: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AvailabilityAccepted:
    """``queryAppointmentAvailabilityAccepted``; the list is there even when it is empty, as in the sample (R36)."""

    appointment_slots: tuple[AppointmentSlot, ...] = parts("appointmentSlot", when_empty=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservedAppointment:
    """The slot that is held, its key, and until when."""

    appointment_date: str
    appointment_start_time: str
    appointment_end_time: str
    appointment_reservation_key: str
    appointment_reservation_valid_until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReserveAccepted:
    """``reserveAppointmentAccepted``."""

    appointment: ReservedAppointment


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryAppointmentAvailabilityResponse:
    """The answer to a query: slots, or why there are none."""

    NAMESPACE: ClassVar[str] = ALA
    NSMAP: ClassVar[dict[str | None, str]] = _PREFIXES
    message: MessageHeader
    buyer: Buyer
    seller: Seller
    query_appointment_availability_accepted: AvailabilityAccepted | None = None
    query_appointment_availability_rejected: Rejected | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReserveAppointmentResponse:
    """The answer to a reservation: a key, or why there is none."""

    NAMESPACE: ClassVar[str] = ALA
    NSMAP: ClassVar[dict[str | None, str]] = _PREFIXES
    message: MessageHeader
    buyer: Buyer
    seller: Seller
    reserve_appointment_accepted: ReserveAccepted | None = None
    reserve_appointment_rejected: Rejected | None = None

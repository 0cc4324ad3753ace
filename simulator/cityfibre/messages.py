"""The fault messages and their parts, field for field as the supplier's XSD names them."""

from dataclasses import dataclass

from simulator.wire.binding import element, parts, required

API_VERSION = "1.0"
"""What we send (R31)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactDetails:
    """XSD contactDetailsType. A child may repeat or be left out; the last one wins (R24)."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedAppointment:
    """XSD missedAppointmentType: the appointment and six Y/N flags. Three names keep the XSD's capitals."""

    appointment_reservation_key: str
    appointment_date: str
    appointment_start_time: str
    appointment_end_time: str
    seller_missed_appointment: str
    amended: str = required("Amended")
    cancelled: str = required("Cancelled")
    end_user_missed_appointment: str
    end_user_pre_agreed: str
    mborc: str = required("MBORC")


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultDetails:
    """XSD faultDetailsType and amendFaultDetailsType; the schema says which children each message needs."""

    description: str | None = None
    type: str | None = element(collapse=True)
    status: str | None = None
    status_reason: str | None = None
    fault_start_time: str | None = element(collapse=True)
    fault_location: str | None = element(collapse=True)
    site_access_details: str | None = element(collapse=True)
    site_access_contact_details: ContactDetails | None = None
    triage_complete: bool | None = None
    triage_findings: str | None = element(collapse=True)
    missed_appointment: MissedAppointment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """One line of a ticket's history: by ``buyer`` or ``seller`` (R8), and when."""

    description: str = required()
    updated_by: str | None = None
    updated_time: str | None = element(collapse=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """The newest comment; the history of comments lies outside of the supplier's API."""

    value: str = required()
    commented_by: str = required()
    commented_time: str = required()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file announced with a report."""

    filename: str
    url: str | None = None
    uploaded: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """XSD appointmentType. Only the key is required, and it may be blank (R23)."""

    appointment_reservation_key: str = required()
    appointment_date: str | None = element(collapse=True)
    appointment_start_time: str | None = None
    appointment_end_time: str | None = None
    appointment_confirmation_status: str | None = None
    appointment_closure_code: str | None = None
    appointment_cancelled: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """A span that does not count as the seller's delay."""

    exclusion_reason: str
    number_of_days: str
    start_date_time: str
    end_date_time: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LateRepairNotification:
    """XSD lateRepairNotificationType."""

    total_delay_in_days: str | None = None
    seller_delay_days: str | None = None
    non_seller_delay_days: str | None = None
    exclusions: tuple[Exclusion, ...] = parts("exclusion")


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultReport:
    """XSD faultReportType: addFaultReport, and every notifyFaultReportUpdate (which adds ``appointments``, R7)."""

    api_version: str = required()
    buyer_identifier: str = required()
    sent_at: str | None = element(collapse=True)
    message_id: str = required()
    report_date_time: str | None = element(collapse=True)
    reporter_contact_details: ContactDetails | None = None
    end_user_contact_details: ContactDetails | None = None
    service_affected: str = required()
    buyer_fault_reference: str = required()
    maintainer_fault_reference: str | None = element(collapse=True)
    parent_fault_reference: str | None = element(collapse=True)
    fault_details: FaultDetails | None = None
    updates: tuple[Update, ...] = parts("update")
    comment: Comment | None = None
    attachments: tuple[Attachment, ...] = parts("attachment")
    priority_level: str | None = element(collapse=True)
    late_repair_notification: LateRepairNotification | None = None
    appointment: Appointment | None = None
    error_message: str | None = None
    resolve_accepted: bool | None = None
    appointments: tuple[Appointment, ...] = parts("appointment")


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendFaultReport:
    """XSD amendFaultReportType: what is left out stays as it is."""

    api_version: str = required()
    buyer_identifier: str = required()
    sent_at: str = required()
    message_id: str = required()
    buyer_fault_reference: str = required()
    report_date_time: str | None = element(collapse=True)
    reporter_contact_details: ContactDetails | None = None
    end_user_contact_details: ContactDetails | None = None
    service_affected: str | None = element(collapse=True)
    maintainer_fault_reference: str | None = element(collapse=True)
    parent_fault_reference: str | None = element(collapse=True)
    fault_details: FaultDetails | None = None
    updates: tuple[Update, ...] = parts("update")
    comment: Comment | None = None
    attachments: tuple[Attachment, ...] = parts("attachment")
    appointment: Appointment | None = None
    priority_level: str | None = element(collapse=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveResponse:
    """XSD resolveResponseType: the buyer takes the repair, or does not."""

    api_version: str = required()
    buyer_identifier: str = required()
    sent_at: str = required()
    message_id: str = required()
    buyer_fault_reference: str = required()
    resolve_accepted: bool | None = None
    maintainer_fault_reference: str | None = element(collapse=True)
    rejected_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFaultReportUpdate:
    """XSD updateRequestType: the buyer asks for the present state."""

    api_version: str = required()
    buyer_identifier: str = required()
    sent_at: str = required()
    message_id: str = required()
    maintainer_fault_reference: str = required()
    buyer_fault_reference: str = required()


FaultRequest = FaultReport | AmendFaultReport | ResolveResponse | RequestFaultReportUpdate


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """The answer to a fault message: XSD receivedFaultReportType, or genericResponseType, which lacks three fields."""

    api_version: str
    buyer_identifier: str
    sent_at: str
    message_id: str
    buyer_fault_reference: str | None
    status: str | None
    response_code: str
    error_message: str | None = None
    attachments: tuple[Attachment, ...] = parts("attachment")

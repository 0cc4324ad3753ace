"""The shapes of the twelve notification samples that the supplier's text prints, read off the text by eye.

Written down as data, and not taken from our own code: what is compared with it is what that code sends. The samples'
values are the supplier's and are not repeated here, but for the few that are quirks. Two are stand-ins of whoever wrote
the page, and no quirks: the maintainerFaultReference "(Not in report; only after creation)" in nine samples, and the
appointmentConfirmationStatus "Confirmed or Failed" in one.
"""

from dataclasses import dataclass
from typing import Literal

Fraction = Literal["none", "four digits", "missing"]


@dataclass(frozen=True, slots=True)
class Shape:
    """One sample. ``paths`` are its elements below notifyFaultReportUpdate, in order, without what contacts hold.

    ``status`` is the fault's, ``parties`` are the texts of updatedBy, ``flags`` those of a missed appointment's six.
    The rest says how many digits the fractions of its instants have.
    """

    page: str
    status: str
    paths: tuple[str, ...]
    sent_at: Fraction = "four digits"
    report_date_time: Fraction = "four digits"
    fault_start_time: Fraction = "none"
    updated_time: Fraction = "missing"
    commented_time: Fraction = "missing"
    parties: tuple[str, ...] = ()
    flags: str = ""


_HEAD = (
    "apiVersion",
    "buyerIdentifier",
    "sentAt",
    "messageId",
    "reportDateTime",
    "reporterContactDetails",
    "endUserContactDetails",
    "serviceAffected",
    "buyerFaultReference",
    "maintainerFaultReference",
    "parentFaultReference",
)
_HEAD_WITHOUT_SENT_AT = (*_HEAD[:2], *_HEAD[3:])
_BEFORE_REASON = ("faultDetails", "faultDetails/description", "faultDetails/type", "faultDetails/status")
_REASON = ("faultDetails/statusReason",)
_AFTER_REASON = (
    "faultDetails/faultStartTime",
    "faultDetails/faultLocation",
    "faultDetails/siteAccessDetails",
    "faultDetails/siteAccessContactDetails",
)
_DETAILS = (*_BEFORE_REASON, *_AFTER_REASON)
_UPDATE = (
    "updates/update",
    "updates/update/description",
    "updates/update/updatedBy",
    "updates/update/updatedTime",
)
_VISIT = (
    "appointments",
    "appointments/appointment",
    "appointments/appointment/appointmentReservationKey",
    "appointments/appointment/appointmentDate",
    "appointments/appointment/appointmentStartTime",
    "appointments/appointment/appointmentEndTime",
)
_CONFIRMATION = "appointments/appointment/appointmentConfirmationStatus"
_CLOSURE_CODE = "appointments/appointment/appointmentClosureCode"
_CANCELLED = "appointments/appointment/appointmentCancelled"

SHAPES = {
    "accepted": Shape("Notify Fault Report Accepted", "accepted", (*_HEAD, *_DETAILS)),
    "cancelled": Shape(
        "Notify Fault Report Cancelled",
        "cancelled",
        (*_HEAD, *_DETAILS, "updates", *_UPDATE),
        sent_at="none",
        updated_time="four digits",
        parties=("seller",),
    ),
    "closed": Shape(
        "Notify Fault Report Closed",
        "closed",
        (*_HEAD, *_DETAILS, "updates", *_UPDATE, *_UPDATE, *_UPDATE),
        sent_at="none",
        updated_time="four digits",
        parties=("buyer", "seller", "seller"),
    ),
    "in-progress": Shape(
        "Notify Fault Report In Progress",
        "in-progress",
        (*_HEAD, *_DETAILS, "updates", *_UPDATE, *_VISIT),
        updated_time="four digits",
        parties=("buyer",),
    ),
    "on-hold": Shape(
        "Notify Fault Report On Hold",
        "on-hold",
        (*_HEAD_WITHOUT_SENT_AT, *_DETAILS, "updates", *_UPDATE, *_UPDATE),
        sent_at="missing",
        updated_time="none",
        parties=("Buyer", "Seller"),
    ),
    "rejected": Shape(
        "Notify Fault Report Rejected",
        "rejected",
        (*_HEAD, *_BEFORE_REASON, *_REASON, *_AFTER_REASON, "updates", *_UPDATE),
        updated_time="four digits",
        parties=("seller",),
    ),
    "resolved": Shape(
        "Notify Fault Report Resolved",
        "resolved",
        (*_HEAD, *_BEFORE_REASON, *_REASON, *_AFTER_REASON, "updates", *_UPDATE, *_UPDATE, *_UPDATE),
        updated_time="four digits",
        parties=("buyer", "seller", "seller"),
    ),
    "appointment-cancelled": Shape(
        "Notify Appointment Cancelled",
        "in-progress",
        (*_HEAD, *_DETAILS, "updates", *_UPDATE, *_VISIT, _CONFIRMATION, _CANCELLED),
        updated_time="four digits",
        parties=("buyer",),
    ),
    "appointment-completed": Shape(
        "Notify Appointment Completed",
        "in-progress",
        (*_HEAD, *_DETAILS, "updates", *_UPDATE, *_VISIT, _CONFIRMATION, _CLOSURE_CODE, _CANCELLED),
        updated_time="four digits",
        parties=("buyer",),
    ),
    "appointment-confirmation": Shape(
        "Notify Appointment Confirmation",
        "in-progress",
        (*_HEAD, *_DETAILS, "updates", *_UPDATE, *_VISIT, _CONFIRMATION),
        updated_time="four digits",
        parties=("buyer",),
    ),
    "appointment-missed": Shape(
        "Notify Appointment Missed",
        "accepted",
        (
            *_HEAD,
            *_DETAILS,
            "faultDetails/missedAppointment",
            "faultDetails/missedAppointment/appointmentReservationKey",
            "faultDetails/missedAppointment/appointmentDate",
            "faultDetails/missedAppointment/appointmentStartTime",
            "faultDetails/missedAppointment/appointmentEndTime",
            "faultDetails/missedAppointment/sellerMissedAppointment",
            "faultDetails/missedAppointment/Amended",
            "faultDetails/missedAppointment/Cancelled",
            "faultDetails/missedAppointment/endUserMissedAppointment",
            "faultDetails/missedAppointment/endUserPreAgreed",
            "faultDetails/missedAppointment/MBORC",
        ),
        flags="NNNNNN",
    ),
    "amended": Shape(
        "Notify Fault Report Amended",
        "accepted",
        (
            *_HEAD,
            *_DETAILS,
            "updates",
            *_UPDATE,
            "comment",
            "comment/value",
            "comment/commentedBy",
            "comment/commentedTime",
        ),
        updated_time="four digits",
        commented_time="four digits",
        parties=("buyer",),
    ),
}
"""By the names that we give the notifications."""

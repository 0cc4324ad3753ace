"""The notifications: what leads to each, what each shows, and where the supplier's text has it.

All are ``notifyFaultReportUpdate`` messages: a picture of the whole ticket. The pages differ in what they list.
"""

from dataclasses import dataclass
from typing import Literal

from simulator.cityfibre.ticket import State

ELEMENT = "notifyFaultReportUpdate"
Shown = Literal[
    "statusReason",
    "missedAppointment",
    "updates",
    "comment",
    "attachments",
    "priorityLevel",
    "lateRepairNotification",
    "appointments",
]
"""The elements that only some notifications show; the others are in every one."""


@dataclass(frozen=True, slots=True)
class Notification:
    """One kind of notification.

    ``on`` has the actions and operations that lead to it; ``leaves`` is the state that the ticket then has, ``None``
    where it stays as it is; ``source`` is the page or the place in the text.
    """

    name: str
    on: tuple[str, ...]
    leaves: State | None
    shows: tuple[Shown, ...]
    source: str


ACCEPTED = Notification("accepted", ("accept",), State.ACCEPTED, (), "Notify Fault Report Accepted")
REJECTED = Notification(
    "rejected", ("reject",), State.REJECTED, ("statusReason", "updates"), "Notify Fault Report Rejected"
)
OPEN = Notification("open", ("open",), State.OPEN, ("updates",), "faultStateType; no page of its own")
IN_PROGRESS = Notification(
    "in-progress",
    ("start", "resume"),
    State.IN_PROGRESS,
    ("updates", "appointments"),
    "Notify Fault Report In Progress",
)
ON_HOLD = Notification("on-hold", ("put-on-hold",), State.ON_HOLD, ("updates",), "Notify Fault Report On Hold")
RESOLVED = Notification(
    "resolved", ("resolve",), State.RESOLVED, ("statusReason", "updates"), "Notify Fault Report Resolved"
)
CLOSED = Notification("closed", ("close", "resolveResponse"), State.CLOSED, ("updates",), "Notify Fault Report Closed")
CANCELLED = Notification(
    "cancelled", ("cancel", "amendFaultReport"), State.CANCELLED, ("updates",), "Notify Fault Report Cancelled"
)
RE_OPENED = Notification(
    "re-opened", ("resolveResponse",), State.RE_OPENED, ("statusReason", "updates"), "flow 11 (R17)"
)
AMENDED = Notification(
    "amended", ("amendFaultReport", "comment"), None, ("updates", "comment"), "Notify Fault Report Amended"
)
TRIAGE = Notification("triage", ("triage",), None, ("updates",), "flow 6; faultDetailsType")
APPOINTMENT_CONFIRMATION = Notification(
    "appointment-confirmation",
    ("confirm-appointment", "fail-appointment"),
    None,
    ("updates", "appointments"),
    "Notify Appointment Confirmation",
)
APPOINTMENT_COMPLETED = Notification(
    "appointment-completed",
    ("complete-appointment",),
    None,
    ("updates", "appointments"),
    "Notify Appointment Completed",
)
APPOINTMENT_CANCELLED = Notification(
    "appointment-cancelled",
    ("cancel-appointment",),
    None,
    ("updates", "appointments"),
    "Notify Appointment Cancelled",
)
APPOINTMENT_MISSED = Notification(
    "appointment-missed", ("miss-appointment",), None, ("missedAppointment",), "Notify Appointment Missed"
)
LATE_REPAIR = Notification(
    "late-repair",
    ("resolve", "report-late-repair"),
    None,
    ("statusReason", "updates", "lateRepairNotification"),
    "lateRepairNotificationType (R17)",
)
FULL_UPDATE = Notification(
    "full-update",
    ("requestFaultReportUpdate",),
    None,
    (
        "statusReason",
        "missedAppointment",
        "updates",
        "comment",
        "attachments",
        "priorityLevel",
        "lateRepairNotification",
        "appointments",
    ),
    "flow 7; updateRequestType",
)

NOTIFICATIONS = (
    ACCEPTED,
    REJECTED,
    OPEN,
    IN_PROGRESS,
    ON_HOLD,
    RESOLVED,
    CLOSED,
    CANCELLED,
    RE_OPENED,
    AMENDED,
    TRIAGE,
    APPOINTMENT_CONFIRMATION,
    APPOINTMENT_COMPLETED,
    APPOINTMENT_CANCELLED,
    APPOINTMENT_MISSED,
    LATE_REPAIR,
    FULL_UPDATE,
)

OF_STATE = {one.leaves: one for one in NOTIFICATIONS if one.leaves is not None}
"""Every change of state sends one notification (contract §3)."""

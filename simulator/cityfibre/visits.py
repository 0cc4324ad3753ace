"""A ticket's visits: their states, what moves one to the next, and how messages show them.

A visit is an appointment as the supplier keeps it; ``messages.Appointment`` is how it is spelt on the wire.
"""

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from simulator.cityfibre.messages import Appointment


class VisitState(StrEnum):
    """What has become of a visit. The text names no such states: they are what its notifications tell (contract §3)."""

    BOOKED = "booked"
    CONFIRMED = "confirmed"
    FAILED = "failed"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    MISSED = "missed"


class VisitTrigger(StrEnum):
    """What changes a visit: actions of the supplier (contract §3)."""

    CONFIRM = "confirm-appointment"
    FAIL = "fail-appointment"
    COMPLETE = "complete-appointment"
    CANCEL = "cancel-appointment"
    MISS = "miss-appointment"


_AHEAD = {
    VisitTrigger.COMPLETE: VisitState.COMPLETED,
    VisitTrigger.CANCEL: VisitState.CANCELLED,
    VisitTrigger.MISS: VisitState.MISSED,
}
VISIT_TRANSITIONS = MappingProxyType(
    {
        VisitState.BOOKED: {
            VisitTrigger.CONFIRM: VisitState.CONFIRMED,
            VisitTrigger.FAIL: VisitState.FAILED,
            **_AHEAD,
        },
        VisitState.CONFIRMED: _AHEAD,
        VisitState.FAILED: {},
        VisitState.COMPLETED: {},
        VisitState.CANCELLED: {},
        VisitState.MISSED: {},
    }
)
"""From each state of a visit: what may happen, and where it leads. After an end the buyer may book another."""

CLOSURE_CODES = MappingProxyType(
    {
        "FR": "fault resolved",
        "FNR": "fault not resolved",
        "HAZ": "the site is not safe",
        "NA": "no access",
        "NAPUV": "no access possible, hazard",
        "ASQ": "sales query",
        "NDT": "no dial tone",
        "UNF": "unforeseen circumstances, such as asbestos",
        "MBORC": "matters beyond reasonable control",
        "FTA": "failed to attend",
        "SREQ": "service request",
    }
)
"""What a completed visit ended with (contract §3; the text: Closure Code Reference)."""


REPAIRED = "FR"


@dataclass(frozen=True, slots=True)
class Visit:
    """One appointment of a ticket. Date and times are local, spelt as on the wire; unknown where any key is taken."""

    key: str
    day: str | None
    start: str | None
    end: str | None
    state: VisitState = VisitState.BOOKED
    confirmed: bool = False
    closure_code: str | None = None

    @property
    def ahead(self) -> bool:
        """Whether the engineer is still to come."""
        return bool(VISIT_TRANSITIONS[self.state])

    @property
    def in_vain(self) -> bool:
        """Whether it has ended and not repaired the fault, whatever the reason: the buyer may book another."""
        return not self.ahead and self.closure_code != REPAIRED

    def message(self) -> Appointment:
        """The visit as notifications spell it, each element when its page shows it."""
        told = {VisitState.COMPLETED: "false", VisitState.CANCELLED: "true"}
        confirmation = "Failed" if self.state is VisitState.FAILED else "Confirmed" if self.confirmed else None
        return Appointment(
            appointment_reservation_key=self.key,
            appointment_date=self.day,
            appointment_start_time=self.start,
            appointment_end_time=self.end,
            appointment_confirmation_status=confirmation,
            appointment_closure_code=self.closure_code,
            appointment_cancelled=told.get(self.state),
        )

"""A ticket: its states, what moves it from one to the next, and the only place where it changes."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from simulator.cityfibre.messages import Appointment, Comment, ContactDetails, FaultDetails, Update
from simulator.core.instants import format_instant


class State(StrEnum):
    """The states of contract §3, spelt as XSD faultStateType spells them."""

    PENDING = "pending"
    REJECTED = "rejected"
    ACCEPTED = "accepted"
    OPEN = "open"
    IN_PROGRESS = "in-progress"
    ON_HOLD = "on-hold"
    RESOLVED = "resolved"
    RE_OPENED = "re-opened"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Trigger(StrEnum):
    """What changes a ticket's state: actions of the supplier (contract §3), and ``reopen``, the buyer's refusal."""

    ACCEPT = "accept"
    REJECT = "reject"
    OPEN = "open"
    START = "start"
    PUT_ON_HOLD = "put-on-hold"
    RESUME = "resume"
    RESOLVE = "resolve"
    CLOSE = "close"
    REOPEN = "reopen"
    CANCEL = "cancel"


_UNDER_REPAIR = {
    Trigger.PUT_ON_HOLD: State.ON_HOLD,
    Trigger.RESOLVE: State.RESOLVED,
    Trigger.CANCEL: State.CANCELLED,
}

TRANSITIONS = MappingProxyType(
    {
        State.PENDING: {Trigger.ACCEPT: State.ACCEPTED, Trigger.REJECT: State.REJECTED},
        State.ACCEPTED: {Trigger.OPEN: State.OPEN, Trigger.START: State.IN_PROGRESS, **_UNDER_REPAIR},
        State.OPEN: {Trigger.START: State.IN_PROGRESS, **_UNDER_REPAIR},
        State.IN_PROGRESS: _UNDER_REPAIR,
        State.ON_HOLD: {
            Trigger.RESUME: State.IN_PROGRESS,
            Trigger.RESOLVE: State.RESOLVED,
            Trigger.CANCEL: State.CANCELLED,
        },
        State.RESOLVED: {Trigger.CLOSE: State.CLOSED, Trigger.REOPEN: State.RE_OPENED},
        State.RE_OPENED: {Trigger.START: State.IN_PROGRESS, **_UNDER_REPAIR},
        State.CLOSED: {},
        State.REJECTED: {},
        State.CANCELLED: {},
    }
)
"""From each state: what may happen, and where it leads. A state without a way out is terminal."""

_BY_BUYER = frozenset({Trigger.REOPEN})
_WORDS = {
    Trigger.ACCEPT: "Accepted",
    Trigger.REJECT: "Rejected",
    Trigger.OPEN: "Opened",
    Trigger.START: "In progress",
    Trigger.PUT_ON_HOLD: "On hold",
    Trigger.RESUME: "In progress again",
    Trigger.RESOLVE: "Resolved",
    Trigger.CLOSE: "Closed",
    Trigger.REOPEN: "Re-opened",
    Trigger.CANCEL: "Cancelled",
}


def address_of(buyer: str, reference: str) -> str:
    """The address of a ticket by its buyer and the buyer's reference; a tilde in the buyer's name becomes ``=7E``."""
    return f"~{buyer.replace('=', '=3D').replace('~', '=7E')}~{reference}"


class IllegalTransitionError(ValueError):
    """A trigger that the ticket's state does not allow. Rules ask first, so that reaching this is our bug."""


@dataclass(slots=True)
class Ticket:
    """One fault, from report to closure.

    ``number`` counts the tickets of an environment from 1; ``since`` is when the present state began, and ``timer``
    names what will end it if nobody else does.
    """

    number: int
    buyer: str
    buyer_reference: str
    service: str
    reported_at: str
    reported: FaultDetails
    state: State = State.PENDING
    maintainer_reference: str = ""
    claimed_reference: str = ""
    parent_reference: str = ""
    reporter: ContactDetails = field(default_factory=ContactDetails)
    end_user: ContactDetails = field(default_factory=ContactDetails)
    priority_level: str | None = None
    status_reason: str | None = None
    updates: tuple[Update, ...] = ()
    comment: Comment | None = None
    appointments: tuple[Appointment, ...] = ()
    waits_for_key: bool = False
    since: datetime | None = None
    timer: str = ""

    @property
    def address(self) -> str:
        """How journal and control API name a ticket at any time of its life."""
        return address_of(self.buyer, self.buyer_reference)

    @property
    def terminal(self) -> bool:
        """Whether nothing can happen to it any more."""
        return not TRANSITIONS[self.state]

    @property
    def appointment_key(self) -> str:
        """The key of the appointment in force, or empty."""
        return self.appointments[-1].appointment_reservation_key if self.appointments else ""

    def allows(self, trigger: Trigger) -> bool:
        """Whether the state lets that happen."""
        return trigger in TRANSITIONS[self.state]

    def apply(self, trigger: Trigger, at: datetime, reason: str = "", *, by: str = "seller") -> State:
        """Change the state, and write it into the history; the state left behind is returned.

        Raises:
            IllegalTransitionError: the state does not allow it; the ticket is as it was.
        """
        before = self.state
        if not self.allows(trigger):
            allowed = ", ".join(TRANSITIONS[before]) or "nothing, it is terminal"
            message = f"a ticket that is {before} can't {trigger}; allowed: {allowed}"
            raise IllegalTransitionError(message)
        self.state = TRANSITIONS[before][trigger]
        self.since = at
        self.status_reason = reason or None
        words = _WORDS[trigger]
        self.note(f"{words} - {reason}" if reason else words, "buyer" if trigger in _BY_BUYER else by, at)
        return before

    def note(self, description: str, by: str, at: datetime) -> None:
        """Append one line to the history."""
        update = Update(description=description, updated_by=by, updated_time=format_instant(at))
        self.updates = (*self.updates, update)

    def take_updates(self, updates: tuple[Update, ...], at: datetime) -> None:
        """Append lines of the buyer's own to the history; each has an author and a time (contract §3)."""
        told = (
            replace(one, updated_by=one.updated_by or "buyer", updated_time=one.updated_time or format_instant(at))
            for one in updates
        )
        self.updates = (*self.updates, *told)

    def describe_again(self, **changed: object) -> None:
        """Replace fields of the reported fault details; a terminal ticket refuses.

        Raises:
            IllegalTransitionError: the ticket is terminal.
        """
        if self.terminal:
            message = f"a ticket that is {self.state} is not amended"
            raise IllegalTransitionError(message)
        self.reported = replace(self.reported, **changed)  # type: ignore[arg-type]

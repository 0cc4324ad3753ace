"""A ticket: its states, what moves it from one to the next, and the only place where it changes."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from simulator.cityfibre.attachments import File
from simulator.cityfibre.messages import (
    Comment,
    ContactDetails,
    FaultDetails,
    LateRepairNotification,
    MissedAppointment,
    Update,
)
from simulator.cityfibre.visits import VISIT_TRANSITIONS, Visit, VisitState, VisitTrigger
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


PAUSED = MappingProxyType({State.ON_HOLD: "HOLD", State.RESOLVED: "BUYER"})
"""The states in which the SLA's clock stands, and why, in the five characters of an exclusionReason (contract §3)."""


def address_of(buyer: str, reference: str) -> str:
    """The address of a ticket by its buyer and the buyer's reference; a tilde in the buyer's name becomes ``=7E``."""
    return f"~{buyer.replace('=', '=3D').replace('~', '=7E')}~{reference}"


class IllegalTransitionError(ValueError):
    """A trigger that the state does not allow. Rules and actions ask first, so that reaching this is our bug."""


@dataclass(frozen=True, slots=True)
class Pause:
    """A span in which the SLA's clock stands; ``until`` is ``None`` while it lasts."""

    reason: str
    since: datetime
    until: datetime | None = None


@dataclass(slots=True)
class Ticket:
    """One fault, from report to closure.

    ``number`` counts the tickets of an environment from 1; ``since`` is when the present state began, and ``timer``
    names what will end it if nobody else does. ``visit_promised`` is an instant before which the repair is not late.
    ``let_down`` says that the supplier has missed, failed or cancelled a visit. ``missed`` and ``late_repair`` are the
    latest that buyers were told of. ``sla_passed`` is the deadline, once it has passed. A script leads one that
    is ``led``.
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
    visits: tuple[Visit, ...] = ()
    files: tuple[File, ...] = ()
    missed: MissedAppointment | None = None
    let_down: bool = False
    late_repair: LateRepairNotification | None = None
    waits_for_key: bool = False
    since: datetime | None = None
    timer: str = ""
    accepted_at: datetime | None = None
    pauses: tuple[Pause, ...] = ()
    visit_promised: datetime | None = None
    sla_watched: datetime | None = None
    sla_passed: datetime | None = None
    led: bool = False

    @property
    def address(self) -> str:
        """How journal and control API name a ticket at any time of its life."""
        return address_of(self.buyer, self.buyer_reference)

    @property
    def terminal(self) -> bool:
        """Whether nothing can happen to it any more."""
        return not TRANSITIONS[self.state]

    @property
    def visit(self) -> Visit | None:
        """The newest visit, whatever has become of it."""
        return self.visits[-1] if self.visits else None

    @property
    def appointment_key(self) -> str:
        """The key of the newest visit, or empty."""
        return self.visit.key if self.visit else ""

    @property
    def paused(self) -> bool:
        """Whether the SLA's clock stands."""
        return bool(self.pauses) and self.pauses[-1].until is None

    @property
    def awaits_key(self) -> bool:
        """Whether it goes on by itself only once an amend has brought an appointment's key."""
        in_vain = self.visit is not None and self.visit.in_vain
        return self.waits_for_key or (self.state is State.IN_PROGRESS and in_vain)

    def allows(self, trigger: Trigger) -> bool:
        """Whether the state lets that happen."""
        return trigger in TRANSITIONS[self.state]

    def apply(
        self, trigger: Trigger, at: datetime, reason: str = "", *, by: str = "seller", exclusion: str = ""
    ) -> State:
        """Change the state, and write it into the history; the state left behind is returned.

        ``exclusion`` says in five characters why the SLA's clock stands, where the new state stops it.

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
        if trigger is Trigger.ACCEPT:
            self.accepted_at = at
        if self.paused:
            self.pauses = (*self.pauses[:-1], replace(self.pauses[-1], until=at))
        if self.state in PAUSED:
            self.pauses = (*self.pauses, Pause(exclusion or PAUSED[self.state], at))
        words = _WORDS[trigger]
        self.note(f"{words} - {reason}" if reason else words, "buyer" if trigger in _BY_BUYER else by, at)
        return before

    def move_visit(self, trigger: VisitTrigger, *, closure_code: str | None = None) -> Visit:
        """Change the newest visit, which is returned.

        Raises:
            IllegalTransitionError: there is none, or its state does not allow it; the ticket is as it was.
        """
        visit = self.visit
        after = VISIT_TRANSITIONS[visit.state].get(trigger) if visit else None
        if visit is None or after is None:
            message = f"a visit that is {visit.state if visit else 'not there'} can't {trigger}"
            raise IllegalTransitionError(message)
        confirmed = visit.confirmed or after in {VisitState.CONFIRMED, VisitState.COMPLETED}
        changed = replace(visit, state=after, confirmed=confirmed, closure_code=closure_code)
        self.visits = (*self.visits[:-1], changed)
        return changed

    def note(self, description: str, by: str, at: datetime) -> None:
        """Append one line to the history."""
        update = Update(description=description, updated_by=by, updated_time=format_instant(at))
        self.updates = (*self.updates, update)

    def take_updates(self, updates: tuple[Update, ...], at: datetime) -> None:
        """Append lines of the buyer's own to the history; each has an author and a time (contract §3)."""
        now = format_instant(at)
        told = (
            Update(
                description=one.description,
                updated_by=one.updated_by or "buyer",
                updated_time=one.updated_time or now,
            )
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

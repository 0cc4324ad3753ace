"""The supplier's own moves (contract §3): what each takes, when it is possible, and what it does.

The control API and scenarios call them by the same names. A move that is not possible is a :class:`Refusal`, a value.
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from simulator.cityfibre import sla
from simulator.cityfibre.action_parameters import (
    CommentOn,
    CompleteAppointment,
    GiveUpAppointment,
    MissAppointment,
    Parameters,
    PutOnHold,
    Reject,
    ReportLateRepair,
    Resolve,
    Triage,
    WithReason,
)
from simulator.cityfibre.books import Draft
from simulator.cityfibre.diary import local_date
from simulator.cityfibre.life import await_next_step, change, free_slot, tell_late_repair
from simulator.cityfibre.messages import Comment, MissedAppointment
from simulator.cityfibre.notifications import (
    AMENDED,
    APPOINTMENT_CANCELLED,
    APPOINTMENT_COMPLETED,
    APPOINTMENT_CONFIRMATION,
    APPOINTMENT_MISSED,
    LATE_REPAIR,
    TRIAGE,
    Notification,
)
from simulator.cityfibre.notifying import notify
from simulator.cityfibre.ticket import TRANSITIONS, State, Ticket, Trigger
from simulator.cityfibre.visits import VISIT_TRANSITIONS, Visit, VisitTrigger
from simulator.core.engine import Refusal
from simulator.core.instants import format_instant

Perform = Callable[[Ticket, Any, Draft], Refusal | None]


@dataclass(frozen=True, slots=True)
class Action:
    """One move. ``during`` are the ticket's states that allow it; a visit's move needs such a visit besides.

    ``perform`` gets a ticket of the draft and the typed parameters; where it refuses after all, the draft is thrown
    away.
    """

    name: str
    parameters: type[Parameters]
    during: frozenset[State]
    perform: Perform
    visit: VisitTrigger | None = None

    def obstacle(self, ticket: Ticket) -> str:
        """Why it is not possible now; empty where it is."""
        if ticket.state not in self.during:
            told = "; accept it first" if ticket.state is State.PENDING else ""
            return f"a fault that is {ticket.state} can't take {self.name}{told}"
        if self.visit is None:
            return ""
        if ticket.visit is None:
            return "the fault has no appointment; the buyer books one by an amend with a reserved key"
        if self.visit not in VISIT_TRANSITIONS[ticket.visit.state]:
            told = "" if ticket.visit.ahead else "; the buyer books another by an amend with another key"
            return f"its appointment is {ticket.visit.state} already{told}"
        return ""


def possible(ticket: Ticket) -> tuple[str, ...]:
    """The names of the moves that a ticket allows now."""
    return tuple(action.name for action in ACTIONS.values() if not action.obstacle(ticket))


UNDER_REPAIR = frozenset({State.ACCEPTED, State.OPEN, State.IN_PROGRESS, State.ON_HOLD, State.RE_OPENED})
ACCEPTED_AND_NOT_ENDED = UNDER_REPAIR | {State.RESOLVED}


# -- moves that change the ticket's state


def _of_state(trigger: Trigger, parameters: type[Parameters] = WithReason) -> Action:
    def perform(ticket: Ticket, told: Any, draft: Draft) -> None:  # noqa: ANN401 - the action's own model
        reason, exclusion = getattr(told, "reason", ""), getattr(told, "exclusion_reason", "")
        change(draft, ticket, trigger, reason, exclusion=exclusion)

    during = frozenset(state for state, ways in TRANSITIONS.items() if trigger in ways)
    return Action(trigger.value, parameters, during, perform)


# -- moves that say something


def _comment(ticket: Ticket, told: CommentOn, draft: Draft) -> None:
    ticket.comment = Comment(value=told.value, commented_by="seller", commented_time=format_instant(draft.now))
    ticket.note("Commented", "seller", draft.now)
    draft.note("ticket-commented", ticket.address, {"value": told.value})
    notify(draft, ticket, AMENDED)


def _triage(ticket: Ticket, told: Triage, draft: Draft) -> None:
    ticket.describe_again(triage_complete=told.complete, triage_findings=told.findings)
    ticket.note(f"Triage - {told.findings}", "seller", draft.now)
    draft.note("ticket-triaged", ticket.address, {"complete": told.complete, "findings": told.findings})
    notify(draft, ticket, TRIAGE)


def _report_late_repair(ticket: Ticket, told: ReportLateRepair, draft: Draft) -> Refusal | None:
    figures = told.message()
    if figures is None:
        if tell_late_repair(draft, ticket):
            return None
        due = sla.picture(ticket, draft.now, draft.settings.sla).deadline
        until = f"its SLA ends at {format_instant(due)}" if due else "its SLA has not been exceeded"
        return Refusal(f"the repair is not late: {until}; to send figures of your own, name them")
    ticket.late_repair = figures
    notify(draft, ticket, LATE_REPAIR)
    return None


# -- moves of the newest visit


def _move_visit(
    ticket: Ticket, draft: Draft, trigger: VisitTrigger, why: str = "", *, closure_code: str | None = None
) -> Visit:
    """Change the visit, and write that down; what a ticket does next may depend on it."""
    visit = ticket.move_visit(trigger, closure_code=closure_code)
    ticket.note(f"Appointment {visit.state} - {why}" if why else f"Appointment {visit.state}", "seller", draft.now)
    data = {"key": visit.key, "trigger": trigger.value, "to": visit.state.value, "why": why}
    draft.note("appointment-changed", ticket.address, data)
    await_next_step(draft, ticket)
    return visit


def _confirm(ticket: Ticket, _told: Parameters, draft: Draft) -> None:
    _move_visit(ticket, draft, VisitTrigger.CONFIRM)
    notify(draft, ticket, APPOINTMENT_CONFIRMATION)


def _complete(ticket: Ticket, told: CompleteAppointment, draft: Draft) -> None:
    _move_visit(ticket, draft, VisitTrigger.COMPLETE, told.closure_code, closure_code=told.closure_code)
    notify(draft, ticket, APPOINTMENT_COMPLETED)


def _fall_through(trigger: VisitTrigger, notification: Notification) -> Perform:
    """A visit that will not be made; its slot is free again."""

    def perform(ticket: Ticket, told: GiveUpAppointment, draft: Draft) -> None:
        free_slot(ticket, draft)
        ticket.let_down = True
        _move_visit(ticket, draft, trigger, told.reason)
        notify(draft, ticket, notification)

    return perform


def _miss(ticket: Ticket, told: MissAppointment, draft: Draft) -> None:
    visit = _move_visit(ticket, draft, VisitTrigger.MISS, f"by the {told.by.replace('-', ' ')}")
    flags = {
        "seller_missed_appointment": told.by == "seller",
        "end_user_missed_appointment": told.by == "end-user",
        "amended": told.amended,
        "cancelled": told.cancelled,
        "end_user_pre_agreed": told.end_user_pre_agreed,
        "mborc": told.mborc,
    }
    ticket.missed = MissedAppointment(
        appointment_reservation_key=visit.key,
        appointment_date=visit.day or local_date(draft.now).isoformat(),
        appointment_start_time=visit.start or "",
        appointment_end_time=visit.end or "",
        **{flag: "Y" if said else "N" for flag, said in flags.items()},
    )
    ticket.let_down = ticket.let_down or told.by == "seller"
    notify(draft, ticket, APPOINTMENT_MISSED)


def _of_visit(trigger: VisitTrigger, parameters: type[Parameters], perform: Perform) -> Action:
    return Action(trigger.value, parameters, UNDER_REPAIR, perform, trigger)


ACTIONS = MappingProxyType(
    {
        action.name: action
        for action in (
            _of_state(Trigger.ACCEPT, Parameters),
            _of_state(Trigger.REJECT, Reject),
            _of_state(Trigger.OPEN),
            _of_state(Trigger.START),
            _of_state(Trigger.PUT_ON_HOLD, PutOnHold),
            _of_state(Trigger.RESUME),
            _of_state(Trigger.RESOLVE, Resolve),
            _of_state(Trigger.CLOSE),
            _of_state(Trigger.CANCEL),
            Action("comment", CommentOn, ACCEPTED_AND_NOT_ENDED, _comment),
            Action("triage", Triage, UNDER_REPAIR, _triage),
            _of_visit(VisitTrigger.CONFIRM, Parameters, _confirm),
            _of_visit(
                VisitTrigger.FAIL,
                GiveUpAppointment,
                _fall_through(VisitTrigger.FAIL, APPOINTMENT_CONFIRMATION),
            ),
            _of_visit(VisitTrigger.COMPLETE, CompleteAppointment, _complete),
            _of_visit(
                VisitTrigger.CANCEL,
                GiveUpAppointment,
                _fall_through(VisitTrigger.CANCEL, APPOINTMENT_CANCELLED),
            ),
            _of_visit(VisitTrigger.MISS, MissAppointment, _miss),
            Action("report-late-repair", ReportLateRepair, ACCEPTED_AND_NOT_ENDED, _report_late_repair),
        )
    }
)
"""The supplier's moves by name, in the order of contract §3. ``reopen`` is not among them: it is the buyer's."""


def act(name: str, parameters: Parameters, ticket: Ticket, draft: Draft) -> Refusal | None:
    """Let a move happen to a ticket of the draft, or say why not."""
    action = ACTIONS[name]
    obstacle = action.obstacle(ticket)
    return Refusal(obstacle) if obstacle else action.perform(ticket, parameters, draft)

"""What follows from a change of state: a line in the journal, a notification, and the next timer.

Without a script a ticket lives the default life: accepted, in-progress, resolved, closed, after delays that are
settings. A ticket whose engineer comes by appointment is not resolved before the appointment is over.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from simulator.cityfibre.books import Draft
from simulator.cityfibre.notifications import OF_STATE, notify
from simulator.cityfibre.settings import DefaultLife
from simulator.cityfibre.ticket import State, Ticket, Trigger
from simulator.core.effects import CancelTimer, SetTimer
from simulator.core.inputs import Timer


@dataclass(frozen=True, slots=True)
class NextStep:
    """What happens to a ticket that is left alone: the timer's name, its delay, and what it does.

    The auto clock jumps to a ``driving`` step, but never merely to the auto-close: the buyer may still answer.
    """

    timer: str
    delay: Callable[[DefaultLife], timedelta]
    trigger: Trigger
    reason: str = ""
    driving: bool = True


_ACCEPT = NextStep("accept", lambda life: life.accept_after, Trigger.ACCEPT)
_START = NextStep("start", lambda life: life.start_after, Trigger.START)
_RESOLVE = NextStep("resolve", lambda life: life.resolve_after, Trigger.RESOLVE, "fault repaired")
_CLOSE = NextStep("auto-close", lambda life: life.close_after, Trigger.CLOSE, "no answer from the buyer", driving=False)

DEFAULT_LIFE = {
    State.PENDING: _ACCEPT,
    State.ACCEPTED: _START,
    State.RE_OPENED: _START,
    State.IN_PROGRESS: _RESOLVE,
    State.RESOLVED: _CLOSE,
}
STEPS = {step.timer: step for step in (_ACCEPT, _START, _RESOLVE, _CLOSE)}
"""Each timer of the default life by its name."""


def change(draft: Draft, ticket: Ticket, trigger: Trigger, reason: str = "", *, by: str = "seller") -> None:
    """Let a trigger happen to a ticket of the draft, with all that follows from it."""
    if trigger is Trigger.ACCEPT:
        ticket.maintainer_reference = reference_of(ticket, draft)
    before = ticket.apply(trigger, draft.now, reason, by=by)
    data = {"trigger": trigger.value, "from": before.value, "to": ticket.state.value}
    draft.note("ticket-changed", ticket.address, {**data, "reference": ticket.maintainer_reference, "reason": reason})
    notify(draft, ticket, OF_STATE[ticket.state])
    if ticket.terminal:
        _give_back(ticket, draft)
    await_next_step(draft, ticket)


def _give_back(ticket: Ticket, draft: Draft) -> None:
    """An ended ticket's appointment is free for others, unless it has begun (an assumption of ours)."""
    reservation = draft.reservation(ticket.appointment_key)
    if reservation is not None and reservation.ticket == ticket.number and reservation.slot.starts_at > draft.now:
        draft.release(reservation)


def await_next_step(draft: Draft, ticket: Ticket) -> None:
    """Set the timer of the ticket's present state anew, and forget the one that was set."""
    if ticket.timer:
        draft.effects.append(CancelTimer(Timer(ticket.timer, ticket.address)))
        ticket.timer = ""
    step = DEFAULT_LIFE.get(ticket.state)
    if step is None or ticket.waits_for_key:
        return
    due = max((ticket.since or draft.now) + step.delay(draft.settings.default_life), draft.now)
    if step is _RESOLVE:
        reservation = draft.reservation(ticket.appointment_key)
        if reservation is not None and reservation.ticket == ticket.number:
            due = max(due, reservation.slot.ends_at)
    ticket.timer = step.timer
    draft.effects.append(SetTimer(Timer(step.timer, ticket.address), due, step.driving))


def reference_of(ticket: Ticket, draft: Draft) -> str:
    """The supplier's reference: the format, filled with the seed's first number and the ticket's own (R29)."""
    first = draft.basis.ids.number("maintainerFaultReference") % 1_000_000
    return draft.settings.reference_format.format(first + ticket.number)

"""What follows from a change of state: a line in the journal, a notification, and the next timer.

Without a script a ticket lives the default life: accepted, in-progress, resolved, closed, after delays that are
settings. A ticket whose engineer comes by appointment is not resolved before the appointment is over, and not at all
where it has ended and not repaired the fault, until the buyer has booked another.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from simulator.cityfibre import sla
from simulator.cityfibre.books import Draft
from simulator.cityfibre.notifications import LATE_REPAIR, OF_STATE
from simulator.cityfibre.notifying import notify
from simulator.cityfibre.settings import DefaultLife
from simulator.cityfibre.ticket import State, Ticket, Trigger
from simulator.cityfibre.visits import VisitTrigger
from simulator.core.effects import CancelTimer, SetTimer
from simulator.core.inputs import Timer


@dataclass(frozen=True, slots=True)
class NextStep:
    """What happens to a ticket that is left alone: the timer's name, its delay, and what it does.

    ``reaches`` is the value of ``default_life.up_to`` from which on it does happen. The auto clock jumps to a
    ``driving`` step, but never merely to the auto-close: the buyer may still answer.
    """

    timer: str
    delay: Callable[[DefaultLife], timedelta]
    trigger: Trigger
    reason: str = ""
    reaches: str = "pending"
    driving: bool = True


_FAR = ("pending", "accepted", "in-progress", "resolved")
_ACCEPT = NextStep("accept", lambda life: life.accept_after, Trigger.ACCEPT, reaches="accepted")
_START = NextStep("start", lambda life: life.start_after, Trigger.START, reaches="in-progress")
_RESOLVE = NextStep("resolve", lambda life: life.resolve_after, Trigger.RESOLVE, "fault repaired", reaches="resolved")
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


def change(
    draft: Draft, ticket: Ticket, trigger: Trigger, reason: str = "", *, by: str = "seller", exclusion: str = ""
) -> None:
    """Let a trigger happen to a ticket of the draft, with all that follows from it."""
    if trigger is Trigger.ACCEPT:
        ticket.maintainer_reference = reference_of(ticket, draft)
        ticket.waits_for_key = False
    before = ticket.apply(trigger, draft.now, reason, by=by, exclusion=exclusion)
    data = {"trigger": trigger.value, "from": before.value, "to": ticket.state.value}
    draft.note("ticket-changed", ticket.address, {**data, "reference": ticket.maintainer_reference, "reason": reason})
    notify(draft, ticket, OF_STATE[ticket.state])
    if ticket.state is State.RESOLVED:
        tell_late_repair(draft, ticket)
    if ticket.terminal:
        _give_back(ticket, draft)
    await_next_step(draft, ticket)
    sla.watch(draft, ticket)


def tell_late_repair(draft: Draft, ticket: Ticket) -> bool:
    """Send what a late repair is told as; ``False`` where it is not late (R17)."""
    late = sla.late_repair(ticket, draft.now, draft.settings.sla)
    if late is None:
        return False
    ticket.late_repair = late
    notify(draft, ticket, LATE_REPAIR)
    return True


def _give_back(ticket: Ticket, draft: Draft) -> None:
    """An ended ticket's visit that is still ahead will not be made (an assumption of ours)."""
    if ticket.visit is not None and ticket.visit.ahead and free_slot(ticket, draft):
        ticket.move_visit(VisitTrigger.CANCEL)


def free_slot(ticket: Ticket, draft: Draft) -> bool:
    """Give the slot of a ticket's newest visit back to the diary, unless it has begun; whether that was so."""
    reservation = draft.reservation(ticket.appointment_key)
    if reservation is None or reservation.ticket != ticket.number or reservation.slot.starts_at <= draft.now:
        return False
    draft.release(reservation)
    return True


def await_next_step(draft: Draft, ticket: Ticket) -> None:
    """Set the timer of the ticket's present state anew, and forget the one that was set."""
    if ticket.timer:
        draft.effects.append(CancelTimer(Timer(ticket.timer, ticket.address)))
        ticket.timer = ""
    life = draft.settings.default_life
    step = DEFAULT_LIFE.get(ticket.state)
    up_to = "pending" if ticket.led else life.up_to
    if step is None or ticket.awaits_key or _FAR.index(step.reaches) > _FAR.index(up_to):
        return
    due = max((ticket.since or draft.now) + step.delay(life), draft.now)
    visit = ticket.visit
    if step is _RESOLVE and visit is not None:
        reservation = draft.reservation(visit.key)
        if visit.ahead and reservation is not None and reservation.ticket == ticket.number:
            due = max(due, reservation.slot.ends_at)
    ticket.timer = step.timer
    draft.effects.append(SetTimer(Timer(step.timer, ticket.address), due, step.driving))


def reference_of(ticket: Ticket, draft: Draft) -> str:
    """The supplier's reference: the format, filled with the seed's first number and the ticket's own (R29)."""
    first = draft.basis.ids.number("maintainerFaultReference") % 1_000_000
    return draft.settings.reference_format.format(first + ticket.number)

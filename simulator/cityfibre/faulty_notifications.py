"""Faults of notifications: how each goes out that meets one, and what is kept back until its time comes."""

import re
from dataclasses import replace

from simulator.cityfibre.books import Draft, Held
from simulator.cityfibre.faults import OF_NOTIFICATIONS, Active, Delay, Duplicate, Reorder, SlowBody, WrongContentType
from simulator.cityfibre.injecting import meet as meet_any
from simulator.cityfibre.ticket import Ticket
from simulator.cityfibre.verbatim import SAMPLED
from simulator.core.effects import Again, CancelTimer, Deliver, Release, SetTimer
from simulator.core.inputs import Timer
from simulator.core.instants import format_instant, later

TIMER = "fault"
"""The timer that sends what a fault has kept back for long enough; its subject is the ticket's address."""
MOST_HELD = 100
"""Sendings that faults keep back for one ticket."""


def meet(draft: Draft, ticket: Ticket, name: str, number: int) -> Active | None:
    """The fault that a new notification meets, of those that can be injected into it."""
    if not draft.faults:
        return None
    held = draft.held(ticket.address)
    holds = any(isinstance(one.effect, Release) for one in held)
    kinds = possible(name, first=not draft.told(ticket.number).names, holds=holds)
    if len(held) >= MOST_HELD:
        kinds -= {"reorder", "duplicate"}
    return meet_any(kinds, name, ticket.address, draft, delivery=number)


def possible(name: str, *, first: bool, holds: bool) -> set[str]:
    """The faults that can be injected into a notification.

    The ``first`` of a ticket has none before it to be stale with; and where one is held, no other is.
    """
    impossible = {"verbatim": name not in SAMPLED, "stale": first, "reorder": holds}
    return {kind for kind in OF_NOTIFICATIONS if not impossible.get(kind, False)}


def journal(draft: Draft, deliver: Deliver, **told: object) -> None:
    """Say that a notification was made."""
    data = {"delivery": deliver.delivery, "notification": deliver.notification, "message_id": deliver.message_id}
    draft.note("notification", deliver.lane, {**data, **told, "body": deliver.body.decode()})


def send(draft: Draft, ticket: Ticket, deliver: Deliver, met: Active | None) -> None:
    """Let a notification go its way, and behind it what was kept back until now."""
    released, kept = _released(draft, ticket, deliver.notification)
    match met.fault if met is not None else None:
        case Duplicate(after=None):
            draft.effects += [deliver, Again(deliver.delivery, "duplicate")]
        case Duplicate(after=name):
            draft.effects.append(deliver)
            kept = (*kept, Held(Again(deliver.delivery, "duplicate"), str(name)))
        case Reorder(at_most=span):
            kept = (*kept, Held(Release(deliver.delivery)))
            draft.effects.append(replace(deliver, held=True))
            draft.effects.append(SetTimer(_timer(ticket), later(draft.now, span), driving=True))
        case Delay(by=span):
            draft.effects.append(replace(deliver, not_before=later(draft.now, span)))
        case SlowBody(milliseconds=count):
            draft.effects.append(replace(deliver, over_milliseconds=count))
        case WrongContentType(content_type=said):
            draft.effects.append(replace(deliver, content_type=said))
        case _ if met is not None and met.kind == "drop":
            draft.effects.append(replace(deliver, unsent=f"dropped by fault {met.number}"))
        case _ if met is not None and met.kind == "stale":
            draft.effects += [deliver, _former(draft, ticket, deliver, met)]
        case _:
            draft.effects.append(deliver)
    draft.effects += released
    draft.keep_held(ticket.address, kept)


def release(timer: Timer, draft: Draft) -> None:
    """What has waited for the ticket's next notification goes alone."""
    held = draft.held(timer.subject)
    draft.effects += [one.effect for one in held if isinstance(one.effect, Release)]
    draft.keep_held(timer.subject, tuple(one for one in held if not isinstance(one.effect, Release)))


def _released(draft: Draft, ticket: Ticket, name: str) -> tuple[list[Release | Again], tuple[Held, ...]]:
    """What has waited for this notification, and what waits on."""
    held = draft.held(ticket.address)
    released = [one.effect for one in held if one.after in {"", name}]
    if any(isinstance(one, Release) for one in released):
        draft.effects.append(CancelTimer(_timer(ticket)))
    return released, tuple(one for one in held if one.after not in {"", name})


def _former(draft: Draft, ticket: Ticket, deliver: Deliver, met: Active) -> Deliver:
    """The picture that the buyer was sent before this one, as a notification of its own."""
    told = draft.told(ticket.number)
    number = draft.count("notification")
    message_id = f"CF-{number:05d}"
    body = told.latest  # byte for byte, but for what every message has of its own
    for name, text in (("messageId", message_id), ("sentAt", format_instant(draft.now))):
        body = re.sub(f"(?<=<{name}>)[^<]*".encode(), text.encode(), body, count=1)
    former = replace(deliver, delivery=number, notification=told.names[-1], message_id=message_id, body=body)
    journal(draft, former, fault=met.number)
    return former


def _timer(ticket: Ticket) -> Timer:
    return Timer(TIMER, ticket.address)

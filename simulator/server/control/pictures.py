"""What the control API shows of an environment and its tickets: plain JSON values, and their types."""

import base64
from typing import Any

from typing_extensions import TypedDict  # pydantic reads the standard one from Python 3.12 on

from simulator.cityfibre import sla
from simulator.cityfibre.actions import possible
from simulator.cityfibre.messages import Comment
from simulator.cityfibre.ticket import Ticket
from simulator.core.instants import format_instant
from simulator.core.journal import Entry, Journal
from simulator.runtime.environments import Environment
from simulator.server.control.redaction import redacted, redacted_bytes

MOST_TIMERS = 10
MOST_ENTRIES = 1_000
TOLD = frozenset(
    {
        "ticket-changed",
        "ticket-commented",
        "ticket-triaged",
        "appointment-changed",
        "notification",
        "notification-failed",
        "notification-refused",
        "notification-dead-lettered",
        "hold-expired",
        "sla-exceeded",
        "script-failed",
        "bug",
    }
)
"""The kinds of entries that the answer to an advance or an action tells of."""


class ClockPicture(TypedDict):
    """Where a clock stands: the instant, and how it moves; ``rate`` is 0 where it stands still."""

    now: str
    mode: str
    rate: float


class TimerPicture(TypedDict):
    """A timer that waits."""

    due: str
    timer: str
    subject: str


class EntryPicture(TypedDict):
    """An entry of the journal; what ``data`` holds depends on the kind."""

    seq: int
    at: str
    cause: int
    kind: str
    ticket: str
    data: dict[str, Any]


class CountsPicture(TypedDict):
    """How much there is of everything."""

    tickets: int
    reservations: int
    notifications: int
    deliveries_under_way: int
    deliveries_waiting: int
    timers: int
    journal: int


class EnvironmentPicture(TypedDict):
    """An environment. ``url`` is what a buyer's system is pointed at; ``failed`` names a bug that has cost its state.

    ``idle_seconds`` is how long it may be left alone; null for one that stays.
    """

    environment: str
    url: str
    clock: ClockPicture
    seed: int
    idle_seconds: float | None
    failed: str | None
    counts: CountsPicture
    settled: bool
    next_timers: list[TimerPicture]


class UpdatePicture(TypedDict):
    """One line of a ticket's history."""

    description: str
    updatedBy: str | None
    updatedTime: str | None


class AppointmentPicture(TypedDict):
    """One visit of an engineer's."""

    appointmentReservationKey: str
    appointmentDate: str | None
    appointmentStartTime: str | None
    appointmentEndTime: str | None
    state: str
    appointmentClosureCode: str | None


class AttachmentPicture(TypedDict):
    """A file that was announced, and what has been put under its key."""

    key: str
    filename: str
    uploaded: bool
    bytes: int
    sha256: str


PausePicture = TypedDict("PausePicture", {"exclusionReason": str | None, "from": str, "to": str | None})
"""A span in which the clock of the SLA stood; ``to`` is null while it lasts."""


class SlaPicture(TypedDict):
    """Until when the repair must be done."""

    deadline: str | None
    paused: bool
    exceeded: bool
    pauses: list[PausePicture]


class CommentPicture(TypedDict):
    """The newest comment."""

    value: str
    commentedBy: str
    commentedTime: str


class TicketPicture(TypedDict):
    """A ticket in the supplier's own nouns; ``allowed`` names the actions that are possible now."""

    ticket: str
    buyerIdentifier: str
    buyerFaultReference: str
    maintainerFaultReference: str | None
    status: str
    statusReason: str | None
    allowed: list[str]
    waitsForKey: bool
    serviceAffected: str
    type: str | None
    parentFaultReference: str | None
    claimedMaintainerFaultReference: str | None
    comment: CommentPicture | None
    updates: list[UpdatePicture]
    appointments: list[AppointmentPicture]
    attachments: list[AttachmentPicture]
    sla: SlaPicture


def environment_picture(environment: Environment, url: str) -> EnvironmentPicture:
    """Where it is, clock, counts and next timers."""
    engine, plan = environment.engine, environment.blueprint
    books = environment.supplier.books
    return {
        "environment": environment.name,
        "url": url,
        "clock": clock_picture(environment),
        "seed": plan.seed,
        "idle_seconds": plan.idle_seconds,
        "failed": engine.failed or None,
        "counts": {
            "tickets": len(books.tickets),
            "reservations": len(books.reservations),
            "notifications": books.counters.get("notification", 0),
            "deliveries_under_way": engine.outbox.under_way,
            "deliveries_waiting": engine.outbox.waiting,
            "timers": len(engine.schedule),
            "journal": len(engine.journal),
        },
        "settled": environment.driver.settled,
        "next_timers": timers_picture(environment),
    }


def clock_picture(environment: Environment) -> ClockPicture:
    """Where the clock stands, and how it moves."""
    driver = environment.driver
    return {"now": format_instant(driver.now()), "mode": driver.mode, "rate": driver.rate}


def timers_picture(environment: Environment) -> list[TimerPicture]:
    """The next timers, in the order in which they will fire."""
    return [
        {"due": format_instant(one.due), "timer": one.timer.kind, "subject": one.timer.subject}
        for one in environment.engine.schedule.upcoming(MOST_TIMERS)
    ]


def entry_picture(entry: Entry) -> EntryPicture:
    """An entry of the journal, whole but for the secrets of its message."""
    data = dict(entry.data)
    if isinstance(body := data.get("body"), str):
        data["body"] = redacted(body)
    if isinstance(encoded := data.get("body_base64"), str):
        data["body_base64"] = base64.b64encode(redacted_bytes(base64.b64decode(encoded))).decode()
    return {
        "seq": entry.seq,
        "at": format_instant(entry.at),
        "cause": entry.cause,
        "kind": entry.kind,
        "ticket": entry.ticket,
        "data": data,
    }


def happened_picture(journal: Journal, seq: int) -> tuple[list[EntryPicture], int]:
    """What has happened from ``seq`` on, without the bytes of messages, and how much of it is left out."""
    entries = [one for one in journal.after(seq - 1, journal.next_seq - seq) if one.kind in TOLD or _came_late(one)]
    told = [entry_picture(one) for one in entries[:MOST_ENTRIES]]
    for one in told:
        one["data"].pop("body", None)
    return told, max(0, len(entries) - MOST_ENTRIES)


def _came_late(entry: Entry) -> bool:
    """Whether a notification was taken that did not come at once; that it was made is told anyway."""
    return entry.kind == "notification-delivered" and (entry.data["attempt"] != 1 or "made_at" in entry.data)


def ticket_picture(ticket: Ticket, environment: Environment) -> TicketPicture:
    """A ticket in the supplier's own nouns."""
    return {
        "ticket": ticket.address,
        "buyerIdentifier": ticket.buyer,
        "buyerFaultReference": ticket.buyer_reference,
        "maintainerFaultReference": ticket.maintainer_reference or None,
        "status": ticket.state.value,
        "statusReason": ticket.status_reason,
        "allowed": list(possible(ticket)),
        "waitsForKey": ticket.awaits_key,
        "serviceAffected": ticket.service,
        "type": ticket.reported.type,
        "parentFaultReference": ticket.parent_reference or None,
        "claimedMaintainerFaultReference": ticket.claimed_reference or None,
        "comment": _comment_picture(ticket.comment) if ticket.comment else None,
        "updates": [
            {"description": one.description, "updatedBy": one.updated_by, "updatedTime": one.updated_time}
            for one in ticket.updates
        ],
        "appointments": [
            {
                "appointmentReservationKey": one.key,
                "appointmentDate": one.day,
                "appointmentStartTime": one.start,
                "appointmentEndTime": one.end,
                "state": one.state.value,
                "appointmentClosureCode": one.closure_code,
            }
            for one in ticket.visits
        ],
        "attachments": [
            {
                "key": one.key,
                "filename": one.filename,
                "uploaded": one.uploaded,
                "bytes": one.size,
                "sha256": one.sha256,
            }
            for one in ticket.files
        ],
        "sla": _sla_picture(ticket, environment),
    }


def _comment_picture(comment: Comment) -> CommentPicture:
    return {
        "value": comment.value,
        "commentedBy": comment.commented_by,
        "commentedTime": comment.commented_time,
    }


def _sla_picture(ticket: Ticket, environment: Environment) -> SlaPicture:
    plan = environment.blueprint.settings.sla
    now = sla.picture(ticket, environment.driver.now(), plan)
    return {
        "deadline": format_instant(now.deadline) if now.deadline else None,
        "paused": now.paused,
        "exceeded": now.exceeded,
        "pauses": [
            {
                "exclusionReason": one.reason,
                "from": format_instant(one.since),
                "to": format_instant(one.until) if one.until else None,
            }
            for one in ticket.pauses
        ],
    }

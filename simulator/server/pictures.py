"""What the control API shows of an environment and its tickets: plain JSON values."""

from dataclasses import asdict

from simulator.cityfibre import sla
from simulator.cityfibre.actions import possible
from simulator.cityfibre.messages import Comment
from simulator.cityfibre.ticket import Ticket
from simulator.core.instants import format_instant
from simulator.core.journal import Journal
from simulator.runtime.environments import Environment
from simulator.wire.binding import camel_case

MOST_TIMERS = 10
MOST_ENTRIES = 1_000
TOLD = frozenset(
    {
        "ticket-changed",
        "ticket-commented",
        "ticket-triaged",
        "appointment-changed",
        "notification",
        "hold-expired",
        "sla-exceeded",
        "bug",
    }
)
"""The kinds of entries that the answer to an advance or an action tells of."""


def environment_picture(environment: Environment) -> dict[str, object]:
    """Clock, counts and next timers."""
    driver, engine, plan = environment.driver, environment.engine, environment.blueprint
    books = environment.supplier.books
    return {
        "environment": environment.name,
        "clock": {"now": format_instant(driver.now()), "mode": driver.mode, "rate": driver.rate},
        "seed": plan.seed,
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
        "settled": driver.settled,
        "next_timers": timers_picture(environment),
    }


def timers_picture(environment: Environment) -> list[dict[str, str]]:
    """The next timers, in the order in which they will fire."""
    return [
        {"due": format_instant(one.due), "timer": one.timer.kind, "subject": one.timer.subject}
        for one in environment.engine.schedule.upcoming(MOST_TIMERS)
    ]


def happened_picture(journal: Journal, seq: int) -> tuple[list[dict[str, object]], int]:
    """What has happened from ``seq`` on, without the bytes of messages, and how much of it is left out."""
    entries = [one for one in journal.after(seq - 1, journal.next_seq - seq) if one.kind in TOLD]
    told = [
        {**one.as_json(), "data": {name: value for name, value in one.data.items() if name != "body"}}
        for one in entries[:MOST_ENTRIES]
    ]
    return told, max(0, len(entries) - MOST_ENTRIES)


def ticket_picture(ticket: Ticket, environment: Environment) -> dict[str, object]:
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


def _comment_picture(comment: Comment) -> dict[str, object]:
    return {camel_case(name): value for name, value in asdict(comment).items()}


def _sla_picture(ticket: Ticket, environment: Environment) -> dict[str, object]:
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

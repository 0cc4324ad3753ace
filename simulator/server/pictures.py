"""What the control API shows of an environment and its tickets: plain JSON values."""

from dataclasses import asdict

from simulator.cityfibre.ticket import TRANSITIONS, Ticket
from simulator.core.instants import format_instant
from simulator.runtime.environments import Environment

MOST_TIMERS = 10


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


def ticket_picture(ticket: Ticket) -> dict[str, object]:
    """A ticket in the supplier's own nouns."""
    return {
        "ticket": ticket.address,
        "buyerIdentifier": ticket.buyer,
        "buyerFaultReference": ticket.buyer_reference,
        "maintainerFaultReference": ticket.maintainer_reference or None,
        "status": ticket.state.value,
        "statusReason": ticket.status_reason,
        "allowed": [trigger.value for trigger in TRANSITIONS[ticket.state]],
        "waitsForKey": ticket.waits_for_key,
        "serviceAffected": ticket.service,
        "type": ticket.reported.type,
        "parentFaultReference": ticket.parent_reference or None,
        "claimedMaintainerFaultReference": ticket.claimed_reference or None,
        "comment": asdict(ticket.comment) if ticket.comment else None,
        "updates": [
            {"description": one.description, "updatedBy": one.updated_by, "updatedTime": one.updated_time}
            for one in ticket.updates
        ],
        "appointments": [
            {
                "appointmentReservationKey": one.appointment_reservation_key,
                "appointmentDate": one.appointment_date,
                "appointmentStartTime": one.appointment_start_time,
                "appointmentEndTime": one.appointment_end_time,
            }
            for one in ticket.appointments
        ],
    }

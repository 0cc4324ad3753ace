"""The SLA of a repair: when it must be done, what stops its clock, and what a late repair is told as (contract §3).

The published text has the pauses and the elements of ``lateRepairNotification``; hours and calendar are assumptions of
ours, and settings. The clock runs from acceptance, through the working hours of the engineers or round the clock. It
stands while the ticket is on hold, and while a resolved one awaits the buyer. A repair for which a visit is booked
is not late before the visit is over; once the supplier has missed, failed or cancelled one, a later one puts nothing
off.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from simulator.cityfibre.books import Draft
from simulator.cityfibre.diary import LONDON, is_working_day, local_date
from simulator.cityfibre.messages import Exclusion, LateRepairNotification
from simulator.cityfibre.settings import Sla
from simulator.cityfibre.ticket import State, Ticket
from simulator.core.effects import CancelTimer, SetTimer
from simulator.core.inputs import Timer
from simulator.core.instants import format_instant

OPENS, CLOSES = time(8), time(18)
"""The hours of a working day, local time: those of the two slots."""
TIMER = "sla-deadline"
_DAY = timedelta(days=1)
_A_MOMENT = timedelta(milliseconds=1)
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SlaPicture:
    """How the SLA of a ticket stands.

    ``deadline`` is ``None`` before acceptance, while the clock stands and once the ticket has ended; one that has
    passed stays.
    """

    deadline: datetime | None
    paused: bool
    exceeded: bool


def allowed(ticket: Ticket, sla: Sla) -> timedelta:
    """How long the repair may take: by its priority, an integer of which any spelling counts."""
    by_level = {"1": sla.priority_1, "2": sla.priority_2, "3": sla.priority_3, "4": sla.priority_4}
    return timedelta(hours=by_level.get((ticket.priority_level or "").lstrip("+0"), sla.other))


def deadline(ticket: Ticket, at: datetime, sla: Sla) -> datetime | None:
    """When the repair must be done, should a pause that lasts at ``at`` end then; ``None`` before acceptance.

    What has passed has passed: neither a later visit nor another priority moves it then.
    """
    if ticket.accepted_at is None or ticket.sla_passed is not None:
        return ticket.sla_passed
    left, running_since = allowed(ticket, sla), ticket.accepted_at
    for pause in ticket.pauses:
        due, left = _spend(running_since, pause.since, left, sla)
        if due is not None:
            break
        running_since = pause.until or at
    else:
        due, _ = _spend(running_since, _NEVER, left, sla)
    assert due is not None, "time without end spends any span"  # noqa: S101 - narrows the type
    return max(due, ticket.visit_promised or due)


def picture(ticket: Ticket, now: datetime, sla: Sla) -> SlaPicture:
    """How it stands now."""
    running = ticket.accepted_at is not None and not ticket.paused and not ticket.terminal
    due = deadline(ticket, now, sla) if running else ticket.sla_passed
    return SlaPicture(due, ticket.paused, ticket.sla_passed is not None)


def late_repair(ticket: Ticket, now: datetime, sla: Sla) -> LateRepairNotification | None:
    """What a late repair is told as; ``None`` where it is not late. A resolved ticket was repaired at that instant.

    Days of the supplier are those begun after the deadline, without the pauses there. Each pause is an exclusion, of as
    many days as it has whole ones, unless it took no time; they are the days that are not the supplier's.
    """
    repaired = ticket.since if ticket.state is State.RESOLVED and ticket.since is not None else now
    due = deadline(ticket, repaired, sla)
    if due is None or repaired <= due:
        return None
    pauses = [(one, until) for one in ticket.pauses if one.since < (until := one.until or repaired)]
    excused = sum((max(until - max(pause.since, due), timedelta(0)) for pause, until in pauses), timedelta(0))
    if repaired - due <= excused:
        return None
    seller = -((due + excused - repaired) // _DAY)
    exclusions = tuple(
        Exclusion(
            exclusion_reason=pause.reason,
            number_of_days=str((until - pause.since) // _DAY),
            start_date_time=format_instant(pause.since),
            end_date_time=format_instant(until),
        )
        for pause, until in pauses
    )
    others = sum(int(one.number_of_days) for one in exclusions)
    return LateRepairNotification(
        total_delay_in_days=str(seller + others),
        seller_delay_days=str(seller),
        non_seller_delay_days=str(others),
        exclusions=exclusions,
    )


def watch(draft: Draft, ticket: Ticket) -> None:
    """Set the timer that marks the deadline, where it has moved; the clock never jumps to it by itself.

    It fires a moment later: what is repaired at the very deadline is not late.
    """
    due = None if ticket.sla_passed else picture(ticket, draft.now, draft.settings.sla).deadline
    if due == ticket.sla_watched:
        return
    timer = Timer(TIMER, ticket.address)
    if due is None:
        draft.effects.append(CancelTimer(timer))
    else:
        draft.effects.append(SetTimer(timer, due + _A_MOMENT, driving=False))
    ticket.sla_watched = due


def mark_exceeded(ticket: Ticket, draft: Draft) -> None:
    """The deadline has passed, and the repair is not done."""
    passed = ticket.sla_watched or draft.now
    ticket.sla_watched, ticket.sla_passed = None, passed
    draft.note("sla-exceeded", ticket.address, {"deadline": format_instant(passed)})


def _spend(start: datetime, end: datetime, span: timedelta, sla: Sla) -> tuple[datetime | None, timedelta]:
    """Let a span of SLA time run from ``start``: when it is used up, or ``None`` and what is left of it at ``end``."""
    for opens, closes in _running(start, end, sla):
        if span <= closes - opens:
            return opens + span, timedelta(0)
        span -= closes - opens
    return None, span


def _running(start: datetime, end: datetime, sla: Sla) -> Iterator[tuple[datetime, datetime]]:
    """The stretches between two instants in which the SLA's clock runs."""
    if sla.calendar == "always":
        yield start, end
        return
    day = local_date(start)
    while True:
        opens, closes = _hours_of(day)
        if opens >= end:
            return
        if opens < closes and start < closes:
            yield max(opens, start), min(closes, end)
        day += _DAY


@lru_cache(maxsize=1_000)  # tickets of one time share their days
def _hours_of(day: date) -> tuple[datetime, datetime]:
    """When a day opens and closes; a day on which nobody works closes as it opens."""
    opens = datetime.combine(day, OPENS, LONDON).astimezone(UTC)
    closes = datetime.combine(day, CLOSES, LONDON).astimezone(UTC)
    return (opens, closes) if is_working_day(day) else (opens, opens)

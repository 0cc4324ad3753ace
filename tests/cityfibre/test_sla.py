"""The SLA: deadlines worked out by hand over the working calendar, what pauses do to them, and promised visits.

A working day has ten hours, 08:00 to 18:00 London time. Unless a test says otherwise a fault may take twenty.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from simulator.cityfibre import SupplierSettings, sla
from simulator.cityfibre.diary import Reservation, Slot
from simulator.cityfibre.messages import Appointment
from simulator.cityfibre.operations.add_fault_report import take_appointment
from simulator.cityfibre.settings import Sla
from simulator.cityfibre.ticket import Pause, State, Ticket, Trigger
from tests.drafts import draft_of, ticket_of

TWENTY_HOURS = SupplierSettings().sla
ROUND_THE_CLOCK = Sla(calendar="always")
HOUR = timedelta(hours=1)


def utc(text: str) -> datetime:
    """An instant, in UTC, from its date and time."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


MONDAY = utc("2026-01-05 09:00")
"""When faults are accepted unless a test says otherwise; twenty hours later it is Wednesday, 09:00."""


def fault(*pauses: tuple[str, str | None], **changes: Any) -> Ticket:  # noqa: ANN401 - any field of a ticket
    """A fault in progress, with pauses from and to; without a second instant a pause lasts."""
    held = tuple(Pause("HOLD", utc(since), utc(until) if until else None) for since, until in pauses)
    return ticket_of(**{"state": State.IN_PROGRESS, "accepted_at": MONDAY, "pauses": held, **changes})


# -- the calendar

DEADLINES = {
    # 9 hours on Monday, 10 on Tuesday, 1 on Wednesday
    "three-days": ("2026-01-05 09:00", "2026-01-07 09:00"),
    # 10 + 10: it ends as the engineers do, not when they next begin
    "before-opening": ("2026-01-06 06:00", "2026-01-07 18:00"),
    "at-opening": ("2026-01-06 08:00", "2026-01-07 18:00"),
    "at-closing": ("2026-01-06 18:00", "2026-01-08 18:00"),
    "after-closing": ("2026-01-06 18:30", "2026-01-08 18:00"),
    "on-a-sunday": ("2026-01-11 12:00", "2026-01-13 18:00"),
    # 2 on Friday, 10 on Saturday, none on Sunday, 8 on Monday
    "over-a-weekend": ("2026-01-09 16:00", "2026-01-12 16:00"),
    # summer time: 16:00 is 15:00 UTC. 2 on Thursday, 10 on Saturday, 8 on Tuesday
    "over-easter": ("2026-04-02 15:00", "2026-04-07 15:00"),
    # 6 on the 24th; 25th and 26th, a Sunday, the 28th for the 26th; 10 on the 29th, 4 on the 30th
    "over-christmas": ("2026-12-24 12:00", "2026-12-30 12:00"),
    # 2 on the 31st; New Year's Day; 10 on Saturday, 8 on Monday
    "over-new-year": ("2026-12-31 16:00", "2027-01-04 16:00"),
    # 6 on Saturday in winter time, 10 on Monday and 4 on Tuesday in summer time: 12:00 is 11:00 UTC
    "into-summer-time": ("2026-03-28 12:00", "2026-03-31 11:00"),
    # noon in summer time; 6 + 10 + 4, and noon in winter time
    "into-winter-time": ("2026-10-24 11:00", "2026-10-27 12:00"),
    # accepted on the very night of a change: Monday and Tuesday whole
    "in-the-hour-that-is-not": ("2026-03-29 01:30", "2026-03-31 17:00"),
    "in-the-hour-that-is-twice": ("2026-10-25 00:30", "2026-10-27 18:00"),
    # Tuesday in UTC and Wednesday already in London
    "after-londons-midnight": ("2026-06-02 23:30", "2026-06-04 17:00"),
}


@pytest.mark.parametrize(("accepted", "expected"), DEADLINES.values(), ids=DEADLINES.keys())
def test_twenty_working_hours(accepted: str, expected: str) -> None:
    """Only the hours of working days count, and London says when they are."""
    ticket = fault(accepted_at=utc(accepted))
    assert sla.deadline(ticket, utc(accepted), TWENTY_HOURS) == utc(expected)


@pytest.mark.parametrize(
    ("accepted", "first_hour", "closes"),
    [
        ("2026-03-28 18:00", "2026-03-30 08:00", "2026-03-30 17:00"),
        ("2026-10-24 17:00", "2026-10-26 09:00", "2026-10-26 18:00"),
        ("2027-03-27 18:00", "2027-03-30 08:00", "2027-03-30 17:00"),  # the Monday between is Easter's
        ("2027-10-30 17:00", "2027-11-01 09:00", "2027-11-01 18:00"),
    ],
    ids=["spring-2026", "autumn-2026", "spring-2027", "autumn-2027"],
)
def test_the_first_working_day_in_another_time(accepted: str, first_hour: str, closes: str) -> None:
    """It has ten hours like any other, one hour earlier or later by UTC."""
    ticket = fault(accepted_at=utc(accepted), priority_level="1")
    assert sla.deadline(ticket, utc(accepted), Sla(priority_1=1)) == utc(first_hour)
    assert sla.deadline(ticket, utc(accepted), TWENTY_HOURS) == utc(closes)


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        ("2026-01-05 09:00", "2026-01-06 05:00"),
        ("2026-12-24 20:00", "2026-12-25 16:00"),
        ("2026-03-28 12:00", "2026-03-29 08:00"),
        ("2026-10-24 12:00", "2026-10-25 08:00"),
    ],
    ids=["by-night", "on-christmas-day", "into-summer-time", "into-winter-time"],
)
def test_round_the_clock_every_hour_counts(accepted: str, expected: str) -> None:
    """``calendar: always``."""
    assert sla.deadline(fault(accepted_at=utc(accepted)), utc(accepted), ROUND_THE_CLOCK) == utc(expected)


# -- what is allowed


@pytest.mark.parametrize(
    ("level", "hours"),
    [
        *[("1", 1), ("+1", 1), ("001", 1), ("+001", 1), ("2", 2), ("3", 3), ("4", 4)],
        *[(None, 5), ("", 5), ("0", 5), ("5", 5), ("7", 5), ("-1", 5), ("-001", 5), ("10", 5), ("41", 5)],
        ("1" * 5000, 5),
    ],
    ids=lambda value: repr(value)[:12],
)
def test_any_spelling_of_a_priority_counts(level: str | None, hours: int) -> None:
    """Of the integers 1 to 4; every other level, and none, is the same."""
    settings = Sla(priority_1=1, priority_2=2, priority_3=3, priority_4=4, other=5)
    assert sla.allowed(ticket_of(priority_level=level), settings) == hours * HOUR


def test_the_hours_that_are_set() -> None:
    """One, two, three or four working days; two where nothing is said."""
    levels = ("1", "2", "3", "4", None)
    assert [sla.allowed(ticket_of(priority_level=level), TWENTY_HOURS) // HOUR for level in levels] == [
        10,
        20,
        30,
        40,
        20,
    ]


@pytest.mark.parametrize(
    ("accepted", "calendar", "expected"),
    [
        ("2026-01-05 09:00", "working", "2026-01-05 09:00"),
        ("2026-01-05 18:00", "working", "2026-01-06 08:00"),
        ("2026-01-10 19:00", "working", "2026-01-12 08:00"),
        ("2026-01-11 12:00", "working", "2026-01-12 08:00"),
        ("2026-01-11 12:00", "always", "2026-01-11 12:00"),
    ],
    ids=["in-working-hours", "at-closing", "on-saturday-night", "on-a-sunday", "round-the-clock"],
)
def test_an_allowance_of_nothing(accepted: str, calendar: Any, expected: str) -> None:  # noqa: ANN401 - a literal
    """It ends when the clock begins to run."""
    ticket, settings = fault(accepted_at=utc(accepted)), Sla(other=0, calendar=calendar)
    assert sla.deadline(ticket, utc(accepted), settings) == utc(expected)
    assert sla.late_repair(ticket, utc(expected), settings) is None


# -- pauses

PAUSES: dict[str, tuple[list[tuple[str, str | None]], str]] = {
    "none": ([], "2026-01-07 09:00"),
    # 9 + 2, then 4 on Tuesday and 5 on Wednesday
    "one": ([("2026-01-06 10:00", "2026-01-06 14:00")], "2026-01-07 13:00"),
    # 1 + 6, 2 + 4, 7
    "two": (
        [("2026-01-05 10:00", "2026-01-05 12:00"), ("2026-01-06 10:00", "2026-01-06 14:00")],
        "2026-01-07 15:00",
    ),
    "from-acceptance-on": ([("2026-01-05 09:00", "2026-01-05 10:00")], "2026-01-07 10:00"),
    "by-night": ([("2026-01-05 18:00", "2026-01-06 08:00")], "2026-01-07 09:00"),
    # 8, then 9, then 3
    "into-the-night-and-out": ([("2026-01-05 17:00", "2026-01-06 09:00")], "2026-01-07 11:00"),
    # 9 + 10 + 0 until Wednesday 08:00; the rest on Monday
    "over-a-weekend": ([("2026-01-07 08:00", "2026-01-12 06:00")], "2026-01-12 09:00"),
    "from-the-deadline-on": ([("2026-01-07 09:00", "2026-01-07 12:00")], "2026-01-07 09:00"),
    "after-the-deadline": ([("2026-01-08 10:00", "2026-01-08 12:00")], "2026-01-07 09:00"),
    # as if it ended now, Thursday 12:00: 9 + 2, then 6 and 3
    "that-lasts": ([("2026-01-06 10:00", None)], "2026-01-09 11:00"),
}


@pytest.mark.parametrize(("pauses", "expected"), PAUSES.values(), ids=PAUSES.keys())
def test_a_pause_moves_the_deadline(pauses: list[tuple[str, str | None]], expected: str) -> None:
    """By the working hours that it holds, and only where it begins before."""
    assert sla.deadline(fault(*pauses), utc("2026-01-08 12:00"), TWENTY_HOURS) == utc(expected)


def test_round_the_clock_a_pause_by_night_counts() -> None:
    """20 hours and 14."""
    ticket = fault(("2026-01-05 18:00", "2026-01-06 08:00"))
    assert sla.deadline(ticket, MONDAY, ROUND_THE_CLOCK) == utc("2026-01-06 19:00")


def test_a_re_opened_fault_has_not_lost_the_time_in_which_it_awaited_the_buyer() -> None:
    """11 hours until it was resolved, the rest from when the buyer said no."""
    ticket = ticket_of()
    for trigger, at in (
        (Trigger.ACCEPT, "2026-01-05 09:00"),
        (Trigger.RESOLVE, "2026-01-06 10:00"),
        (Trigger.REOPEN, "2026-01-07 10:00"),
    ):
        ticket.apply(trigger, utc(at))
    assert ticket.pauses == (Pause("BUYER", utc("2026-01-06 10:00"), utc("2026-01-07 10:00")),)
    assert sla.deadline(ticket, utc("2026-01-07 10:00"), TWENTY_HOURS) == utc("2026-01-08 09:00")


@pytest.mark.parametrize(
    ("ticket", "expected"),
    [
        (fault(), sla.SlaPicture(utc("2026-01-07 09:00"), paused=False, exceeded=False)),
        (
            fault(sla_passed=utc("2026-01-07 09:00"), state=State.CLOSED),
            sla.SlaPicture(utc("2026-01-07 09:00"), paused=False, exceeded=True),
        ),
        (fault(("2026-01-05 10:00", None)), sla.SlaPicture(None, paused=True, exceeded=False)),
        (fault(("2026-01-05 10:00", None), state=State.RESOLVED), sla.SlaPicture(None, paused=True, exceeded=False)),
        (ticket_of(), sla.SlaPicture(None, paused=False, exceeded=False)),
        (fault(state=State.CANCELLED), sla.SlaPicture(None, paused=False, exceeded=False)),
    ],
    ids=["running", "exceeded", "on-hold", "resolved", "not-accepted", "ended"],
)
def test_how_the_sla_stands(ticket: Ticket, expected: sla.SlaPicture) -> None:
    """There is a deadline only while the clock runs."""
    assert sla.picture(ticket, utc("2026-01-05 12:00"), TWENTY_HOURS) == expected


# -- the promise of a visit


@pytest.mark.parametrize(
    ("promised", "expected"),
    [("2026-01-09 13:00", "2026-01-09 13:00"), ("2026-01-06 13:00", "2026-01-07 09:00")],
    ids=["after-the-hours", "within-the-hours"],
)
def test_a_repair_is_not_late_before_the_visit_is_over(promised: str, expected: str) -> None:
    """The later of the two."""
    assert sla.deadline(fault(visit_promised=utc(promised)), MONDAY, TWENTY_HOURS) == utc(expected)


@pytest.mark.parametrize(
    ("missed", "expected"), [(False, utc("2026-06-05 12:00")), (True, None)], ids=["first", "missed"]
)
def test_a_key_that_is_spent_is_a_promise(missed: bool, expected: datetime | None) -> None:  # noqa: FBT001 - a row
    """Until the end of the slot, 13:00 in London; a supplier that has missed one visit can't put it off by another."""
    now = utc("2026-06-03 09:00")
    draft, ticket = draft_of(now=now), fault(let_down=missed)
    slot = Slot(date(2026, 6, 5), time(8), time(13))
    draft.hold(Reservation("KEY", "SPDEV1", "10002491172", "MK", slot, now + 12 * HOUR))
    take_appointment(ticket, Appointment(appointment_reservation_key="KEY"), draft)
    assert ticket.visit_promised == expected

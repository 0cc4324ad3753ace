"""The diary: half-days of the working calendar of England, in the supplier's local time."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from simulator.cityfibre.diary import Reservation, Slot, is_working_day, local_date, slots_between, slots_of, spent_by

MORNING, AFTERNOON = (time(8), time(13)), (time(13), time(18))


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 1, 5), True),  # a Monday
        (date(2026, 1, 10), True),  # a Saturday
        (date(2026, 1, 11), False),  # a Sunday
        (date(2026, 1, 1), False),  # New Year's Day
        (date(2026, 1, 2), True),  # a holiday in Scotland only
        (date(2026, 3, 17), True),  # St Patrick's Day, in Northern Ireland only
        (date(2026, 4, 3), False),  # Good Friday
        (date(2026, 4, 4), True),  # the Saturday between
        (date(2026, 4, 6), False),  # Easter Monday, no holiday in Scotland
        (date(2026, 5, 4), False),  # early May
        (date(2026, 5, 25), False),  # spring
        (date(2026, 8, 31), False),  # summer
        (date(2026, 12, 25), False),  # Christmas Day
        (date(2026, 12, 26), False),  # Boxing Day, a Saturday
        (date(2026, 12, 28), False),  # its substitute
        (date(2023, 5, 8), False),  # the coronation's own holiday
        (date(2028, 2, 29), True),  # a leap day, a Tuesday
    ],
    ids=str,
)
def test_working_days(day: date, expected: bool) -> None:  # noqa: FBT001 - a row of a table
    """Monday to Saturday, not on bank holidays of England and Wales (§3)."""
    assert is_working_day(day) == expected


def test_a_working_day_has_two_slots_and_another_day_none() -> None:
    """AM 08:00 to 13:00 and PM 13:00 to 18:00."""
    day = date(2026, 1, 7)
    assert list(slots_of(day)) == [Slot(day, *MORNING), Slot(day, *AFTERNOON)]
    assert list(slots_of(date(2026, 1, 11))) == []


@pytest.mark.parametrize(
    ("day", "starts", "ends"),
    [
        (date(2026, 1, 7), "2026-01-07T08:00:00+00:00", "2026-01-07T13:00:00+00:00"),
        (date(2026, 3, 28), "2026-03-28T08:00:00+00:00", "2026-03-28T13:00:00+00:00"),
        (date(2026, 3, 30), "2026-03-30T07:00:00+00:00", "2026-03-30T12:00:00+00:00"),
        (date(2026, 10, 24), "2026-10-24T07:00:00+00:00", "2026-10-24T12:00:00+00:00"),
        (date(2026, 10, 26), "2026-10-26T08:00:00+00:00", "2026-10-26T13:00:00+00:00"),
    ],
    ids=str,
)
def test_a_slot_is_local_time_and_an_instant_is_utc(day: date, starts: str, ends: str) -> None:
    """On either side of both changes of the clocks."""
    slot = Slot(day, *MORNING)
    assert (slot.starts_at.isoformat(), slot.ends_at.isoformat()) == (starts, ends)


def test_the_slots_of_a_span() -> None:
    """In order, over the Sunday, without those that have begun; at its very start a slot has."""
    morning = datetime(2026, 1, 10, 8, tzinfo=UTC)
    assert [str(slot) for slot in slots_between(date(2026, 1, 10), 3, morning)] == [
        "2026-01-10 13:00-18:00",
        "2026-01-12 08:00-13:00",
        "2026-01-12 13:00-18:00",
    ]
    before = morning - timedelta(milliseconds=1)
    assert len(list(slots_between(date(2026, 1, 10), 3, before))) == 4
    assert list(slots_between(date(2026, 1, 10), 0, before)) == []


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        (datetime(2026, 1, 5, 23, 59, tzinfo=UTC), date(2026, 1, 5)),
        (datetime(2026, 6, 5, 22, 59, tzinfo=UTC), date(2026, 6, 5)),
        (datetime(2026, 6, 5, 23, tzinfo=UTC), date(2026, 6, 6)),
    ],
    ids=str,
)
def test_the_date_is_londons(instant: datetime, expected: date) -> None:
    """In summer the day begins an hour before UTC's."""
    assert local_date(instant) == expected


@pytest.mark.parametrize("year", [1, 1066, 1752, 1899, 2999, 9999])
def test_any_year_has_a_calendar(year: int) -> None:
    """Whatever date a buyer asks for, nothing breaks."""
    for day in (date(year, 1, 1), date(year, 12, 31)):
        for slot in slots_of(day):
            assert slot.starts_at < slot.ends_at


def test_a_spent_reservation_is_not_usable() -> None:
    """Nor is one that was released; the one that was given stays as it was."""
    slot = Slot(date(2026, 1, 7), *MORNING)
    now = datetime(2026, 1, 5, 9, tzinfo=UTC)
    held = Reservation("KEY", "SPDEV1", "10002491172", "MK", slot, now + timedelta(hours=12))
    assert (held.usable(now), spent_by(held, 3).usable(now), spent_by(held, 3).ticket) == (True, False, 3)
    assert held.ticket == 0

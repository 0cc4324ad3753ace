"""The diary: half-days of the working calendar of England, in the supplier's local time."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

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


@pytest.mark.parametrize(
    "change", [date(2026, 3, 29), date(2026, 10, 25), date(2027, 3, 28), date(2027, 10, 31)], ids=str
)
def test_around_a_change_of_the_clocks_every_slot_exists_and_lasts_five_hours(change: date) -> None:
    """Local time, to UTC and back, is the same; on the Sunday itself none is offered, but it would be whole too."""
    days = [change + timedelta(days=offset) for offset in range(-6, 8)]
    offered = [slot for day in days for slot in slots_of(day)]
    assert {slot.day for slot in offered} >= {change - timedelta(days=1), change + timedelta(days=2)}
    assert change not in {slot.day for slot in offered}
    for slot in (*offered, Slot(change, *MORNING), Slot(change, *AFTERNOON)):
        for instant, local in ((slot.starts_at, slot.start), (slot.ends_at, slot.end)):
            back = instant.astimezone(ZoneInfo("Europe/London"))
            assert (back.date(), back.time()) == (slot.day, local)
        assert slot.ends_at - slot.starts_at == timedelta(hours=5)
        assert slot.starts_at.utcoffset() == timedelta(0)


BANK_HOLIDAYS = {
    2026: "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-26 12-28",
    2027: "01-01 03-26 03-29 05-03 05-31 08-30 12-25 12-27 12-28",
}
"""Of England and Wales, and Christmas or Boxing Day itself where it is a Saturday with a substitute."""


@pytest.mark.parametrize("year", BANK_HOLIDAYS)
def test_in_a_year_no_slot_is_offered_on_a_sunday_or_a_bank_holiday(year: int) -> None:
    """And two on every other day."""
    holidays = {date.fromisoformat(f"{year}-{day}") for day in BANK_HOLIDAYS[year].split()}
    new_year = datetime(year, 1, 1, tzinfo=UTC)
    days = [date(year, 1, 1) + timedelta(days=offset) for offset in range(365)]
    working = [day for day in days if f"{day:%A}" != "Sunday" and day not in holidays]
    offered = list(slots_between(days[0], 365, new_year))
    assert [slot.day for slot in offered] == [day for day in working for _ in range(2)]
    assert len(offered) == 2 * (365 - 52 - 9)

"""The engineers' diary: which slots exist, how many are left, and who holds one.

Times are the supplier's local time, Europe/London; instants are UTC (contract §3, Appointments).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
_SUNDAY = 6


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """One half-day of one date."""

    day: date
    start: time
    end: time

    @property
    def starts_at(self) -> datetime:
        """The first instant of the slot."""
        return datetime.combine(self.day, self.start, LONDON).astimezone(UTC)

    @property
    def ends_at(self) -> datetime:
        """The instant at which the slot is over."""
        return datetime.combine(self.day, self.end, LONDON).astimezone(UTC)

    def __str__(self) -> str:
        return f"{self.day.isoformat()} {self.start:%H:%M}-{self.end:%H:%M}"


HALF_DAYS = ((time(8), time(13)), (time(13), time(18)))
"""AM and PM (contract §3)."""


@dataclass(frozen=True, slots=True)
class Reservation:
    """A slot held for a buyer at an address; ``ticket`` is the number of the ticket that spent the key, or 0."""

    key: str
    buyer: str
    address: str
    region: str
    slot: Slot
    valid_until: datetime
    for_order: bool = False
    ticket: int = 0
    released: bool = False

    def usable(self, now: datetime) -> bool:
        """Whether a report may still spend it."""
        return not self.ticket and not self.released and now < self.valid_until


@cache
def _written_down() -> tuple[frozenset[date], range]:
    """The bank holidays of our file, and the years that it has."""
    lines = (files("simulator.cityfibre") / "bank_holidays.txt").read_text("utf-8").splitlines()
    days = [date.fromisoformat(line) for line in lines if not line.startswith("#")]
    return frozenset(days), range(days[0].year, days[-1].year + 1)


@cache
def _bank_holidays(year: int) -> frozenset[date]:
    import holidays  # noqa: PLC0415 - 100 ms that only a year beyond our file pays, once

    return frozenset(holidays.country_holidays("GB", subdiv="ENG", years=year))


def is_working_day(day: date) -> bool:
    """Monday to Saturday, but not a bank holiday of England and Wales."""
    if day.weekday() == _SUNDAY:
        return False
    days, years = _written_down()
    return day not in (days if day.year in years else _bank_holidays(day.year))


def slots_of(day: date) -> Iterator[Slot]:
    """The slots that a day has, full or not."""
    if is_working_day(day):
        for start, end in HALF_DAYS:
            yield Slot(day, start, end)


def slots_between(first: date, days: int, now: datetime) -> Iterator[Slot]:
    """The slots of that many days from ``first`` on which have not begun."""
    for offset in range(days):
        for slot in slots_of(first + timedelta(days=offset)):
            if slot.starts_at > now:
                yield slot


def local_date(instant: datetime) -> date:
    """The supplier's calendar date at an instant."""
    return instant.astimezone(LONDON).date()


def spent_by(reservation: Reservation, ticket: int) -> Reservation:
    """The reservation, now a ticket's own; its hold does not expire any more."""
    return replace(reservation, ticket=ticket)

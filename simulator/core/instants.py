"""Instants of simulated time, as text and back: UTC, to the millisecond."""

import re
from datetime import UTC, datetime, timedelta

EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
"""Bounds of a simulated clock's start, so that no reckoning from it leaves the calendar."""
_SPELLING = re.compile(
    r"""-?\d{4,}-\d\d-\d\dT
        (?:24:00:00(?:\.0+)?|(?!24)\d\d:\d\d:\d\d(?:\.\d+)?)
        (?:Z|[+-](?:0\d|1[0-3]):[0-5]\d|[+-]14:00)?""",
    re.ASCII | re.VERBOSE,
)
_WHITE = " \t\r\n"
_HOURS_AS_DAYS = 72
_FRACTION = re.compile(r"\.(\d+)")


def later(instant: datetime, span: timedelta) -> datetime:
    """An instant so much later, or the last one of the calendar."""
    try:
        return instant + span
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def whole_milliseconds(instant: datetime) -> datetime:
    """Cut an instant to the millisecond, so that what stands on the wire is all there is."""
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


def format_instant(instant: datetime) -> str:
    """Spell an aware UTC instant as ``2026-01-05T09:00:00.000Z``: 24 characters, within the tables' 25 (R12)."""
    return instant.isoformat(timespec="milliseconds")[:-6] + "Z"


def parse_instant(text: str) -> datetime | None:
    """Read an ``xs:dateTime`` with any fraction (R21); no zone means UTC.

    ``None`` where the text is no dateTime, or lies outside the years 1 to 9999 that Python can hold.
    """
    text = text.strip(_WHITE)
    if not _SPELLING.fullmatch(text):
        return None
    midnight = "T24:00:00" in text
    if midnight:
        text = text.replace("T24:", "T00:")
    text = _FRACTION.sub(lambda found: "." + found[1][:6].ljust(6, "0"), text, count=1)
    try:
        instant = datetime.fromisoformat(text)
        instant = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
        return instant + timedelta(days=1) if midnight else instant
    except (ValueError, OverflowError):
        return None


def format_duration(span: timedelta) -> str:
    """Spell a duration as ISO 8601: ``PT48H``, ``P3DT1M``, ``PT0S``; days only from 72 hours on."""
    milliseconds = span // timedelta(milliseconds=1)
    sign = "-" if milliseconds < 0 else ""
    seconds, fraction = divmod(abs(milliseconds), 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days = 0
    if hours >= _HOURS_AS_DAYS:
        days, hours = divmod(hours, 24)
    text = f"{hours}H" if hours else ""
    text += f"{minutes}M" if minutes else ""
    if seconds or fraction:
        text += f"{seconds}.{fraction:03d}".rstrip("0") + "S" if fraction else f"{seconds}S"
    date = f"{days}D" if days else ""
    return f"{sign}P{date}T{text}" if text else f"{sign}P{date}" if date else "PT0S"

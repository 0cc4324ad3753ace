"""Instants as text and back: every spelling that xs:dateTime allows, and no other."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.core.instants import format_duration, format_instant, parse_instant, whole_milliseconds

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)


def test_an_instant_is_cut_to_the_millisecond() -> None:
    """Cut, not rounded."""
    assert NINE.replace(microsecond=999_000) == whole_milliseconds(NINE.replace(microsecond=999_999))
    assert NINE == whole_milliseconds(NINE.replace(microsecond=999))


FORMATTED = {
    "2026-01-05T09:00:00.000Z": NINE,
    "2026-12-31T23:59:59.999Z": datetime(2026, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    "2026-01-05T09:00:00.120Z": NINE.replace(microsecond=120_000),
    "0001-01-01T00:00:00.000Z": datetime(1, 1, 1, tzinfo=UTC),
}


@pytest.mark.parametrize(("expected", "instant"), FORMATTED.items(), ids=FORMATTED.keys())
def test_an_instant_is_spelt_in_24_characters(expected: str, instant: datetime) -> None:
    """UTC with milliseconds and Z, always; within the tables' limit of 25 (R12)."""
    assert expected == format_instant(instant)
    assert 24 == len(expected)


PARSED = {
    "2026-01-05T09:00:00Z": NINE,
    "2026-01-05T09:00:00": NINE,
    "2026-01-05T09:00:00.000Z": NINE,
    " \t\r\n2026-01-05T09:00:00Z\n": NINE,
    "2026-01-05T09:00:00+00:00": NINE,
    "2026-01-05T09:00:00-00:00": NINE,
    "2026-01-05T10:00:00+01:00": NINE,
    "2026-01-05T03:30:00-05:30": NINE,
    "2026-01-05T23:00:00+14:00": NINE,
    "2026-01-04T19:00:00-14:00": NINE,
    "2026-01-05T09:00:00.1Z": NINE.replace(microsecond=100_000),
    "2026-01-05T09:00:00.12": NINE.replace(microsecond=120_000),
    "2026-01-05T09:00:00.1234Z": NINE.replace(microsecond=123_400),
    "2026-01-05T10:00:00.123456+01:00": NINE.replace(microsecond=123_456),
    "2026-01-05T09:00:00.123456789Z": NINE.replace(microsecond=123_456),
    "2026-01-05T09:00:00.9999999Z": NINE.replace(microsecond=999_999),
    "2026-01-04T24:00:00Z": datetime(2026, 1, 5, tzinfo=UTC),
    "2026-01-04T24:00:00.000": datetime(2026, 1, 5, tzinfo=UTC),
    "2026-01-04T24:00:00+01:00": datetime(2026, 1, 4, 23, tzinfo=UTC),
    "2024-02-28T24:00:00Z": datetime(2024, 2, 29, tzinfo=UTC),
    "2026-12-31T24:00:00Z": datetime(2027, 1, 1, tzinfo=UTC),
    "2024-02-29T00:00:00Z": datetime(2024, 2, 29, tzinfo=UTC),
    "2000-02-29T00:00:00Z": datetime(2000, 2, 29, tzinfo=UTC),
    "0001-01-01T00:00:00Z": datetime(1, 1, 1, tzinfo=UTC),
    "9999-12-31T23:59:59.999Z": datetime(9999, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC),
}


@pytest.mark.parametrize(("text", "expected"), PARSED.items(), ids=[repr(text) for text in PARSED])
def test_every_spelling_of_an_instant_is_read(text: str, expected: datetime) -> None:
    """Any fraction, any zone, none at all, midnight by either name (R21)."""
    found = parse_instant(text)

    assert expected == found
    assert found is not None
    assert timedelta(0) == found.utcoffset()


NO_INSTANTS = ["", "now", "2026-01-05", "09:00:00", "2026-01-05T09:00Z", "2026-01-05 09:00:00Z", "20260105T090000Z"]
NO_INSTANTS += ["2026-01-05t09:00:00Z", "2026-01-05T09:00:00z", "2026-01-05T09:00:00+01", "2026-01-05T09:00:00+0100"]
NO_INSTANTS += ["2026-01-05T09:00:00.Z", "2026-01-05T09:00:00,5Z", "2026-01-05T9:00:00Z", "26-01-05T09:00:00Z"]
NO_INSTANTS += ["2026-W02-1T09:00:00Z", "2026-005T09:00:00Z", "+2026-01-05T09:00:00Z", "2026-01-05T09:00:00Z Z"]
NO_INSTANTS += ["2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-13-01T00:00:00Z"]
NO_INSTANTS += ["2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-05T09:60:00Z", "2026-01-05T09:00:60Z"]
NO_INSTANTS += ["2026-01-05T25:00:00Z", "2026-01-05T24:00:01Z", "2026-01-05T24:01:00Z", "2026-01-05T09:00:00+24:00"]
NO_INSTANTS += ["٢٠٢٦-01-05T09:00:00Z", "2026-01-05T09:00:00.٣Z", "２０２６-01-05T09:00:00Z", "2026-01-05T09:00:00Z\0"]
OUT_OF_REACH = ["-2026-01-05T09:00:00Z", "-0001-01-01T00:00:00Z", "0000-01-01T00:00:00Z", "12026-01-05T09:00:00Z"]
OUT_OF_REACH += ["20260105-01-05T09:00:00Z", "9" * 5000 + "-01-05T09:00:00Z", "9999-12-31T24:00:00Z"]
OUT_OF_REACH += ["9999-12-31T23:59:59-00:01", "0001-01-01T00:00:00+00:01"]


@pytest.mark.parametrize("text", NO_INSTANTS, ids=repr)
def test_what_is_no_date_and_time_is_none(text: str) -> None:
    """Other spellings of ISO 8601 included, of which xs:dateTime is only one."""
    assert parse_instant(text) is None


@pytest.mark.parametrize("text", OUT_OF_REACH, ids=lambda text: repr(text[:30]))
def test_what_python_cannot_hold_is_none(text: str) -> None:
    """Years before 1 and after 9999, and instants that fall outside only in UTC."""
    assert parse_instant(text) is None


ONLY_NEARLY = ["2026-01-05T24:00:00.5Z", "2026-01-05T24:00:00.000000001Z", "2026-01-05T09:00:00+14:01"]
ONLY_NEARLY += ["2026-01-05T09:00:00-23:59", "2026-01-05T09:00:00+01:60", "\u00a02026-01-05T09:00:00Z"]


@pytest.mark.parametrize("text", ONLY_NEARLY, ids=repr)
def test_what_xs_date_time_itself_refuses_is_none(text: str) -> None:
    """24:00:00 has no fraction but zeros, zones end at 14:00, minutes at 59, and a no-break space is no white space."""
    assert parse_instant(text) is None


# -- whatever the instant

INSTANTS = st.datetimes(timezones=st.just(UTC))
ZONES = st.integers(-14 * 60, 14 * 60)


@given(INSTANTS)
def test_what_is_spelt_is_read_again(instant: datetime) -> None:
    """To the millisecond."""
    assert whole_milliseconds(instant) == parse_instant(format_instant(instant))


@given(INSTANTS, INSTANTS)
def test_spellings_sort_as_instants_do(one: datetime, other: datetime) -> None:
    """So that text may be compared where instants are meant."""
    one, other = whole_milliseconds(one), whole_milliseconds(other)

    assert (one < other) == (format_instant(one) < format_instant(other))


@given(
    local=INSTANTS.filter(lambda found: 1 < found.year < 9999).map(lambda found: found.replace(microsecond=0)),
    digits=st.text("0123456789", max_size=9),
    zone=st.none() | ZONES,
)
def test_any_fraction_and_any_zone_are_read(local: datetime, digits: str, zone: int | None) -> None:
    """The fraction is cut to six digits; without a zone it is UTC."""
    text = local.isoformat()[:19] + (f".{digits}" if digits else "")
    if zone is not None:
        text += f"{'-' if zone < 0 else '+'}{abs(zone) // 60:02d}:{abs(zone) % 60:02d}"

    expected = local.replace(microsecond=int(digits[:6].ljust(6, "0")), tzinfo=timezone(timedelta(minutes=zone or 0)))
    assert expected == parse_instant(text)


@given(st.text(max_size=40) | st.from_regex(r"\A-?\d{1,12}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d*)?(Z|[+-]\d\d:\d\d)?\Z"))
def test_no_text_is_too_strange(text: str) -> None:
    """It is an instant in UTC, or none."""
    found = parse_instant(text)

    assert found is None or timedelta(0) == found.utcoffset()


# -- durations

DURATIONS = {
    "PT0S": timedelta(0),
    "PT0.001S": timedelta(milliseconds=1),
    "PT0.1S": timedelta(milliseconds=100),
    "PT10S": timedelta(seconds=10),
    "PT10.5S": timedelta(milliseconds=10_500),
    "PT1M": timedelta(minutes=1),
    "PT1H0.25S": timedelta(hours=1, milliseconds=250),
    "PT1H1M1S": timedelta(hours=1, minutes=1, seconds=1),
    "PT48H": timedelta(hours=48),
    "PT71H59M": timedelta(hours=71, minutes=59),
    "P3D": timedelta(hours=72),
    "P3DT1M": timedelta(days=3, minutes=1),
    "P10DT2H": timedelta(days=10, hours=2),
    "-PT1.5S": timedelta(seconds=-1.5),
    "-P3D": timedelta(days=-3),
}


@pytest.mark.parametrize(("expected", "span"), DURATIONS.items(), ids=DURATIONS.keys())
def test_a_duration_is_spelt_as_iso_8601(expected: str, span: timedelta) -> None:
    """Without what is nought; hours up to 72, and days only from there."""
    assert expected == format_duration(span)


def test_less_than_a_millisecond_is_nothing() -> None:
    """As instants are cut, so are spans."""
    assert "PT0S" == format_duration(timedelta(microseconds=999))

"""When a delivery is tried again: plain arithmetic."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.core.retry import delay

SCHEDULE = (timedelta(seconds=30), timedelta(minutes=2), timedelta(hours=24))


@pytest.mark.parametrize(
    ("attempt", "expected"),
    [(1, timedelta(seconds=30)), (2, timedelta(minutes=2)), (3, timedelta(hours=24)), (4, None), (99, None)],
)
def test_each_failure_has_its_delay_until_none_is_left(attempt: int, expected: timedelta | None) -> None:
    """Without jitter they are those of the schedule."""
    assert expected == delay(SCHEDULE, attempt)


def test_without_a_schedule_nothing_is_tried_again() -> None:
    """The first attempt is the last."""
    assert delay((), 1) is None


@pytest.mark.parametrize(
    ("drawn", "expected"),
    [(0, 24_000), (1, 24_001), (6_000, 30_000), (12_000, 36_000), (12_001, 24_000)],
)
def test_jitter_is_drawn_to_the_millisecond(drawn: int, expected: int) -> None:
    """A fifth of 30 seconds, either way, both ends included."""
    assert timedelta(milliseconds=expected) == delay(SCHEDULE, 1, jitter=0.2, drawn=drawn)


@pytest.mark.parametrize(("retry_after", "expected"), [(0, 30), (10, 30), (30, 30), (31, 31), (600, 600)])
def test_an_endpoint_is_not_tried_sooner_than_it_asks_for(retry_after: int, expected: int) -> None:
    """What it asks for holds where it is longer than the schedule's own delay."""
    assert timedelta(seconds=expected) == delay(SCHEDULE, 1, retry_after=retry_after)


def test_asking_for_time_adds_no_attempt() -> None:
    """After the last one it is given up all the same."""
    assert delay(SCHEDULE, 4, retry_after=60) is None


@given(st.floats(0, 1), st.integers(0, 2**256 - 1), st.integers(1, 3))
def test_no_jitter_leaves_its_share(jitter: float, drawn: int, attempt: int) -> None:
    """However it falls, a delay is never negative and never beyond its share; whole milliseconds in any case."""
    found = delay(SCHEDULE, attempt, jitter=jitter, drawn=drawn)
    planned = SCHEDULE[attempt - 1]
    assert found is not None
    assert abs(found - planned) <= planned * jitter
    assert found >= timedelta(0)
    assert found.microseconds % 1000 == 0

"""The simulated clock: one formula, to the millisecond, and it never goes back."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.core.clock import Clock

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
SECOND, MILLISECOND = timedelta(seconds=1), timedelta(milliseconds=1)


@pytest.mark.parametrize(("rate", "expected"), [(0, 0), (1, 10), (0.5, 5), (3600, 36_000)])
def test_now_is_the_start_and_rate_times_the_real_seconds_since(rate: float, expected: int) -> None:
    """Where the real clock began does not matter."""
    clock = Clock(START, rate=rate, real=1000.5)

    assert START == clock.now(1000.5)
    assert START + expected * SECOND == clock.now(1010.5)
    assert rate == clock.rate


def test_now_is_cut_to_the_millisecond() -> None:
    """So is the start, and an instant jumped to: what stands on the wire is all there is."""
    clock = Clock(START + timedelta(microseconds=1999), rate=1, real=0)
    assert START + MILLISECOND == clock.now(0.0009)
    assert START + 2 * MILLISECOND == clock.now(0.001)

    clock.jump(START + timedelta(seconds=5, microseconds=1), real=0.001)
    assert START + 5 * SECOND == clock.now(0.001)


def test_a_jump_moves_a_standing_clock_and_it_stands_there() -> None:
    """Real time that passes does nothing to it."""
    clock = Clock(START, rate=0, real=0)
    clock.jump(START + 48 * 3600 * SECOND, real=50)

    assert [datetime(2026, 1, 7, 9, tzinfo=UTC)] * 2 == [clock.now(50), clock.now(5000)]


def test_a_jump_moves_a_running_clock_and_it_runs_on_from_there() -> None:
    """At its own rate."""
    clock = Clock(START, rate=2, real=100)
    clock.jump(START + 60 * SECOND, real=110)

    assert [START + 60 * SECOND, START + 62 * SECOND] == [clock.now(110), clock.now(111)]


def test_a_jump_to_an_instant_that_has_passed_leaves_the_clock_where_it_is() -> None:
    """Standing or running."""
    standing, running = Clock(START, rate=0, real=0), Clock(START, rate=1, real=0)
    standing.jump(START - SECOND, real=10)
    running.jump(START + SECOND, real=10)

    assert START == standing.now(10)
    assert [START + 10 * SECOND, START + 11 * SECOND] == [running.now(10), running.now(11)]


def test_a_running_clock_is_not_held_up_by_being_moved_nowhere() -> None:
    """What is cut from an instant that is shown is not lost to the clock, however often it is touched."""
    clock = Clock(START, rate=1, real=0)
    for half_milliseconds in range(1, 2001):
        clock.jump(START, real=half_milliseconds / 2000)
        clock.run(1, real=half_milliseconds / 2000)

    assert START + SECOND == clock.now(1)


def test_a_change_of_rate_goes_on_from_the_present_instant() -> None:
    """What has passed keeps its pace, what comes has the new one."""
    clock = Clock(START, rate=1, real=0)
    clock.run(0, real=10)
    assert [START + 10 * SECOND] * 2 == [clock.now(10), clock.now(1000)]

    clock.run(60, real=1000)
    assert START + 70 * SECOND == clock.now(1001)


def test_at_the_end_of_the_calendar_time_stands() -> None:
    """Rather than break; there is no instant behind the year 9999."""
    clock = Clock(START, rate=3600, real=0)

    last = datetime(9999, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC)
    assert [last, last] == [clock.now(1e9), clock.now(1e300)]
    assert 0.0 == clock.real_seconds_until(last, 1e9)


def test_how_long_until_an_instant() -> None:
    """In real seconds; nothing where it has passed, and never where the clock stands."""
    clock = Clock(START, rate=60, real=0)

    assert [60.0, 30.0, 0.0, 0.0] == [
        clock.real_seconds_until(START + 3600 * SECOND, 0),
        clock.real_seconds_until(START + 3600 * SECOND, 30),
        clock.real_seconds_until(START, 0),
        clock.real_seconds_until(START, 30),
    ]
    assert Clock(START, rate=0, real=0).real_seconds_until(START + SECOND, 0) is None


REAL_STEPS = st.floats(0, 100_000, allow_nan=False)
RATES = st.sampled_from([0.0, 0.001, 0.5, 1.0, 60.0, 3600.0])
MOVES = st.one_of(
    st.tuples(st.just("jump"), st.timedeltas(timedelta(days=-2), timedelta(days=2))),
    st.tuples(st.just("run"), RATES),
    st.tuples(st.just("look"), st.none()),
)


@given(rate=RATES, steps=st.lists(st.tuples(REAL_STEPS, MOVES), max_size=20))
def test_whatever_is_done_to_it_time_never_goes_back(
    rate: float, steps: list[tuple[float, tuple[str, timedelta | float | None]]]
) -> None:
    """And every instant is one of whole milliseconds."""
    clock, real, latest = Clock(START, rate=rate, real=0), 0.0, START
    for passed, (move, by) in steps:
        real += passed
        before = clock.now(real)
        if isinstance(by, timedelta):
            clock.jump(before + by, real)
        elif by is not None:
            clock.run(by, real)
        after = clock.now(real)

        assert latest <= before <= after
        assert 0 == after.microsecond % 1000
        assert move == "jump" or before == after
        latest = after


@given(rate=st.sampled_from([0.5, 1.0, 60.0, 3600.0]), real=REAL_STEPS, ahead=st.integers(0, 10_000_000))
def test_after_that_long_the_instant_has_come(rate: float, real: float, ahead: int) -> None:
    """A millisecond more, which the driver adds, makes good what floating point may lose."""
    clock = Clock(START, rate=rate, real=0)
    instant = clock.now(real) + ahead * MILLISECOND
    seconds = clock.real_seconds_until(instant, real)

    assert seconds is not None
    assert clock.now(real + seconds + 0.001) >= instant

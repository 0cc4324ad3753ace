"""The schedule: timers fire in the order of (due, set), each at most once, whatever was moved or cancelled before."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from simulator.core.effects import SetTimer
from simulator.core.inputs import Timer
from simulator.core.schedule import Schedule, Scheduled

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)


def at(minutes: int) -> datetime:
    return NINE + timedelta(minutes=minutes)


def timer(name: str) -> Timer:
    return Timer("resolve", name)


def schedule(*timers: tuple[str, int, bool]) -> Schedule:
    made = Schedule()
    for name, minutes, driving in timers:
        made.set(SetTimer(timer(name), at(minutes), driving))
    return made


def pair(found: Scheduled | None) -> tuple[datetime, Timer] | None:
    return (found.due, found.timer) if found else None


def names(found: list[Scheduled]) -> str:
    return "".join(one.timer.subject for one in found)


def fired(waiting: Schedule) -> str:
    """The names of all timers, in the order in which they are taken."""
    taken = []
    while (one := waiting.pop_due(at(60))) is not None:
        taken.append(one)
    return names(taken)


def test_an_empty_schedule_has_nothing() -> None:
    """Nothing next, nothing due."""
    empty = Schedule()

    assert (None, None, None) == (empty.next(), empty.next_driving(), empty.pop_due(at(0)))
    assert (0, []) == (len(empty), empty.upcoming(5))


def test_timers_are_taken_in_the_order_in_which_they_fall_due() -> None:
    """Driving or not."""
    assert "ABCD" == fired(schedule(("C", 3, True), ("A", 1, False), ("D", 4, False), ("B", 2, True)))


def test_timers_of_one_instant_are_taken_in_the_order_in_which_they_were_set() -> None:
    """Across both kinds; their names do not matter."""
    assert "ZMAQ" == fired(schedule(("Z", 1, True), ("M", 1, False), ("A", 1, True), ("Q", 1, False)))


def test_only_what_is_due_is_taken() -> None:
    """At its instant and after it, never before; and once."""
    waiting = schedule(("A", 1, True), ("B", 2, True))

    assert waiting.pop_due(at(1) - timedelta(microseconds=1)) is None
    assert (at(1), timer("A")) == pair(waiting.pop_due(at(1)))
    assert waiting.pop_due(at(1)) is None
    assert 1 == len(waiting)


def test_looking_takes_nothing() -> None:
    """What comes next is left where it is."""
    waiting = schedule(("B", 2, True), ("A", 1, False))

    assert waiting.next() == waiting.next()
    assert (at(1), timer("A")) == pair(waiting.next())
    assert (at(2), timer("B")) == pair(waiting.next_driving())
    assert 2 == len(waiting)


def test_a_timer_that_is_set_again_is_moved() -> None:
    """Earlier or later, from one kind to the other; it is one timer still, and behind others of its new instant."""
    waiting = schedule(("A", 1, True), ("B", 2, True), ("A", 3, False), ("C", 3, False), ("A", 3, True))

    assert 3 == len(waiting)
    assert "BCA" == names(waiting.upcoming(9))
    assert "BCA" == fired(waiting)


def test_a_cancelled_timer_never_fires() -> None:
    """Cancelling what is not there does nothing; set again, it is there again."""
    waiting = schedule(("A", 1, True), ("B", 2, False))
    waiting.cancel(timer("A"))
    waiting.cancel(timer("A"))
    waiting.cancel(timer("X"))

    assert (1, None) == (len(waiting), waiting.next_driving())
    waiting.set(SetTimer(timer("A"), at(3), driving=False))
    assert "BA" == fired(waiting)


def test_a_timer_that_has_fired_may_be_set_again() -> None:
    """And fires again."""
    waiting = schedule(("A", 1, True))
    assert "A" == fired(waiting)

    waiting.set(SetTimer(timer("A"), at(1), driving=True))
    assert "A" == fired(waiting)


def test_timers_are_told_apart_by_kind_and_subject() -> None:
    """Two kinds of one ticket are two timers."""
    waiting = schedule(("A", 1, True))
    waiting.set(SetTimer(Timer("close", "A"), at(1), driving=True))
    waiting.cancel(Timer("close", "A"))

    assert [timer("A")] == [found.timer for found in waiting.upcoming(9)]


def test_the_next_few_can_be_seen() -> None:
    """In their order, as many as asked for, without the dead."""
    waiting = schedule(("A", 1, True), ("B", 2, False), ("C", 3, True), ("D", 4, False))
    waiting.cancel(timer("B"))

    assert ["", "A", "AC", "ACD", "ACD"] == [names(waiting.upcoming(most)) for most in (0, 1, 2, 3, 9)]


# -- against a model that is too slow to be wrong


class NaiveSchedule:
    """A dictionary, sorted again at every question."""

    def __init__(self) -> None:
        self.timers: dict[Timer, tuple[datetime, int, bool]] = {}
        self.count = 0

    def ordered(self, *, only_driving: bool = False) -> list[tuple[datetime, Timer]]:
        waiting = sorted(
            (due, count, one) for one, (due, count, driving) in self.timers.items() if driving >= only_driving
        )
        return [(due, one) for due, _, one in waiting]

    def set(self, effect: SetTimer) -> None:
        self.count += 1
        self.timers[effect.timer] = (effect.due, self.count, effect.driving)

    def pop_due(self, now: datetime) -> tuple[datetime, Timer] | None:
        if not self.timers or self.ordered()[0][0] > now:
            return None
        first = self.ordered()[0]
        del self.timers[first[1]]
        return first


TIMERS = st.builds(Timer, st.sampled_from(["open", "close"]), st.sampled_from("ABC"))
DUES = st.integers(0, 4).map(at)
ACTS = st.lists(st.builds(SetTimer, TIMERS, DUES, st.booleans()) | TIMERS | DUES, max_size=40)


@given(acts=ACTS)
def test_it_does_what_a_naive_schedule_does(acts: list[SetTimer | Timer | datetime]) -> None:
    """Setting, moving, cancelling and taking in any order, with every question asked after each."""
    waiting, naive = Schedule(), NaiveSchedule()
    for act in acts:
        match act:
            case SetTimer():
                waiting.set(act)
                naive.set(act)
            case Timer():
                waiting.cancel(act)
                naive.timers.pop(act, None)
            case datetime():
                assert naive.pop_due(act) == pair(waiting.pop_due(act))
        ordered, driving = naive.ordered(), naive.ordered(only_driving=True)
        assert len(ordered) == len(waiting)
        assert next(iter(ordered), None) == pair(waiting.next())
        assert next(iter(driving), None) == pair(waiting.next_driving())
        assert ordered[:3] == [pair(found) for found in waiting.upcoming(3)]


def test_patience_goes_with_its_timer() -> None:
    """Moved, it counts anew under another order; cancelled or fired, nobody waits for it any more."""
    schedule = Schedule()
    first, second = Timer("script", "A"), Timer("script", "B")
    schedule.set(SetTimer(first, NINE, driving=True, patience=5.0))
    schedule.set(SetTimer(second, NINE, driving=True, patience=2.0))
    assert schedule.patience() == {1: 5.0, 2: 2.0}
    schedule.set(SetTimer(first, NINE, driving=True, patience=3.0))
    assert schedule.patience() == {3: 3.0, 2: 2.0}
    schedule.cancel(first)
    assert schedule.patience() == {2: 2.0}
    schedule.pop_due(NINE)
    assert schedule.patience() == {}
    schedule.set(SetTimer(second, NINE, driving=True))
    assert schedule.patience() == {}

"""What the engine does with deliveries: retries by timers of its own, pauses, and what is sent once more."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from simulator.core.effects import Again, Deliver, Effect, Pause, Reply, Retry, Settle
from simulator.core.engine import Decision, Engine, Outcome
from simulator.core.inputs import DeliveryAnswer, DeliveryCompleted, FileReceived, Input, RequestReceived, Steered
from simulator.core.journal import Data

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return NINE + timedelta(minutes=minutes)


def deliver(number: int, lane: str = "A", buyer: str = "SPDEV1", not_before: datetime | None = None) -> Deliver:
    return Deliver(number, lane, buyer, "closed", f"CF-{number}", "text/xml", b"<note/>", not_before=not_before)


class Told:
    """A supplier of one line: whatever the input, it has the effects that the test has laid ready."""

    def __init__(self) -> None:
        self.engine = Engine(self, has_endpoint=True)
        self.ready: tuple[Effect, ...] = ()
        self.judged: list[Deliver] = []

    def request(self, *_: object) -> Decision:
        return Decision(lambda: None, effects=self.ready)

    file = steered = timer = request

    def delivered(self, deliver: Deliver, *_: object) -> Decision:
        self.judged.append(deliver)
        return self.request()

    def describe(self, happened: Input) -> Data:
        return {"input": type(happened).__name__}

    def failure(self, request: RequestReceived | FileReceived) -> Reply:
        raise AssertionError(request)

    def tell(self, *effects: Effect, minutes: float = 0) -> list[Deliver]:
        """A command that has those effects; the attempts that start are returned."""
        self.ready = effects
        return list(self.engine.handle(Steered("do", "A"), at(minutes)).deliveries)

    def end(self, number: int, effect: Effect, *, attempt: int = 1, minutes: float = 0) -> Outcome:
        """An attempt ends, and that is what is made of it."""
        self.ready = (effect,)
        return self.engine.handle(DeliveryCompleted(number, DeliveryAnswer(500), attempt), at(minutes))

    def fire(self, minutes: float) -> list[Deliver]:
        """All that is due."""
        self.ready, started = (), list[Deliver]()
        while (outcome := self.engine.fire_next(at(minutes))) is not None:
            started += outcome.deliveries
        return started

    def states(self) -> list[str]:
        """Of all deliveries."""
        return [one.state for one in self.engine.outbox]

    def journal(self) -> list[tuple[float, str, str, Data]]:
        """Minutes, kinds, tickets and data, without the commands."""
        told = [entry for entry in self.engine.journal if entry.kind != "steered"]
        return [((one.at - NINE) / timedelta(minutes=1), one.kind, one.ticket, one.data) for one in told]


@pytest.fixture
def told() -> Told:
    return Told()


def test_an_attempt_that_failed_is_made_again_at_its_instant(told: Told) -> None:
    """By a timer that the auto clock may jump to, filed under the ticket; its lane waits, and no other does."""
    assert [deliver(1), deliver(3, "B")] == told.tell(deliver(1), deliver(2), deliver(3, "B"))
    assert () == told.end(1, Retry(1, at(2), "HTTP 500"), minutes=1).deliveries
    assert ["scheduled", "waiting", "under-way"] == told.states()
    assert told.engine.schedule.next_driving() is not None

    assert [] == told.fire(1.9)
    assert [replace(deliver(1), attempt=2, why="retry")] == told.fire(2)
    assert (deliver(2),) == told.end(1, Settle(1, "delivered"), attempt=2, minutes=2).deliveries
    assert [1, 2] == [one.attempt for one in told.judged]
    assert [
        (1.0, "delivery-completed", "", {"input": "DeliveryCompleted"}),
        (1.0, "timer-set", "A", {"timer": "delivery", "subject": "1", "due": "2026-01-05T09:02:00.000Z"}),
        (2.0, "timer-fired", "A", {"input": "TimerFired"}),
        (2.0, "delivery-completed", "", {"input": "DeliveryCompleted"}),
    ] == told.journal()


@pytest.mark.parametrize("attempt", [0, 2, 3])
def test_only_the_attempt_under_way_can_end(told: Told, attempt: int) -> None:
    """Another one's end is a mistake of the caller's, and changes nothing."""
    told.tell(deliver(1))
    with pytest.raises(ValueError, match=f"attempt {attempt} of delivery 1 is not under way"):
        told.end(1, Settle(1, "delivered"), attempt=attempt)
    assert ["under-way"] == told.states()
    assert [] == told.journal()


def test_what_must_not_go_yet_holds_up_its_lane(told: Told) -> None:
    """Until its instant; one whose instant has passed when its turn comes starts at once."""
    assert [] == told.tell(deliver(1, not_before=at(10)), deliver(2, not_before=at(5)), deliver(3))
    assert ["scheduled", "waiting", "waiting"] == told.states()

    (started,) = told.fire(10)
    assert (1, "first") == (started.attempt, started.why)
    for number, following in pairwise((1, 2, 3)):
        (started,) = told.end(number, Settle(number, "delivered"), minutes=10).deliveries
        assert (following, 1) == (started.delivery, started.attempt)


def test_what_was_not_held_up_can_be_tried_again(told: Told) -> None:
    """An instant before which it must not go is for its first attempt alone."""
    told.tell(deliver(1, not_before=at(10)))
    told.fire(10)
    told.end(1, Settle(1, "failed", "HTTP 500"), minutes=10)
    (again,) = told.tell(Again(1, "redelivery"), minutes=11)
    assert (2, "redelivery") == (again.attempt, again.why)


def test_a_duplicate_goes_behind_all_of_its_lane(told: Told) -> None:
    """Also while the first is still waiting for a retry: nothing overtakes."""
    told.tell(deliver(1), deliver(2))
    told.end(1, Retry(1, at(5), "HTTP 500"))
    assert [] == told.tell(Again(1, "duplicate"))
    assert ["scheduled", "waiting"] == told.states()

    told.fire(5)
    (second,) = told.end(1, Settle(1, "delivered"), attempt=2, minutes=5).deliveries
    (third,) = told.end(2, Settle(2, "delivered"), minutes=5).deliveries
    assert [(2, 1, "first"), (1, 3, "duplicate")] == [(one.delivery, one.attempt, one.why) for one in (second, third)]


def test_who_waits_for_a_retry_can_be_tried_at_once(told: Told) -> None:
    """It is a retry like another, only sooner; its timer is gone."""
    told.tell(deliver(1))
    told.end(1, Retry(1, at(60), "HTTP 500"))
    assert [replace(deliver(1), attempt=2, why="retry")] == told.tell(Again(1, "redelivery"), minutes=1)
    assert None is told.engine.schedule.next()
    assert "timer-cancelled" == told.journal()[-1][1]


def test_what_is_not_kept_is_not_sent_again(told: Told) -> None:
    """And nothing else happens."""
    assert [] == told.tell(Again(7, "duplicate"))
    assert [] == told.states()


def test_a_pause_holds_up_one_buyer(told: Told) -> None:
    """New ones, retries that fall due, and what stands behind one under way; afterwards all start, in their order."""
    told.tell(deliver(1), deliver(2), deliver(3, "B"))
    told.end(3, Retry(3, at(5), "HTTP 500"))
    assert [deliver(4, "D", "SPTEST1")] == told.tell(Pause("SPDEV1", paused=True), deliver(4, "D", "SPTEST1"))
    assert [] == told.tell(deliver(5, "C"))
    assert () == told.end(1, Settle(1, "delivered"), minutes=1).deliveries
    assert [] == told.fire(5)
    assert ["delivered", "paused", "paused", "under-way", "paused"] == told.states()

    started = told.tell(Pause("SPDEV1", paused=False), minutes=9)
    assert [(2, 1), (3, 2), (5, 1)] == [(one.delivery, one.attempt) for one in started]
    assert [] == told.tell(Pause("SPDEV1", paused=False), minutes=9)


def test_a_notification_that_is_not_to_go_is_only_kept(told: Told) -> None:
    """It holds up nobody, and can be asked for."""
    assert [deliver(2)] == told.tell(replace(deliver(1), unsent="dropped"), deliver(2))
    assert ["unsent", "under-way"] == told.states()
    told.end(2, Settle(2, "delivered"))
    (again,) = told.tell(Again(1, "redelivery"))
    assert (1, 1, "redelivery") == (again.delivery, again.attempt, again.why)


@pytest.mark.parametrize("effects", [(), (Settle(1, "delivered"), Retry(1, NINE, ""))], ids=["neither", "both"])
def test_a_judgement_settles_or_retries(told: Told, effects: tuple[Effect, ...]) -> None:
    """A supplier that says neither, or both, has a bug, which must not let the lane stand: it is given up."""
    told.tell(deliver(1), deliver(2))
    told.ready = effects
    outcome = told.engine.handle(DeliveryCompleted(1, DeliveryAnswer(200)), NINE)
    assert isinstance(outcome.bug, AssertionError)
    assert (deliver(2),) == outcome.deliveries
    assert ["dead-lettered", "under-way"] == told.states()

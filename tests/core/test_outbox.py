"""The outbox: one turn of a lane at a time, in their order; lanes do not wait for one another."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.core.effects import Deliver
from simulator.core.outbox import Attempt, Delivery, Outbox

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
LATER = NINE + timedelta(minutes=1)


def deliver(number: int, lane: str = "A", unsent: str = "") -> Deliver:
    note = Deliver(number, lane, "SPDEV1", "accepted", f"CF-{number}", "application/xml", b"<note/>", unsent=unsent)
    assert (note.attempt, note.why) == (1, "first")
    return note


def counts(outbox: Outbox) -> tuple[int, int]:
    return outbox.under_way, outbox.waiting


def begun(outbox: Outbox, *numbers: int, lane: str = "A") -> list[Delivery]:
    """Deliveries of one lane, the first of them under way."""
    for number in numbers:
        turn = outbox.put(deliver(number, lane), NINE)
        if turn is not None:
            outbox.start(turn, NINE)
    return [one for one in outbox if one.number in numbers]


def number_of(delivery: Delivery | None) -> int | None:
    return None if delivery is None else delivery.number


def test_the_first_of_a_lane_has_its_turn_at_once() -> None:
    """It is handed back, and its attempt is known by its number once it has started."""
    outbox = Outbox()
    assert (0, 0) == counts(outbox)

    turn = outbox.put(deliver(1), NINE)
    assert turn is not None
    assert ("waiting", 0, 1) == (turn.state, *counts(outbox))

    assert deliver(1) == outbox.start(turn, LATER) == outbox.attempt(1)
    assert ("under-way", 1, 0) == (turn.state, *counts(outbox))
    assert [Attempt(1, "first", LATER)] == turn.attempts


def test_the_next_of_a_lane_has_its_turn_when_the_one_before_is_settled() -> None:
    """First in, first out."""
    outbox = Outbox()
    first, second, third = begun(outbox, 1, 2, 3)
    assert ["under-way", "waiting", "waiting"] == [first.state, second.state, third.state]
    assert [None, None] == [outbox.attempt(2), outbox.attempt(3)]
    assert (1, 2) == counts(outbox)

    assert second is outbox.settle(1, "delivered", "")
    assert ("delivered", None) == (first.state, outbox.attempt(1))
    outbox.start(second, NINE)
    assert third is outbox.settle(2, "refused", "no")
    assert ("dead-lettered", "no") == (second.state, second.reason)
    outbox.start(third, NINE)
    assert outbox.settle(3, "failed", "gone") is None
    assert (0, 0) == counts(outbox)


def test_lanes_do_not_block_one_another() -> None:
    """Another lane starts, and ends, meanwhile; one that ran empty begins anew."""
    outbox = Outbox()
    begun(outbox, 1, 2)
    begun(outbox, 3, lane="B")
    assert (2, 1) == counts(outbox)

    assert outbox.settle(3, "delivered", "") is None
    assert (1, 1) == counts(outbox)
    assert 4 == number_of(outbox.put(deliver(4, "B"), NINE))


def test_a_retry_keeps_its_turn() -> None:
    """Whatever comes behind it waits until it has been settled."""
    outbox = Outbox()
    first, second = begun(outbox, 1, 2)

    outbox.answered(1, 17, NINE)
    outbox.schedule(1, LATER, "HTTP 500")
    assert ("scheduled", LATER, "HTTP 500") == (first.state, first.due, first.reason)
    assert (0, 2) == counts(outbox)

    started = outbox.start(first, LATER)
    assert started is not None
    assert (2, "retry", None) == (started.attempt, started.why, first.due)
    outbox.answered(1, 23, LATER)
    assert second is outbox.settle(1, "delivered", "")
    assert [
        Attempt(1, "first", NINE, NINE, 17, "failed", "HTTP 500"),
        Attempt(2, "retry", LATER, LATER, 23, "delivered", ""),
    ] == first.attempts
    assert ("delivered", "") == (first.state, first.reason)


def test_what_is_sent_again_waits_behind_all_of_its_lane() -> None:
    """It has a turn of its own, and it stays what it was until then."""
    outbox = Outbox()
    first, second = begun(outbox, 1, 2)
    outbox.again(1, "duplicate")
    assert (1, 2) == counts(outbox)

    outbox.settle(1, "delivered", "")
    assert ("waiting", "delivered") == (first.state, first.outcome)
    outbox.start(second, NINE)
    assert first is outbox.settle(2, "delivered", "")
    again = outbox.start(first, LATER)
    assert again is not None
    assert (2, "duplicate") == (again.attempt, again.why)
    assert outbox.settle(1, "failed", "HTTP 500") is None
    assert ("delivered", "") == (first.state, first.reason)


def test_a_dead_letter_that_is_sent_again_may_be_delivered_after_all() -> None:
    """Or not, and then the newest reason stands."""
    outbox = Outbox()
    (first,) = begun(outbox, 1)
    outbox.settle(1, "failed", "HTTP 500")

    for verdict, reason, expected in (
        ("failed", "HTTP 404", ("dead-lettered", "HTTP 404")),
        ("delivered", "", ("delivered", "")),
    ):
        assert first is outbox.again(1, "redelivery")
        outbox.start(first, LATER)
        outbox.settle(1, verdict, reason)  # type: ignore[arg-type]
        assert expected == (first.state, first.reason)


def test_what_is_not_sent_can_be_asked_for() -> None:
    """It takes no turn until then."""
    outbox = Outbox()
    assert outbox.put(deliver(1, unsent="no endpoint is configured"), NINE) is None
    (first,) = outbox
    assert ("unsent", "no endpoint is configured", []) == (first.state, first.reason, first.attempts)
    assert (0, 0) == counts(outbox)

    assert first is outbox.again(1, "redelivery")
    assert outbox.start(first, NINE) is not None


def test_nothing_begins_for_a_paused_buyer() -> None:
    """What is under way goes on; what is due meanwhile comes back in its order."""
    outbox = Outbox()
    first, second = begun(outbox, 1, 2)
    outbox.pause("SPDEV1")
    (other,) = begun(outbox, 3, lane="B")
    assert [True, False] == [outbox.is_paused("SPDEV1"), outbox.is_paused("SPTEST1")]
    assert ("under-way", "paused") == (first.state, other.state)

    outbox.settle(1, "delivered", "")
    assert outbox.start(second, NINE) is None
    assert (0, 2) == counts(outbox)
    assert [] == outbox.resume("SPTEST1")
    assert [second, other] == outbox.resume("SPDEV1")


def test_the_oldest_that_have_ended_are_forgotten() -> None:
    """Never one that is still to be sent; one that is no longer kept can't be sent again."""
    outbox = Outbox(most_ended=2)
    begun(outbox, 1, lane="LONG")
    for number in (2, 3, 4):
        begun(outbox, number, lane=str(number))
        outbox.settle(number, "delivered", "")

    assert [1, 3, 4] == [one.number for one in outbox]
    assert outbox.get(2) is None
    assert outbox.again(2, "redelivery") is None

    outbox.again(3, "redelivery")
    begun(outbox, 5, lane="5")
    outbox.settle(5, "failed", "gone")
    assert [1, 3, 4, 5] == [one.number for one in outbox]


@pytest.mark.parametrize("number", [2, 4], ids=["ended", "unknown"])
def test_only_what_has_its_turn_can_be_settled(number: int) -> None:
    """Anything else is a bug of the caller's, and changes nothing."""
    outbox = Outbox()
    begun(outbox, 2, lane="B")
    outbox.settle(2, "delivered", "")
    begun(outbox, 1, 3)

    with pytest.raises(KeyError):
        outbox.settle(number, "delivered", "")
    assert (1, 1) == counts(outbox)


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.integers(0, 3), st.booleans()), max_size=40))
def test_each_lane_is_delivered_whole_and_in_order(arrivals: list[tuple[str, int, bool]]) -> None:
    """However puts, retries and ends alternate, nothing is lost, doubled or overtaken, and a lane has one at hand."""
    outbox, at_hand, started = Outbox(), list[Delivery](), list[Deliver]()

    def begin(turn: Delivery | None) -> None:
        if turn is not None:
            at_hand.append(turn)
            attempt = outbox.start(turn, NINE)
            assert attempt is not None
            started.append(attempt)
        assert outbox.under_way == len(at_hand) == len({one.deliver.lane for one in at_hand})

    def end(*, retried: bool) -> None:
        turn = at_hand.pop(0)
        if retried:
            outbox.schedule(turn.number, LATER, "HTTP 500")
            begin(turn)
        else:
            begin(outbox.settle(turn.number, "delivered", ""))

    for number, (lane, endings, retried) in enumerate(arrivals, start=1):
        begin(outbox.put(deliver(number, lane), NINE))
        for _ in range(min(endings, len(at_hand))):
            end(retried=retried)
    while at_hand:
        end(retried=False)

    assert (0, 0) == counts(outbox)
    for name in "ABC":
        expected = [number for number, (lane, *_) in enumerate(arrivals, start=1) if lane == name]
        assert expected == list(dict.fromkeys(one.delivery for one in started if one.lane == name))
        order = [one.delivery for one in started if one.lane == name]
        assert order == sorted(order)


def test_what_was_never_sent_stays_so_until_it_is_taken() -> None:
    """An attempt by hand that fails leaves no dead letter, for no series of attempts has ended."""
    outbox = Outbox()
    outbox.put(deliver(1, unsent="dropped"), NINE)
    (first,) = outbox
    for verdict, reason, expected in (("failed", "HTTP 500", "unsent"), ("delivered", "", "delivered")):
        assert first is outbox.again(1, "redelivery")
        outbox.start(first, LATER)
        outbox.settle(1, verdict, reason)  # type: ignore[arg-type]
        assert (expected, reason) == (first.state, first.reason)


def test_what_is_held_has_no_turn_until_it_is_released() -> None:
    """Others of its lane go first; released once, it waits like any other."""
    outbox = Outbox()
    assert outbox.put(replace(deliver(1), held=True), NINE) is None
    (second,) = begun(outbox, 2)
    (first, _) = outbox
    assert ("held", (1, 0)) == (first.state, counts(outbox))
    assert outbox.again(1, "redelivery") is None

    assert outbox.release(1) is None
    assert ("waiting", (1, 1)) == (first.state, counts(outbox))
    assert outbox.release(1) is None
    assert first is outbox.settle(second.number, "delivered", "")


def test_a_duplicate_of_what_was_not_sent_is_not_sent_either() -> None:
    """There is nothing to be doubled."""
    outbox = Outbox()
    outbox.put(deliver(1, unsent="no endpoint is configured"), NINE)
    assert outbox.again(1, "duplicate") is None
    assert (0, 0) == counts(outbox)


def test_a_long_lane_costs_no_more_for_each() -> None:
    """Ten thousand of one ticket are settled in a moment."""
    outbox = Outbox()
    begun(outbox, *range(1, 10_001))
    turn = outbox.get(1)
    while turn is not None:
        following = outbox.settle(turn.number, "delivered", "")
        turn = following
        if turn is not None:
            outbox.start(turn, NINE)
    assert (0, 0) == counts(outbox)

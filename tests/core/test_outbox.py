"""The outbox: one delivery of a lane at a time, in their order; lanes do not wait for one another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.core.effects import Deliver
from simulator.core.outbox import Outbox


def deliver(number: int, lane: str) -> Deliver:
    return Deliver(number, lane, "SPDEV1", "accepted", f"CF-{number}", "application/xml", b"<note/>")


def counts(outbox: Outbox) -> tuple[int, int]:
    return outbox.under_way, outbox.waiting


def test_the_first_of_a_lane_starts_at_once() -> None:
    """It is handed back, and known by its number while it is under way."""
    outbox, first = Outbox(), deliver(1, "A")
    assert (0, 0) == counts(outbox)

    assert first is outbox.put(first)
    assert first is outbox.get(1)
    assert (1, 0) == counts(outbox)


def test_the_next_of_a_lane_starts_when_the_one_before_has_ended() -> None:
    """First in, first out."""
    outbox, second, third = Outbox(), deliver(2, "A"), deliver(3, "A")
    outbox.put(deliver(1, "A"))

    assert [None, None] == [outbox.put(second), outbox.put(third)]
    assert [None, None] == [outbox.get(2), outbox.get(3)]
    assert (1, 2) == counts(outbox)

    assert second is outbox.ended(1)
    assert (1, 1) == counts(outbox)
    assert third is outbox.ended(2)
    assert outbox.ended(3) is None
    assert (0, 0) == counts(outbox)


def test_lanes_do_not_block_one_another() -> None:
    """Another lane starts, and ends, meanwhile."""
    outbox, other = Outbox(), deliver(2, "B")
    outbox.put(deliver(1, "A"))

    assert other is outbox.put(other)
    assert outbox.ended(2) is None
    assert (1, 0) == counts(outbox)


def test_a_lane_that_ran_empty_begins_anew() -> None:
    """Nothing of it is kept."""
    outbox, later = Outbox(), deliver(2, "A")
    outbox.put(deliver(1, "A"))
    outbox.ended(1)

    assert outbox.get(1) is None
    assert later is outbox.put(later)


@pytest.mark.parametrize("number", [2, 3, 4], ids=["ended", "waiting", "unknown"])
def test_only_what_is_under_way_can_end(number: int) -> None:
    """Anything else is a bug of the caller's, and changes nothing."""
    outbox = Outbox()
    outbox.put(deliver(2, "B"))
    outbox.ended(2)
    outbox.put(deliver(1, "A"))
    outbox.put(deliver(3, "A"))

    with pytest.raises(KeyError):
        outbox.ended(number)
    assert (1, 1) == counts(outbox)


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.integers(0, 2)), max_size=40))
def test_each_lane_is_delivered_whole_and_in_order(arrivals: list[tuple[str, int]]) -> None:
    """However puts and ends alternate, nothing is lost, doubled or overtaken, and a lane has one under way."""
    outbox, under_way, started = Outbox(), list[Deliver](), list[Deliver]()

    def begin(one: Deliver | None) -> None:
        if one is not None:
            under_way.append(one)
            started.append(one)
        assert outbox.under_way == len(under_way) == len({found.lane for found in under_way})

    for number, (lane, endings) in enumerate(arrivals, start=1):
        begin(outbox.put(deliver(number, lane)))
        for _ in range(min(endings, len(under_way))):
            begin(outbox.ended(under_way.pop(0).delivery))
    while under_way:
        begin(outbox.ended(under_way.pop(0).delivery))

    assert (0, 0) == counts(outbox)
    for name in "ABC":
        expected = [number for number, (lane, _) in enumerate(arrivals, start=1) if lane == name]
        assert expected == [one.delivery for one in started if one.lane == name]

"""The outbox: every delivery with its attempts. A lane goes first in, first out; lanes do not block one another."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from simulator.core.effects import Deliver, Why

MOST_ENDED = 50_000
"""Deliveries kept after their end, to be looked at and sent again; beyond it the oldest are forgotten."""

Outcome = Literal["", "delivered", "dead-lettered", "unsent"]
Stage = Literal["", "held", "waiting", "under-way", "scheduled", "paused"]


@dataclass(slots=True)
class Attempt:
    """One attempt. ``at`` and ``ended`` are simulated time; ``seq`` is the entry of the journal with its answer."""

    number: int
    why: Why
    at: datetime
    ended: datetime | None = None
    seq: int = 0
    verdict: str = ""
    reason: str = ""


@dataclass(slots=True)
class Delivery:
    """One logical notification. ``outcome`` is what has become of it, ``stage`` what is still to come.

    ``due`` is the instant of its next attempt while it is scheduled, ``made`` that at which it was made, and ``turns``
    counts those that it still has in its lane.
    """

    deliver: Deliver
    made: datetime
    outcome: Outcome = ""
    stage: Stage = ""
    reason: str = ""
    due: datetime | None = None
    turns: int = 0
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def number(self) -> int:
        """Its number, which is its identity."""
        return self.deliver.delivery

    @property
    def state(self) -> str:
        """What is to be said of it in one word."""
        return self.stage or self.outcome


@dataclass(slots=True)
class _Turn:
    """A delivery's turn in its lane, and what it is for: one attempt, or the whole series with its retries."""

    delivery: Delivery
    why: Why
    attempts: int = 0


class Outbox:
    """One turn of a lane (a ticket) is at hand at a time; the next comes when it has been settled."""

    __slots__ = ("_deliveries", "_ended", "_lanes", "_most_ended", "_paused", "_under_way")

    def __init__(self, most_ended: int = MOST_ENDED) -> None:
        self._deliveries: dict[int, Delivery] = {}
        self._lanes: dict[str, deque[_Turn]] = {}
        self._under_way: dict[int, Deliver] = {}
        self._paused: set[str] = set()
        self._ended: dict[int, None] = {}
        self._most_ended = most_ended

    # -- to be looked at

    @property
    def under_way(self) -> int:
        """How many attempts have been handed out and have not ended."""
        return len(self._under_way)

    @property
    def waiting(self) -> int:
        """How many sendings are in a lane and not under way: behind another, until an instant, or for a pause."""
        return sum(len(lane) for lane in self._lanes.values()) - len(self._under_way)

    def __iter__(self) -> Iterator[Delivery]:
        """Every delivery that is kept, in the order in which they were made."""
        return iter(self._deliveries.values())

    def get(self, delivery: int) -> Delivery | None:
        """The delivery of that number, while it is kept."""
        return self._deliveries.get(delivery)

    def attempt(self, delivery: int) -> Deliver | None:
        """The attempt of that delivery that is under way."""
        return self._under_way.get(delivery)

    def ahead_of(self, delivery: Delivery) -> Delivery:
        """The delivery of its lane that is at hand, for which all others of it wait."""
        return self._lane_of(delivery.number)[0].delivery

    def is_paused(self, buyer: str) -> bool:
        """Whether no attempts begin for that buyer."""
        return buyer in self._paused

    @property
    def paused(self) -> list[str]:
        """The buyers for whom no attempts begin."""
        return sorted(self._paused)

    # -- into a lane, and out of it; what has its turn now is returned

    def put(self, deliver: Deliver, now: datetime) -> Delivery | None:
        """Take a notification in. One that is unsent only stays to be asked for."""
        delivery = self._deliveries[deliver.delivery] = Delivery(deliver, now)
        if deliver.unsent:
            delivery.outcome, delivery.reason = "unsent", deliver.unsent
            self._keep_as_ended(delivery)
            return None
        if deliver.held:
            delivery.stage = "held"
            return None
        return self._queue(_Turn(delivery, "first"))

    def release(self, number: int) -> Delivery | None:
        """Let one that is held have its turn; nothing happens to any other."""
        delivery = self._deliveries.get(number)
        if delivery is None or delivery.stage != "held":
            return None
        delivery.stage = ""
        return self._queue(_Turn(delivery, "first"))

    def again(self, number: int, why: Literal["duplicate", "redelivery"]) -> Delivery | None:
        """Let a delivery have one more turn, unless it is not kept, or held; nor is what was not sent doubled."""
        delivery = self._deliveries.get(number)
        if delivery is None or delivery.stage == "held" or (why == "duplicate" and delivery.outcome == "unsent"):
            return None
        return self._queue(_Turn(delivery, why))

    def settle(self, number: int, verdict: Literal["delivered", "refused", "failed"], reason: str) -> Delivery | None:
        """End the turn that is at hand. What is sent again may be delivered after all, and else stays what it was."""
        lane = self._lane_of(number)
        turn = lane.popleft()
        delivery = turn.delivery
        self._end_attempt(delivery, verdict, reason)
        delivery.turns -= 1
        delivery.stage = "waiting" if delivery.turns else ""
        if verdict == "delivered":
            delivery.outcome, delivery.reason = "delivered", ""
        elif delivery.outcome != "delivered":
            delivery.reason = reason
            if turn.why == "first":
                delivery.outcome = "dead-lettered"
        self._keep_as_ended(delivery)
        if lane:
            return lane[0].delivery
        del self._lanes[delivery.deliver.lane]
        return None

    def _queue(self, turn: _Turn) -> Delivery | None:
        lane = self._lanes.setdefault(turn.delivery.deliver.lane, deque())
        lane.append(turn)
        turn.delivery.turns += 1
        if not turn.delivery.stage:
            turn.delivery.stage = "waiting"
        self._ended.pop(turn.delivery.number, None)
        return turn.delivery if len(lane) == 1 else None

    # -- the turn at hand

    def start(self, delivery: Delivery, now: datetime) -> Deliver | None:
        """Begin an attempt, unless its buyer is paused."""
        delivery.due = None
        if delivery.deliver.buyer in self._paused:
            delivery.stage = "paused"
            return None
        turn = self._lane_of(delivery.number)[0]
        why: Why = turn.why if turn.attempts == 0 else "retry"
        turn.attempts += 1
        delivery.stage = "under-way"
        delivery.attempts.append(Attempt(len(delivery.attempts) + 1, why, now))
        started = replace(delivery.deliver, made=delivery.made, attempt=len(delivery.attempts), why=why)
        self._under_way[delivery.number] = started
        return started

    def answered(self, number: int, seq: int, now: datetime) -> None:
        """Note where the journal has the answer to the attempt under way."""
        attempt = self._deliveries[number].attempts[-1]
        attempt.seq, attempt.ended = seq, now

    def schedule(self, number: int, due: datetime, reason: str = "") -> Delivery:
        """Let the turn at hand wait for an instant: after an attempt that has failed, or before the first."""
        delivery = self._deliveries[number]
        self._end_attempt(delivery, "failed", reason)
        delivery.stage, delivery.due, delivery.reason = "scheduled", due, reason
        return delivery

    def pause(self, buyer: str) -> None:
        """Begin no attempts for a buyer any more; those under way go on."""
        self._paused.add(buyer)

    def resume(self, buyer: str) -> list[Delivery]:
        """Take that back; what has waited for it is returned, in order."""
        self._paused.discard(buyer)
        return [one for one in self if one.stage == "paused" and one.deliver.buyer == buyer]

    def _end_attempt(self, delivery: Delivery, verdict: str, reason: str) -> None:
        if self._under_way.pop(delivery.number, None) is not None:
            attempt = delivery.attempts[-1]
            attempt.verdict, attempt.reason = verdict, reason

    def _lane_of(self, number: int) -> deque[_Turn]:
        return self._lanes[self._deliveries[number].deliver.lane]

    def _keep_as_ended(self, delivery: Delivery) -> None:
        if delivery.stage:
            return
        self._ended[delivery.number] = None
        if len(self._ended) > self._most_ended:
            oldest = next(iter(self._ended))
            del self._ended[oldest], self._deliveries[oldest]

"""The outbox: notifications wait here for their turn, first in, first out; lanes do not block one another."""

from collections import deque

from simulator.core.effects import Deliver


class Outbox:
    """One delivery of a lane (a ticket) is under way at a time; the next starts when it has ended."""

    __slots__ = ("_under_way", "_waiting")

    def __init__(self) -> None:
        self._under_way: dict[int, Deliver] = {}
        self._waiting: dict[str, deque[Deliver]] = {}

    @property
    def under_way(self) -> int:
        """How many deliveries have been handed out and have not ended."""
        return len(self._under_way)

    @property
    def waiting(self) -> int:
        """How many deliveries wait for an earlier one of their lane."""
        return sum(len(lane) for lane in self._waiting.values())

    def put(self, deliver: Deliver) -> Deliver | None:
        """Add a delivery. It is returned where it may start now."""
        lane = self._waiting.get(deliver.lane)
        if lane is not None:
            lane.append(deliver)
            return None
        self._waiting[deliver.lane] = deque()
        self._under_way[deliver.delivery] = deliver
        return deliver

    def get(self, delivery: int) -> Deliver | None:
        """The delivery of that number, while it is under way."""
        return self._under_way.get(delivery)

    def ended(self, delivery: int) -> Deliver | None:
        """End a delivery; the next of its lane, which may now start, is returned."""
        lane = self._under_way.pop(delivery).lane
        waiting = self._waiting[lane]
        if not waiting:
            del self._waiting[lane]
            return None
        following = waiting.popleft()
        self._under_way[following.delivery] = following
        return following

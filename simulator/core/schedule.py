"""The schedule: a heap of timers, fired in the order (due, set), each at most once."""

import heapq
from datetime import datetime
from typing import NamedTuple

from simulator.core.effects import SetTimer
from simulator.core.inputs import Timer


class Scheduled(NamedTuple):
    """A timer as it waits. ``order`` is unique, so that the heap never compares timers."""

    due: datetime
    order: int
    timer: Timer


class Schedule:
    """Timers by name; setting one again moves it, cancelling one that is not there does nothing.

    Driving timers and the others wait in a heap each, so that the auto clock finds its next jump at once.
    """

    __slots__ = ("_driving", "_live", "_order", "_passive", "_patient")

    def __init__(self) -> None:
        self._driving: list[Scheduled] = []
        self._passive: list[Scheduled] = []
        self._live: dict[Timer, int] = {}
        self._patient: dict[Timer, float] = {}
        self._order = 0

    def __len__(self) -> int:
        return len(self._live)

    def set(self, effect: SetTimer) -> None:
        """Let a timer wait for its instant."""
        self._order += 1
        self._live[effect.timer] = self._order
        self._patient.pop(effect.timer, None)
        if effect.patience:
            self._patient[effect.timer] = effect.patience
        heap = self._driving if effect.driving else self._passive
        heapq.heappush(heap, Scheduled(effect.due, self._order, effect.timer))

    def cancel(self, timer: Timer) -> None:
        """Forget a timer."""
        self._live.pop(timer, None)
        self._patient.pop(timer, None)

    def patience(self, but: Timer | None = None) -> dict[int, float]:
        """The real seconds of each timer that has patience, by its order, which no other shares.

        ``but`` leaves out those that can't be acted for before that one has fired: of its ticket, or of none.
        """
        out = {"", but.ticket} if but is not None else set()
        return {self._live[timer]: seconds for timer, seconds in self._patient.items() if timer.ticket not in out}

    def _first(self, heap: list[Scheduled]) -> Scheduled | None:
        """The first of a heap that still lives; the dead ones before it are dropped on the way."""
        while heap:
            if self._live.get(heap[0].timer) == heap[0].order:
                return heap[0]
            heapq.heappop(heap)
        return None

    def next(self) -> Scheduled | None:
        """The timer that falls due first, left where it is."""
        driving, passive = self._first(self._driving), self._first(self._passive)
        if driving is None or passive is None:
            return driving or passive
        return min(driving, passive)

    def next_driving(self) -> Scheduled | None:
        """The first timer that the auto clock may jump to."""
        return self._first(self._driving)

    def pop_due(self, now: datetime) -> Scheduled | None:
        """Take the first timer due at or before ``now``."""
        first = self.next()
        if first is None or first.due > now:
            return None
        heap = self._driving if self._driving and self._driving[0] is first else self._passive
        heapq.heappop(heap)
        self.cancel(first.timer)
        return first

    def upcoming(self, most: int) -> list[Scheduled]:
        """The next timers in order, ``most`` at the most."""
        waiting = (*self._driving, *self._passive)
        return heapq.nsmallest(most, (one for one in waiting if self._live.get(one.timer) == one.order))

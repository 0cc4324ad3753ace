"""The simulated clock: one formula. Real seconds are handed in; it reads no clock of its own."""

from datetime import datetime, timedelta

from simulator.core.instants import whole_milliseconds


class Clock:
    """``now = virtual base + rate x (real - real base)``; a rate of 0 stands still. It never goes back."""

    __slots__ = ("_base", "_rate", "_real_base")

    def __init__(self, start: datetime, *, rate: float, real: float) -> None:
        """Start at ``start`` (aware, UTC), at ``rate`` simulated seconds a real one; ``real`` is now, in seconds."""
        self._base = whole_milliseconds(start)
        self._real_base = real
        self._rate = rate

    @property
    def rate(self) -> float:
        """Simulated seconds for each real second; 0 where the clock stands."""
        return self._rate

    def now(self, real: float) -> datetime:
        """The simulated instant at a real one, to the millisecond."""
        return whole_milliseconds(self._exactly(real))

    def _exactly(self, real: float) -> datetime:
        """To the microsecond: what is cut off for others must not get lost each time that the clock is moved."""
        if self._rate == 0:
            return self._base
        try:
            return self._base + timedelta(seconds=self._rate * (real - self._real_base))
        except OverflowError:  # the calendar has ended; time stands
            return datetime.max.replace(tzinfo=self._base.tzinfo)

    def jump(self, to: datetime, real: float) -> None:
        """Move to an instant; an instant that has passed leaves the clock where it is."""
        self._base = max(whole_milliseconds(to), self._exactly(real))
        self._real_base = real

    def run(self, rate: float, real: float) -> None:
        """Go on from the present instant at another rate."""
        self._base = self._exactly(real)
        self._real_base = real
        self._rate = rate

    def real_seconds_until(self, instant: datetime, real: float) -> float | None:
        """How long until ``instant`` if nobody moves the clock; ``None`` where it stands still."""
        if self._rate == 0:
            return None
        return max(0.0, (instant - self.now(real)).total_seconds() / self._rate)

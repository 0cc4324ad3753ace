"""The engine: ``handle(input, now) -> reply + effects``. Synchronous and atomic; it decides first and mutates last.

The engine owns an environment's journal, schedule and outbox. What a request means is the supplier's to say,
who is handed in as a value.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Protocol

from simulator.core.effects import CancelTimer, Deliver, Effect, Reach, Reply, SetTimer
from simulator.core.inputs import (
    DeliveryAnswer,
    DeliveryCompleted,
    FileReceived,
    Input,
    RequestReceived,
    Steered,
    TimerFired,
)
from simulator.core.instants import format_instant
from simulator.core.journal import Data, Journal, Note
from simulator.core.outbox import Outbox
from simulator.core.schedule import Schedule


@dataclass(frozen=True, slots=True)
class Decision:
    """What the supplier makes of one input. Nothing has changed before ``commit`` is called."""

    commit: Callable[[], None]
    notes: Sequence[Note] = ()
    effects: Sequence[Effect] = ()
    reply: Reply | None = None
    ticket: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """The supplier does not do what it is told to. Whoever steers learns why; nothing has changed, nor the journal."""

    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What has come of an input: a request's reply, the deliveries that may start now, a bug of ours for the log."""

    reply: Reply | None
    deliveries: tuple[Deliver, ...] = ()
    bug: Exception | None = None
    refusal: Refusal | None = None


class Supplier(Protocol):
    """All the engine asks of a supplier. Each answer is a :class:`Decision`; none may change anything itself."""

    def request(self, request: RequestReceived, now: datetime) -> Decision:
        """Answer a buyer's request."""

    def file(self, file: FileReceived, now: datetime) -> Decision:
        """Answer a buyer's file."""

    def steered(self, steered: Steered, now: datetime) -> Decision | Refusal:
        """Do what one is told to, or say why not."""

    def timer(self, fired: TimerFired, now: datetime) -> Decision:
        """Do what was due."""

    def delivered(self, deliver: Deliver, answer: DeliveryAnswer, now: datetime) -> Decision:
        """Judge the buyer's answer to a notification."""

    def describe(self, happened: Input) -> Data:
        """An input as the journal keeps it."""

    def failure(self, request: RequestReceived | FileReceived) -> Reply:
        """The answer to a request that met a bug of ours."""


class EnvironmentFailedError(RuntimeError):
    """Applying a decision broke half-way. The environment's state can't be trusted any longer; reset it."""


class Engine:
    """One environment's deterministic core. Not safe to call from two threads."""

    def __init__(
        self, supplier: Supplier, *, has_endpoint: bool, reachable: Mapping[str, bool] = MappingProxyType({})
    ) -> None:
        """``has_endpoint`` says whether notifications have somewhere to go; without one they are only journalled.

        ``reachable`` says it of single buyers, by their names.
        """
        self.journal = Journal()
        self.schedule = Schedule()
        self.outbox = Outbox()
        self.failed: str = ""
        self._supplier = supplier
        self._has_endpoint = has_endpoint
        self._reachable = dict(reachable)
        self._latest: datetime | None = None

    def handle(self, happened: Input, now: datetime) -> Outcome:
        """Take one input at simulated instant ``now``.

        A bug met while deciding costs no state: it is journalled as ``bug`` and a request gets the supplier's 500.
        A command that is refused leaves no trace at all.

        Raises:
            ValueError: time would go back, or a delivery ended that is not under way.
            EnvironmentFailedError: an earlier bug left the environment's state in doubt.
        """
        if self.failed:
            raise EnvironmentFailedError(self.failed)
        if self._latest is not None and now < self._latest:
            message = f"time never goes back: {format_instant(now)} is before {format_instant(self._latest)}"
            raise ValueError(message)
        if isinstance(happened, DeliveryCompleted) and self.outbox.get(happened.delivery) is None:
            message = f"delivery {happened.delivery} is not under way"
            raise ValueError(message)
        try:
            decision = self._decide(happened, now)
            if isinstance(decision, Refusal):
                return Outcome(None, refusal=decision)
            described = self._supplier.describe(happened)
        except Exception as error:  # noqa: BLE001 - our own bug, whatever it is, must not cost the environment
            return self._record_bug(happened, now, error)
        try:
            return self._apply(happened, decision, described, now)
        except Exception as error:
            self.failed = f"{type(error).__name__}: {error}"
            raise EnvironmentFailedError(self.failed) from error

    def fire_next(self, now: datetime) -> Outcome | None:
        """Fire the first timer due at or before ``now``, at its own instant; ``None`` where none is due."""
        if self.failed:
            raise EnvironmentFailedError(self.failed)
        scheduled = self.schedule.pop_due(now)
        if scheduled is None:
            return None
        return self.handle(TimerFired(scheduled.timer), scheduled.due)

    def _decide(self, happened: Input, now: datetime) -> Decision | Refusal:
        match happened:
            case RequestReceived():
                return self._supplier.request(happened, now)
            case FileReceived():
                return self._supplier.file(happened, now)
            case Steered():
                return self._supplier.steered(happened, now)
            case TimerFired():
                return self._supplier.timer(happened, now)
            case DeliveryCompleted(delivery, answer):
                deliver = self.outbox.get(delivery)
                assert deliver is not None, "checked by handle"  # noqa: S101 - narrows the type
                return self._supplier.delivered(deliver, answer, now)

    def _apply(self, happened: Input, decision: Decision, described: Data, now: datetime) -> Outcome:
        """Make a decision true: state, then journal, then timers and outbox."""
        decision.commit()
        self._latest = now
        cause = self.journal.append(now, 0, Note(_KINDS[type(happened)], decision.ticket, described))
        for note in decision.notes:
            self.journal.append(now, cause, note)
        ready: list[Deliver] = []
        if isinstance(happened, DeliveryCompleted):
            following = self.outbox.ended(happened.delivery)
            if following is not None:
                ready.append(following)
        for effect in decision.effects:
            started = self._perform(effect, now, cause)
            if started is not None:
                ready.append(started)
        return Outcome(decision.reply, tuple(ready))

    def _perform(self, effect: Effect, now: datetime, cause: int) -> Deliver | None:
        match effect:
            case SetTimer(timer, due):
                due = max(due, now)  # what should have happened already happens next
                self.schedule.set(replace(effect, due=due))
                data = {"timer": timer.kind, "subject": timer.subject, "due": format_instant(due)}
                self.journal.append(now, cause, Note("timer-set", timer.ticket, data))
            case CancelTimer(timer):
                self.schedule.cancel(timer)
                data = {"timer": timer.kind, "subject": timer.subject}
                self.journal.append(now, cause, Note("timer-cancelled", timer.ticket, data))
            case Deliver(buyer=buyer):
                return self.outbox.put(effect) if self._reachable.get(buyer, self._has_endpoint) else None
            case Reach(buyer, reachable):
                self._reachable[buyer] = reachable
        return None

    def _record_bug(self, happened: Input, now: datetime, error: Exception) -> Outcome:
        """Say loudly that a decision could not be made; nothing but the journal changes."""
        self._latest = now
        try:
            described = self._supplier.describe(happened)
        except Exception:  # noqa: BLE001 - it may be what the bug is about
            described = {}
        cause = self.journal.append(now, 0, Note(_KINDS[type(happened)], "", described))
        self.journal.append(now, cause, Note("bug", "", {"error": f"{type(error).__name__}: {error}"}))
        ready: tuple[Deliver, ...] = ()
        reply = None
        if isinstance(happened, DeliveryCompleted):
            following = self.outbox.ended(happened.delivery)
            ready = (following,) if following is not None else ()
        elif isinstance(happened, RequestReceived | FileReceived):
            reply = self._supplier.failure(happened)
        return Outcome(reply, ready, error)


_KINDS = {
    RequestReceived: "request-received",
    FileReceived: "file-received",
    TimerFired: "timer-fired",
    DeliveryCompleted: "delivery-completed",
    Steered: "steered",
}

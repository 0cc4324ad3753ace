"""The engine: ``handle(input, now) -> reply + effects``. Synchronous and atomic; it decides first and mutates last.

The engine owns an environment's journal, schedule and outbox. What a request means is the supplier's to say,
who is handed in as a value.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Literal, Protocol

from simulator.core.effects import (
    Again,
    CancelTimer,
    Deliver,
    Effect,
    Pause,
    Reach,
    Release,
    Reply,
    Retry,
    SetTimer,
    Settle,
)
from simulator.core.inputs import (
    DeliveryAnswer,
    DeliveryCompleted,
    FileReceived,
    Input,
    RequestReceived,
    Steered,
    Timer,
    TimerFired,
)
from simulator.core.instants import format_instant
from simulator.core.journal import Data, Journal, Note
from simulator.core.outbox import Delivery, Outbox
from simulator.core.schedule import Schedule

DELIVERY = "delivery"
"""The timer of a delivery's next attempt; its subject is the delivery's number. The engine's own: it asks nobody."""
NO_ENDPOINT = "no endpoint is configured"
"""Why a notification was not sent."""


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
        """Judge the buyer's answer to an attempt: its effects say whether to settle the delivery, or to retry it."""

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
        if isinstance(happened, DeliveryCompleted):
            under_way = self.outbox.attempt(happened.delivery)
            if under_way is None or under_way.attempt != happened.attempt:
                message = f"attempt {happened.attempt} of delivery {happened.delivery} is not under way"
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
            case TimerFired(timer):
                if timer.kind == DELIVERY:
                    return Decision(_nothing, ticket=timer.ticket)
                return self._supplier.timer(happened, now)
            case DeliveryCompleted(delivery, answer):
                deliver = self.outbox.attempt(delivery)
                assert deliver is not None, "checked by handle"  # noqa: S101 - narrows the type
                judged = self._supplier.delivered(deliver, answer, now)
                said = [one for one in judged.effects if isinstance(one, Retry | Settle)]
                assert len(said) == 1, "a lane goes on once, or waits"  # noqa: S101 - a bug, were it otherwise
                return judged

    def _apply(self, happened: Input, decision: Decision, described: Data, now: datetime) -> Outcome:
        """Make a decision true: state, then journal, then timers and outbox."""
        decision.commit()
        self._latest = now
        cause = self.journal.append(now, 0, Note(_KINDS[type(happened)], decision.ticket, described))
        for note in decision.notes:
            self.journal.append(now, cause, note)
        ready: list[Deliver] = []
        if isinstance(happened, DeliveryCompleted):
            self.outbox.answered(happened.delivery, cause, now)
        elif isinstance(happened, TimerFired) and happened.timer.kind == DELIVERY:
            ready += self._begin(self.outbox.get(int(happened.timer.subject)), now)
        for effect in decision.effects:
            ready += self._perform(effect, now, cause)
        return Outcome(decision.reply, tuple(ready))

    def _perform(self, effect: Effect, now: datetime, cause: int) -> list[Deliver]:
        """Make one effect true; the attempts that may start now are returned."""
        match effect:
            case SetTimer():
                self._set(effect, now, cause)
            case CancelTimer(timer):
                self._cancel(timer, now, cause)
            case Reach(buyer, reachable):
                self._reachable[buyer] = reachable
            case Pause(buyer, paused):
                if not paused:
                    return [started for one in self.outbox.resume(buyer) for started in self._begin(one, now)]
                self.outbox.pause(buyer)
            case _:
                return self._carry(effect, now, cause)
        return []

    def _carry(self, effect: Deliver | Again | Release | Retry | Settle, now: datetime, cause: int) -> list[Deliver]:
        """The same, for what concerns one delivery."""
        match effect:
            case Deliver(buyer=buyer):
                reachable = self._reachable.get(buyer, self._has_endpoint)
                taken = effect if reachable or effect.unsent else replace(effect, unsent=NO_ENDPOINT)
                return self._next(self.outbox.put(taken, now), now, cause)
            case Release(number):
                return self._next(self.outbox.release(number), now, cause)
            case Again(number, why):
                return self._again(number, why, now, cause)
            case Settle(number, verdict, reason):
                return self._next(self.outbox.settle(number, verdict, reason), now, cause)
            case Retry(number, due, reason):
                self._schedule(self.outbox.schedule(number, due, reason), due, now, cause)
        return []

    # -- timers

    def _set(self, effect: SetTimer, now: datetime, cause: int) -> None:
        due = max(effect.due, now)  # what should have happened already happens next
        self.schedule.set(replace(effect, due=due))
        timer = effect.timer
        data = {"timer": timer.kind, "subject": timer.subject, "due": format_instant(due)}
        self.journal.append(now, cause, Note("timer-set", timer.ticket, data))

    def _cancel(self, timer: Timer, now: datetime, cause: int) -> None:
        self.schedule.cancel(timer)
        data = {"timer": timer.kind, "subject": timer.subject}
        self.journal.append(now, cause, Note("timer-cancelled", timer.ticket, data))

    # -- deliveries

    def _next(self, delivery: Delivery | None, now: datetime, cause: int) -> list[Deliver]:
        """A delivery's turn has come: begin, unless it must not yet."""
        if delivery is None:
            return []
        not_before = delivery.deliver.not_before
        if not_before is not None and not_before > now and not delivery.attempts and not delivery.outcome:
            self._schedule(self.outbox.schedule(delivery.number, not_before), not_before, now, cause)
            return []
        return self._begin(delivery, now)

    def _begin(self, delivery: Delivery | None, now: datetime) -> list[Deliver]:
        started = self.outbox.start(delivery, now) if delivery is not None else None
        return [started] if started is not None else []

    def _schedule(self, delivery: Delivery, due: datetime, now: datetime, cause: int) -> None:
        self._set(SetTimer(_timer(delivery), due, driving=True), now, cause)

    def _again(self, number: int, why: Literal["duplicate", "redelivery"], now: datetime, cause: int) -> list[Deliver]:
        delivery = self.outbox.get(number)
        if delivery is not None and why == "redelivery" and delivery.stage == "scheduled":
            self._cancel(_timer(delivery), now, cause)
            return self._begin(delivery, now)
        return self._next(self.outbox.again(number, why), now, cause)

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
            self.outbox.answered(happened.delivery, cause, now)
            following = self.outbox.settle(happened.delivery, "failed", "a bug of the simulator's own")
            ready = tuple(self._next(following, now, cause))
        elif isinstance(happened, RequestReceived | FileReceived):
            reply = self._supplier.failure(happened)
        return Outcome(reply, ready, error)


def _nothing() -> None:
    """The commit of what is the engine's own."""


def _timer(delivery: Delivery) -> Timer:
    return Timer(DELIVERY, str(delivery.number), under=delivery.deliver.lane)


_KINDS = {
    RequestReceived: "request-received",
    FileReceived: "file-received",
    TimerFired: "timer-fired",
    DeliveryCompleted: "delivery-completed",
    Steered: "steered",
}

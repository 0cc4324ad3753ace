"""CityFibre as the engine sees it: each input becomes a decision; nothing changes before it is committed."""

import base64
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from simulator.cityfibre import answers, deliveries, faulty_answers, faulty_notifications, injecting, sla, uploads
from simulator.cityfibre.actions import ACTIONS, act
from simulator.cityfibre.books import Basis, Books, Draft, Leader
from simulator.cityfibre.explaining import Explanation, explained
from simulator.cityfibre.inventory import Inventory
from simulator.cityfibre.leading import TIMER as SCRIPT_TIMER
from simulator.cityfibre.life import STEPS, change
from simulator.cityfibre.reception import Opened, open_request, receive
from simulator.cityfibre.settings import SupplierSettings
from simulator.core.effects import Again, Deliver, Effect, Pause, Reach, Reply
from simulator.core.engine import Decision, Refusal
from simulator.core.ids import Ids
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
from simulator.core.journal import Data
from simulator.wire.fault import Fault

LONGEST_ANSWER = 64 * 1024
"""Bytes of an acknowledgement that the journal keeps."""


REACH = "reach-buyer"
"""The command that says whether a buyer's notifications have somewhere to go: ``buyer``, ``reachable``."""
PAUSE = "pause-buyer"
"""The command by which no attempts begin for a buyer, or begin again: ``buyer``, ``paused``."""
REDELIVER = "redeliver"
"""The command that sends a notification once more: ``delivery``. Its subject is the ticket."""


class CityFibre:
    """The supplier of one environment: its books, and what it makes of each input."""

    def __init__(
        self, settings: SupplierSettings, inventory: Inventory, seed: int, leader: Leader | None = None
    ) -> None:
        """``leader`` leads tickets in place of the default life."""
        self.books = Books()
        self._basis = Basis(settings, inventory, Ids(seed), leader)
        self._requests = 0

    def request(self, request: RequestReceived, now: datetime, opened: Opened | None = None) -> Decision:
        """Answer a request; a refusal keeps nothing but what the journal is told, and what a script makes of it."""
        draft = Draft(self.books, self._basis, now, self._requests + 1, request)
        received = receive(request, draft, opened)
        if not received.good:
            notes, draft = draft.notes, Draft(self.books, self._basis, now)
            draft.notes = notes
        received, draft = faulty_answers.inject(request, received, draft, lambda: Draft(self.books, self._basis, now))
        if self._basis.leader is not None:
            self._basis.leader.heard(request, received, draft)
        return Decision(self._counted(draft.commit), draft.notes, draft.effects, received.reply, received.ticket)

    def explain(self, request: RequestReceived, now: datetime) -> Explanation:
        """What would become of a request that came now, and why. Nothing changes: its decision is never committed."""
        opened = open_request(request)
        decision = self.request(request, now, opened)
        return explained(
            request, opened, decision, lambda: Draft(self.books, self._basis, now, self._requests + 1, request)
        )

    def _counted(self, commit: Callable[[], None]) -> Callable[[], None]:
        """Requests are counted, refused ones too: what their answers draw ids from, whatever happens between them."""

        def count() -> None:
            commit()
            self._requests += 1

        return count

    def file(self, file: FileReceived, now: datetime) -> Decision:
        """Answer a file that a buyer has put; a refusal keeps nothing but what the journal is told."""
        draft = Draft(self.books, self._basis, now)
        reply, ticket, good = uploads.receive(file, draft)
        return Decision(draft.commit if good else _keep_nothing, draft.notes, draft.effects, reply, ticket)

    def steered(self, steered: Steered, now: datetime) -> Decision | Refusal:
        """Let a move of the supplier's happen (contract §3), or tell the leader what it is told."""
        leader = self._basis.leader
        if leader is not None and steered.command in leader.commands():
            draft = Draft(self.books, self._basis, now)
            refused = leader.steered(steered, draft)
            return refused or Decision(draft.commit, draft.notes, draft.effects, None, steered.subject)
        if steered.command in _OF_DELIVERIES:
            effect = _OF_DELIVERIES[steered.command](steered.parameters)
            return Decision(_keep_nothing, effects=[effect], ticket=steered.subject)
        if steered.command in injecting.COMMANDS:
            draft = Draft(self.books, self._basis, now)
            refused = injecting.COMMANDS[steered.command](steered, draft)
            return refused or Decision(draft.commit, draft.notes, draft.effects, None, steered.subject)
        found = self.books.find_address(steered.subject)
        action = ACTIONS.get(steered.command)
        if found is None or action is None:
            return Refusal(f"there is no action {steered.command!r}" if found else "there is no such ticket")
        draft = Draft(self.books, self._basis, now)
        parameters = action.parameters.model_validate(steered.parameters)
        refusal = act(action.name, parameters, draft.edit(found.number), draft)
        return refusal or Decision(draft.commit, draft.notes, draft.effects, None, found.address)

    def timer(self, fired: TimerFired, now: datetime) -> Decision:
        """Do what was due: a step of the default life or of a script, the end of a hold, the mark of a deadline."""
        leader = self._basis.leader
        if leader is not None and fired.timer.kind == SCRIPT_TIMER:
            draft = leader.due(fired.timer, lambda: Draft(self.books, self._basis, now))
        else:
            draft = Draft(self.books, self._basis, now)
            _TIMERS[fired.timer.kind](fired.timer, draft)
        return Decision(draft.commit, draft.notes, draft.effects, None, fired.timer.ticket)

    def delivered(self, deliver: Deliver, answer: DeliveryAnswer, now: datetime) -> Decision:
        """Judge what the buyer's endpoint said."""
        draft = Draft(self.books, self._basis, now)
        deliveries.completed(deliver, answer, draft)
        return Decision(draft.commit, draft.notes, draft.effects, None, deliver.lane)

    def describe(self, happened: Input) -> Data:
        """An input as the journal keeps it: all that a replay needs, nothing that another run could not repeat."""
        match happened:
            case RequestReceived():
                facts = {
                    "method": happened.method,
                    "content_type": happened.content_type,
                    "content_encoding": happened.content_encoding,
                    "trouble": happened.trouble or "",
                    "scenario": happened.scenario,
                }
                said = {name: fact for name, fact in facts.items() if fact}
                return {"operation": happened.operation, **said, **_caller(happened), **_text("body", happened.body)}
            case FileReceived():
                told = {"file": happened.name, "method": happened.method, "bytes": happened.size}
                return {**told, "sha256": happened.sha256, "trouble": happened.trouble or "", **_caller(happened)}
            case Steered():
                return {"command": happened.command, "parameters": dict(happened.parameters)}
            case TimerFired(timer):
                return {"timer": timer.kind, "subject": timer.subject}
            case DeliveryCompleted(delivery, answer, attempt):
                kept = answer.body[:LONGEST_ANSWER]
                asked = {} if answer.retry_after is None else {"retry_after": answer.retry_after}
                outcome: dict[str, object] = {"delivery": delivery, "attempt": attempt, "status": answer.status}
                return {**outcome, "failure": answer.failure, **asked, **_text("body", kept)}

    def failure(self, request: RequestReceived | FileReceived) -> Reply:
        """A bug of ours: a fault that says so, and nothing more."""
        body = request.body if isinstance(request, RequestReceived) else b""
        fault = Fault("Server", "The simulator met a bug of its own; its log and journal say more", "bug")
        settings = self._basis.settings
        return answers.fault_reply(500, fault, answers.style_of(body, settings), settings)


_OF_DELIVERIES: Mapping[str, Callable[[Mapping[str, Any]], Effect]] = {
    REACH: lambda said: Reach(said["buyer"], reachable=said["reachable"]),
    PAUSE: lambda said: Pause(said["buyer"], paused=said["paused"]),
    REDELIVER: lambda said: Again(said["delivery"], "redelivery"),
}
"""Commands that concern only what the core does with notifications."""


def _keep_nothing() -> None:
    """The commit of what changes nothing in the books."""


def _live_on(timer: Timer, draft: Draft) -> None:
    step = STEPS[timer.kind]
    found = draft.books.find_address(timer.subject)
    if found is None or found.timer != timer.kind:
        message = f"the timer {timer.kind} of {timer.subject} fired, but the ticket does not await it"
        raise LookupError(message)
    ticket = draft.edit(found.number)
    ticket.timer = ""
    change(draft, ticket, step.trigger, step.reason)


def _expire_hold(timer: Timer, draft: Draft) -> None:
    reservation = draft.reservation(timer.subject)
    if reservation is not None:
        draft.release(reservation)
        draft.note("hold-expired", "", {"key": reservation.key, "slot": str(reservation.slot)})


def _mark_deadline(timer: Timer, draft: Draft) -> None:
    found = draft.books.find_address(timer.subject)
    if found is not None:
        sla.mark_exceeded(draft.edit(found.number), draft)


_TIMERS: Mapping[str, Callable[[Timer, Draft], None]] = {
    **dict.fromkeys(STEPS, _live_on),
    "hold-expiry": _expire_hold,
    sla.TIMER: _mark_deadline,
    faulty_notifications.TIMER: faulty_notifications.release,
}


def _caller(sent: RequestReceived | FileReceived) -> dict[str, object]:
    """Who sent something, where that was asked."""
    if sent.caller is None:
        return {}
    facts = {"buyer": sent.caller.buyer, "stopped": sent.caller.stopped, "told": sent.caller.told}
    return {"caller": {name: fact for name, fact in facts.items() if fact}}


def _text(name: str, body: bytes) -> dict[str, object]:
    """Bytes for a journal of JSON: as text where they are UTF-8, else as base64."""
    try:
        return {name: body.decode()} if body else {}
    except UnicodeDecodeError:
        return {f"{name}_base64": base64.b64encode(body).decode()}

"""Faults of requests: what is turned away although nothing is wrong with it, and answers that arrive marred, or not."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import get_args

from simulator.cityfibre import answers, callers
from simulator.cityfibre.books import Draft
from simulator.cityfibre.faults import (
    OF_REQUESTS,
    TURN_AWAY,
    Active,
    Fault,
    Latency,
    OperationName,
    Outage,
    SlowAnswer,
    TooManyRequests,
    Unavailable,
)
from simulator.cityfibre.injecting import meet
from simulator.cityfibre.received import Received
from simulator.core.effects import Manner, Reply
from simulator.core.inputs import RequestReceived
from simulator.wire import fault as soap

_SECOND = timedelta(seconds=1)


def inject(
    request: RequestReceived, received: Received, kept: Draft, open_draft: Callable[[], Draft]
) -> tuple[Received, Draft]:
    """What becomes of a request that has been decided, and the draft that holds: mostly just ``received`` and ``kept``.

    A fault that turns it away lets nothing of that be; then there is another draft, of ``open_draft``.
    """
    operation = request.operation
    known = bool(kept.faults) and request.method == "POST" and operation in get_args(OperationName)
    known = known and received.rule not in callers.RULES  # who may not come in meets nothing that is inside
    met = meet(OF_REQUESTS, operation, received.ticket, kept) if known else None
    if met is None:
        return received, kept
    if met.kind in TURN_AWAY:
        return _turn_away(met, request, received, kept, open_draft())
    return replace(received, reply=_MARRED[met.kind](received.reply, met.fault)), kept


def _turn_away(
    met: Active, request: RequestReceived, received: Received, dropped: Draft, draft: Draft
) -> tuple[Received, Draft]:
    draft.faults = dropped.faults
    injected = dropped.notes[-1]
    reply = _refusal(met, request, draft)
    reason = f"fault {met.number} was injected: {TURN_AWAY[met.kind][1][:1].lower()}{TURN_AWAY[met.kind][1][1:]}"
    told = {"rule": met.kind, "reason": reason, "line": 0, "column": 0, "path": ""}
    draft.note("request-refused", received.ticket, {**told, "status": reply.status, "body": reply.body.decode()})
    draft.note(injected.kind, injected.ticket, injected.data)
    return Received(reply, good=False, ticket=received.ticket, rule=met.kind, reason=reason), draft


def _refusal(met: Active, request: RequestReceived, draft: Draft) -> Reply:
    status, said = TURN_AWAY[met.kind]
    if not status:
        return Reply(0, "", b"", manner=Manner(reset=True))
    fault = soap.Fault("Server", said, met.kind)
    reply = answers.fault_reply(status, fault, answers.style_of(request.body, draft.settings), draft.settings)
    return replace(reply, retry_after=_retry_after(met, draft))


def _retry_after(met: Active, draft: Draft) -> int | None:
    """In seconds; until the end of an outage, which is simulated time."""
    if isinstance(met.fault, TooManyRequests | Unavailable):
        return met.fault.retry_after
    if isinstance(met.fault, Outage) and met.ends is not None:
        return -((draft.now - met.ends) // _SECOND)
    return None


def _late(reply: Reply, fault: Fault) -> Reply:
    assert isinstance(fault, Latency)  # noqa: S101 - narrows the type
    return replace(reply, manner=Manner(wait_milliseconds=fault.milliseconds))


def _slow(reply: Reply, fault: Fault) -> Reply:
    assert isinstance(fault, SlowAnswer)  # noqa: S101 - narrows the type
    return replace(reply, manner=Manner(over_milliseconds=fault.milliseconds))


_MARRED: Mapping[str, Callable[[Reply, Fault], Reply]] = {
    "latency": _late,
    "slow-answer": _slow,
    "reset-after-commit": lambda reply, _: replace(reply, manner=Manner(reset=True)),
    "empty-answer": lambda reply, _: replace(reply, body=b""),
    "truncated-answer": lambda reply, _: replace(reply, body=reply.body[: len(reply.body) // 2]),
    "malformed-answer": lambda reply, _: replace(reply, body=reply.body[: reply.body.rindex(b"</")] + b"</other>"),
}
"""Answers that go out otherwise than they were made; the journal has them as they were made."""

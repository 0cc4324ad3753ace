"""What the endpoint answers, as values: what goes over the wire, and how people are told of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from simulator.listening.failing import WAYS, Failing
from simulator.listening.notification import ACKNOWLEDGEMENT, MISNAMED, Notification, acknowledgement
from simulator.wire.envelope import CONTENT_TYPES

Deed = Literal["answer", "reset", "silent", "close"]
TEXT = "text/plain; charset=utf-8"
_NO_BODY = 304


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. ``told`` says in words what it was; ``good`` whether it is as it should be.

    ``deed`` is what is done to the connection: only with ``answer`` does all of it go out.
    """

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    told: str = ""
    good: bool = False
    deed: Deed = "answer"


def acknowledged(notification: Notification) -> Answer:
    """The good answer."""
    headers = {"Content-Type": CONTENT_TYPES[notification.style]}
    return Answer(200, acknowledgement(notification), headers, "200, acknowledged", good=True)


def in_words(status: int, reason: str, told: str = "", **headers: str) -> Answer:
    """An answer in plain text."""
    return Answer(status, f"{reason}\n".encode(), {"Content-Type": TEXT, **headers}, told or f"{status}, {reason}")


def as_told(failing: Failing, notification: Notification) -> Answer:
    """The failure that was asked for."""
    why = f"as told (--fail {failing.how})"
    if failing.status is not None:
        after = {} if failing.retry_after is None else {"Retry-After": str(failing.retry_after)}
        asks = "" if failing.retry_after is None else f", Retry-After {failing.retry_after}"
        if failing.status == _NO_BODY:
            return Answer(failing.status, headers=after, told=f"{failing.status}{asks}, {why}")
        return in_words(failing.status, f"Failed {why}", f"{failing.status}{asks}, {why}", **after)
    head = {"Content-Type": CONTENT_TYPES[notification.style]}
    told = f"{WAYS[failing.how]}, {why}"
    good = acknowledgement(notification)
    match failing.how:
        case "refuse":
            return Answer(200, acknowledgement(notification, f"Refused {why}"), head, told)
        case "broken":
            return Answer(200, good.replace(f"</{ACKNOWLEDGEMENT}>".encode(), f"</{MISNAMED}>".encode()), head, told)
        case "close":
            return Answer(200, good, head, told, deed="close")
        case "reset":
            return Answer(200, told=told, deed="reset")
        case "silent":
            return Answer(200, told=told, deed="silent")
    return Answer(200, told=told)

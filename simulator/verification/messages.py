"""The messages of a journal: requests with their answers, and notifications with what became of them."""

import base64
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from lxml import etree

from simulator.core.journal import Entry
from simulator.scenario.message import Fields, fields_of
from simulator.verification.expectation import Kind

Hide = Callable[[bytes], bytes]
"""Blanks in a message what must not be told."""
_ANSWERS = frozenset({"request-answered", "request-refused", "bug"})
_OUTCOMES = {
    "notification-delivered": True,
    "notification-refused": False,
    "notification-failed": False,
    "notification-dead-lettered": False,
}


def called(kind: Kind, name: str) -> str:
    """What messages of a kind are called, for people."""
    return name if kind == "operation" else f"notification {name}"


@dataclass(slots=True)
class Message:
    """A request with its answer, or a notification; ``delivered`` is ``None`` until the buyer's answer is known."""

    entry: Entry
    kind: Kind
    name: str
    status: int | None = None
    refused_by: str = ""
    delivered: bool | None = None

    @property
    def seq(self) -> int:
        """The seq of the entry with the message itself."""
        return self.entry.seq

    @property
    def called(self) -> str:
        """What it is called, for people."""
        return called(self.kind, self.name)

    @property
    def at(self) -> datetime:
        """When it came, in simulated time."""
        return self.entry.at

    @property
    def ticket(self) -> str:
        """The address of the ticket that it is about; empty where it is about none."""
        return self.entry.ticket

    @property
    def body(self) -> bytes:
        """The message, byte for byte."""
        data = self.entry.data
        if isinstance(encoded := data.get("body_base64"), str):
            return base64.b64decode(encoded)
        return str(data.get("body", "")).encode()


class Opened:
    """A message whose body is read once, and only if somebody looks into it."""

    def __init__(self, message: Message, hide: Hide = lambda body: body) -> None:
        self.message = message
        self._hide = hide

    @cached_property
    def fields(self) -> Fields:
        """Its elements; those of a body that can't be read are none."""
        return fields_of(self._hide(self.message.body))

    @cached_property
    def root(self) -> etree._Element | None:
        """Its outermost element, in a document of its own: no XPath sees the envelope."""
        root = self.fields.root
        return root if root is None or root.getparent() is None else deepcopy(root)


class Messages:
    """Reads entries in their order, and makes messages of them."""

    def __init__(self) -> None:
        self._asked: dict[int, Message] = {}
        self._told: dict[object, Message] = {}

    def take(self, entry: Entry) -> Message | None:
        """The message that an entry completes, or tells more of; ``None`` where it does neither."""
        data = entry.data
        if entry.kind == "request-received":
            self._asked[entry.seq] = Message(entry, "operation", str(data.get("operation", "")))
        elif entry.kind in _ANSWERS:
            return self._answered(entry)
        elif entry.kind == "notification":
            message = Message(entry, "notification", str(data["notification"]))
            self._told[data["delivery"]] = message
            return message
        elif entry.kind in _OUTCOMES:
            found = self._told.get(data["delivery"])
            taken = _OUTCOMES[entry.kind]
            if found is None or (found.delivered and not taken):
                return None  # what was taken once stays so, however often it is sent again
            found.delivered = taken
            return found
        return None

    def _answered(self, entry: Entry) -> Message | None:
        """A request is told of with its answer, which comes with it; one that met a bug of ours has no status here."""
        message = self._asked.pop(entry.cause, None)
        if message is not None:
            status = entry.data.get("status")
            message.status = status if isinstance(status, int) else None
            message.refused_by = str(entry.data.get("rule", ""))
        return message

"""A journal as a page tells it: each ticket's events in order, and a strip of its states on simulated time."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Literal

from simulator.core.journal import Entry
from simulator.server.control.redaction import redacted
from simulator.server.pages.words import WORDS

Tone = Literal["buyer", "supplier", "state", "warning", "refusal", "quiet"]
SHORTEST_GAP = timedelta(minutes=1)
"""Simulated time between two events from which on it is shown."""
WIDTH = 1_000
"""Of a strip, in units of its own."""


@dataclass(slots=True)
class Event:
    """What has happened at one instant: a title, more lines, and the messages that belong to it.

    ``gap`` is how long nothing had happened before.
    """

    seq: int
    at: datetime
    tone: Tone
    title: str
    lines: list[str] = field(default_factory=list)
    messages: list[tuple[str, str]] = field(default_factory=list)
    gap: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """A ticket's state for a while: where it begins on the strip, and how long it is there."""

    state: str
    x: float
    width: float
    told: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A request or a notification on the strip."""

    tone: Tone
    x: float
    told: str


@dataclass(slots=True)
class Story:
    """All that is told of one ticket; of those without one, ``ticket`` is empty."""

    ticket: str
    events: list[Event] = field(default_factory=list)
    changes: list[tuple[datetime, str]] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)


def stories(entries: Iterable[Entry], begin: datetime, end: datetime) -> dict[str, Story]:
    """The story of each ticket, by its address, and under the empty one all that is no ticket's.

    ``begin`` and ``end`` are the instants at which the common axis of the strips begins and ends.
    """
    found: dict[str, Story] = {}
    reader = _Reader(found)
    for entry in entries:
        reader.take(entry)
    for story in found.values():
        _show_gaps(story.events)
        _draw(story, begin, end)
    return found


class _Reader:
    """Reads entries in order. A request is told with its answer, an attempt with its notification."""

    def __init__(self, found: dict[str, Story]) -> None:
        self._found = found
        self._asked: dict[int, Mapping[str, Any]] = {}
        self._told: dict[object, Event] = {}

    def take(self, entry: Entry) -> None:
        data = entry.data
        if entry.kind in {"request-received", "file-received"}:
            self._asked[entry.seq] = data
            return
        if entry.kind in _OUTCOMES or entry.kind == "delivery-completed":
            self._attempt(entry)
            return
        story = self._found.setdefault(entry.ticket, Story(entry.ticket))
        if entry.kind in _STATES:
            story.changes.append((entry.at, str(data.get("to", "pending"))))
        words = WORDS.get(entry.kind)
        if words is None:
            return
        asked = self._asked.pop(entry.cause, {}) if entry.kind in _ANSWERS else {}
        tone, title, lines = words({**asked, **data})
        event = Event(entry.seq, entry.at, tone, title, [line for line in lines if line])
        event.messages += [
            (name, text) for name, one in (("request", asked), ("message", data)) if (text := _body(one))
        ]
        if entry.kind == "notification":
            self._told[data["delivery"]] = event
        story.events.append(event)

    def _attempt(self, entry: Entry) -> None:
        event = self._told.get(entry.data["delivery"])
        if event is None:
            return  # its notification is further back than the page goes
        if entry.kind == "delivery-completed":
            if text := _body(entry.data):
                event.messages.append(("buyer's answer", text))
            return
        reason = str(entry.data.get("reason") or "")
        event.lines.append(_OUTCOMES[entry.kind] + (f": {reason}" if reason else ""))
        if entry.kind != "notification-delivered":
            event.tone = "warning"


_STATES = frozenset({"ticket-added", "ticket-changed"})
_ANSWERS = frozenset({"request-answered", "request-refused", "file-stored", "file-refused"})
_OUTCOMES = {
    "notification-delivered": "delivered",
    "notification-refused": "refused by the buyer",
    "notification-failed": "not delivered",
}


def _body(data: Mapping[str, Any]) -> str:
    text = data.get("body")
    return redacted(text) if isinstance(text, str) else "(no UTF-8)" if data.get("body_base64") else ""


def _show_gaps(events: list[Event]) -> None:
    for before, after in pairwise(events):
        if after.at - before.at >= SHORTEST_GAP:
            after.gap = in_words(after.at - before.at)


def in_words(span: timedelta) -> str:
    """A span for people: its two largest units, such as ``1 d 2 h``."""
    minutes = round(span.total_seconds() / 60)
    days, minutes = divmod(minutes, 24 * 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{count} {unit}" for count, unit in ((days, "d"), (hours, "h"), (minutes, "min")) if count]
    return " ".join(parts[:2]) or f"{span.total_seconds():g} s"


def _draw(story: Story, begin: datetime, end: datetime) -> None:
    """Place the states and the messages on the axis."""
    whole = max((end - begin).total_seconds(), 1.0)

    def x(at: datetime) -> float:
        return round(min(max((at - begin).total_seconds() / whole, 0.0), 1.0) * WIDTH, 1)

    ends = [at for at, _ in story.changes[1:]] + [end]
    for (since, state), until in zip(story.changes, ends, strict=False):
        width = round(x(until) - x(since), 1)
        if width > 0:
            told = f"{state} from {since:%d %b %H:%M} for {in_words(until - since)}"
            story.spans.append(Span(state, x(since), width, told))
    for event in story.events:
        if event.tone in {"buyer", "supplier", "refusal", "warning"} and event.messages:
            story.marks.append(Mark(event.tone, x(event.at), f"{event.at:%d %b %H:%M} {event.title}"))

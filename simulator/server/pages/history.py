"""A journal as a page tells it: each ticket's events in order, and a strip of its states on simulated time."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Literal

from simulator.cityfibre.injecting import REMOVE, SET
from simulator.core.instants import parse_instant
from simulator.core.journal import Entry
from simulator.server.control.redaction import redacted
from simulator.server.pages.words import WORDS

Tone = Literal["buyer", "supplier", "state", "warning", "refusal", "quiet"]
SHORTEST_GAP = timedelta(minutes=1)
"""Simulated time between two events from which on it is shown."""
WIDTH = 100
"""Of a strip, in hundredths of the whole."""
LONGEST_MESSAGE = 10_000
"""Characters of one message that a page shows."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it may be shown: what it is, the entry that has it, and its text, or the beginning of that."""

    name: str
    seq: int
    text: str
    cut: bool = False


@dataclass(slots=True)
class Event:
    """What has happened at one instant: a title, more lines, and the messages that belong to it, by what they are.

    ``ticket`` is the address of the ticket that it is about. ``gap`` is how long nothing had happened before; ``again``
    says that the event before it was at the same instant.
    """

    seq: int
    at: datetime
    ticket: str
    tone: Tone
    title: str
    lines: list[str] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    gap: str = ""
    again: bool = False


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
    """All that is told of one ticket; of those without one, ``ticket`` is empty.

    ``cut``: its first state is older than what is told.
    """

    ticket: str
    events: list[Event] = field(default_factory=list)
    changes: list[tuple[datetime, str]] = field(default_factory=list)
    cut: bool = False
    spans: list[Span] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)


def stories(entries: Iterable[Entry], begin: datetime, end: datetime, states: Mapping[str, str]) -> dict[str, Story]:
    """The story of each ticket, by its address, and under the empty one all that is no ticket's.

    ``begin`` and ``end`` are the instants at which the common axis of the strips begins and ends,
    ``states`` those of tickets at the end, by their addresses.
    """
    found = {address: Story(address) for address in states}
    reader = _Reader(found, begin)
    for entry in entries:
        reader.take(entry)
    for address, state in states.items():
        _begin(found[address], begin, state)
    for story in found.values():
        _show_gaps(story.events)
        _draw(story, begin, end)
    return found


class _Reader:
    """Reads entries in order. A request is told with its answer, an attempt with its notification."""

    def __init__(self, found: dict[str, Story], begin: datetime) -> None:
        self._found = found
        self._begin = begin
        self._asked: dict[int, Mapping[str, Any]] = {}
        self._told: dict[object, Event] = {}
        self._dropped: dict[object, str] = {}

    def take(self, entry: Entry) -> None:
        data = entry.data
        if entry.kind in {"request-received", "file-received"}:
            self._asked[entry.seq] = data
            return
        if entry.kind in _OUTCOMES or entry.kind == "delivery-completed":
            self._attempt(entry)
            return
        story = self._found.setdefault(entry.ticket, Story(entry.ticket))
        if entry.kind == "ticket-changed":
            _begin(story, self._begin, str(data["from"]))
        if entry.kind in _STATES:
            story.changes.append((entry.at, str(data.get("to", "pending"))))
        words = WORDS.get(entry.kind)
        if words is None or data.get("command") in {SET, REMOVE}:  # which the fault's own entry tells
            return
        asked = self._asked.pop(entry.cause, {}) if entry.kind in _ANSWERS else {}
        tone, title, lines = words({**asked, **data})
        event = Event(entry.seq, entry.at, entry.ticket, tone, title, [line for line in lines if line])
        _add(event, "request", entry.cause, asked)
        _add(event, "answer" if asked else "message", entry.seq, data)
        if entry.kind == "fault-injected" and data["kind"] == "drop":
            self._dropped[data["delivery"]] = f"not sent: dropped by fault {data['fault']}"
        if entry.kind == "notification":
            self._told[data["delivery"]] = event
            event.lines += [self._dropped[data["delivery"]]] if data["delivery"] in self._dropped else []
        story.events.append(event)

    def _attempt(self, entry: Entry) -> None:
        event = self._told.get(entry.data["delivery"])
        if event is None:
            return  # its notification is further back than the page goes
        if entry.kind == "delivery-completed":
            _add(event, "the buyer’s answer", entry.seq, entry.data)
            return
        event.lines.append(_outcome(entry))
        if entry.kind != "notification-delivered":
            event.tone = "warning"


_STATES = frozenset({"ticket-added", "ticket-changed"})
_ANSWERS = frozenset({"request-answered", "request-refused", "file-stored", "file-refused", "bug"})
_OUTCOMES = {
    "notification-delivered": "delivered",
    "notification-refused": "refused by the buyer",
    "notification-failed": "not delivered",
    "notification-dead-lettered": "given up",
}


def _outcome(entry: Entry) -> str:
    """What an attempt came to; a later one has its own instant."""
    data: Mapping[str, Any] = entry.data
    if entry.kind == "notification-dead-lettered":
        return f"given up after {data['attempts']} {'attempt' if data['attempts'] == 1 else 'attempts'}: a dead letter"
    what = data.get("again", "attempt")
    which = f"{what} {data['attempt']}, " if data["attempt"] > 1 else ""
    when = f"{which}{entry.at:%d %b %H:%M:%S}: " if which or "made_at" in data else ""
    why = f": {data['reason']}" if data["reason"] else ""
    again = f"; again at {parse_instant(data['retry_at']):%d %b %H:%M:%S}" if "retry_at" in data else ""
    return f"{when}{_OUTCOMES[entry.kind]}{why}{again}"


def _begin(story: Story, begin: datetime, state: str) -> None:
    """Where nothing tells how a ticket came into its state, the journal that is told begins too late for it."""
    if not story.changes:
        story.changes.append((begin, state))
        story.cut = True


def _add(event: Event, name: str, seq: int, data: Mapping[str, Any]) -> None:
    """Let a message belong to an event, its secrets blanked; one that is no UTF-8 is told to be so."""
    text = data.get("body", "")
    if "body_base64" in data:
        event.messages.append(Message(name, seq, "This is not UTF-8.", cut=True))
    elif text:
        event.messages.append(Message(name, seq, redacted(text)[:LONGEST_MESSAGE], cut=len(text) > LONGEST_MESSAGE))


def _show_gaps(events: list[Event]) -> None:
    for before, after in pairwise(events):
        after.again = after.at == before.at
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
        return round(min(max((at - begin).total_seconds() / whole, 0.0), 1.0) * WIDTH, 2)

    ends = [at for at, _ in story.changes[1:]] + [end]
    for (since, state), until in zip(story.changes, ends, strict=False):
        width = round(x(until) - x(since), 2)
        if width > 0:
            beginning = f"already {state} at" if story.cut and not story.spans else f"{state} from"
            told = f"{beginning} {since:%d %b %H:%M} for {in_words(until - since)}"
            story.spans.append(Span(state, x(since), width, told))
    for event in story.events:
        if event.tone in {"buyer", "supplier", "refusal", "warning"} and event.messages:
            story.marks.append(Mark(event.tone, x(event.at), f"{event.at:%d %b %H:%M} {event.title}"))

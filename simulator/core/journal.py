"""The journal: every input, decision, state change and delivery of an environment, in order, append-only."""

import json
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from simulator.core.instants import format_instant

MOST_ENTRIES = 1_000_000
"""Entries kept in memory; beyond it the oldest go, and ``first_seq`` says so."""
MOST_CHARACTERS = 256 * 1024 * 1024
"""Characters of messages kept in memory, likewise."""

Data = Mapping[str, object]
"""What an entry says: plain JSON values, nothing that another run could not repeat."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something to be journalled as a consequence of the input at hand; the engine gives it its number."""

    kind: str
    ticket: str
    data: Data


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal: ``at`` is simulated time, ``cause`` the seq that led to it (0: from outside)."""

    seq: int
    at: datetime
    cause: int
    kind: str
    ticket: str
    data: Data

    def as_json(self) -> dict[str, object]:
        """The entry as plain values, in the order in which it is always written."""
        return {
            "seq": self.seq,
            "at": format_instant(self.at),
            "cause": self.cause,
            "kind": self.kind,
            "ticket": self.ticket,
            "data": self.data,
        }

    def as_line(self) -> str:
        """The entry as one line of JSON: what two equal runs have in common to the byte."""
        return json.dumps(self.as_json(), ensure_ascii=False, separators=(",", ":"))


class Journal:
    """Entries in the order of their ``seq``, which counts from 1 without a gap."""

    __slots__ = ("_characters", "_entries", "_most", "_most_characters", "next_seq")

    def __init__(self, most: int = MOST_ENTRIES, most_characters: int = MOST_CHARACTERS) -> None:
        self._entries: deque[Entry] = deque()
        self._characters = 0
        self._most = most
        self._most_characters = most_characters
        self.next_seq = 1

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    @property
    def first_seq(self) -> int:
        """The oldest entry still kept; above 1 the past before it is gone."""
        return self.next_seq - len(self._entries)

    def append(self, at: datetime, cause: int, note: Note) -> int:
        """Write one entry down and say its ``seq``."""
        seq = self.next_seq
        self._entries.append(Entry(seq, at, cause, note.kind, note.ticket, note.data))
        self._characters += _characters(note.data)
        while len(self._entries) > self._most or (self._characters > self._most_characters and len(self._entries) > 1):
            self._characters -= _characters(self._entries.popleft().data)
        self.next_seq = seq + 1
        return seq

    def after(self, seq: int, most: int) -> list[Entry]:
        """The entries behind ``seq``, oldest first, ``most`` at the most."""
        skip = min(max(0, seq + 1 - self.first_seq), len(self._entries))
        if skip > len(self._entries) // 2:  # a deque is walked from its nearer end
            newest = list(islice(reversed(self._entries), len(self._entries) - skip))
            return newest[::-1][:most]
        return list(islice(self._entries, skip, min(skip + most, len(self._entries))))

    def lines(self) -> Iterator[str]:
        """The whole journal as text, a line for each entry."""
        return (entry.as_line() for entry in self._entries)


def _characters(data: Data) -> int:
    """How long the message of an entry is, if it has one."""
    body = data.get("body") or data.get("body_base64")
    return len(body) if isinstance(body, str) else 0

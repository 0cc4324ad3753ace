"""Messages by the thousand against the pure core: what must hold of each, and the figures of them all."""

import gc
import json
import os
import time
from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from lxml import etree

from simulator.cityfibre import CityFibre, SupplierSettings, inventory, reception
from simulator.core.engine import Engine
from simulator.core.inputs import RequestReceived
from simulator.core.journal import Entry
from simulator.server.control.pictures import entry_picture
from simulator.timeline import Timeline
from tests.messages import add

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
LIFE = 250
"""Messages that one environment gets; then there is a new one, so that what grows is a leak and not the journal."""
SLOWEST = 1.0
FAULTS_OF_500 = frozenset({"xml-not-well-formed", "envelope", "envelope-version", "envelope-must-understand"})
STATUSES = frozenset({200, 201, 400, 403, 500})
_STATEMENT = Path("/proc/self/statm")


@dataclass
class Figures:
    """What came of a barrage."""

    count: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    unexpected: int = 0
    slowest: float = 0.0

    def line(self, what: str, grown: float | None = None) -> str:
        """One line for people."""
        statuses = ", ".join(f"{count} × {status}" for status, count in sorted(self.statuses.items()))
        return (
            f"{self.count} {what}: {statuses}; {len(self.rules)} rules; {self.unexpected} unexpected 5xx; "
            f"slowest {self.slowest * 1000:.0f} ms{'' if grown is None else f'; memory {grown:+.1f} MiB'}"
        )


class Barrage:
    """An environment that is sent one message after the other, and looked at after each."""

    def __init__(self) -> None:
        self.figures = Figures()
        reception.prepare()  # as a server does; it is no message's own time
        self._begin()

    def _begin(self) -> None:
        self._supplier = CityFibre(SupplierSettings(), inventory.default(), seed=1)
        self._engine = Engine(self._supplier, has_endpoint=False)
        self._left = LIFE
        self._engine.handle(RequestReceived("addFaultReport", add().encode(), content_type="text/xml"), START)
        self._before = self._state()

    def _state(self) -> object:
        """All that a request could change but the journal."""
        engine = self._engine
        return deepcopy((self._supplier.books, engine.schedule.upcoming(1_000), engine.outbox.waiting))

    def send(self, operation: str, body: bytes) -> tuple[int, str]:
        """Send one; status and rule of its answer are returned. Whatever must not be is an assertion that fails."""
        if not self._left:
            self._begin()
        self._left -= 1
        seq = self._engine.journal.next_seq
        began = time.thread_time()
        outcome = self._engine.handle(RequestReceived(operation, body, content_type="application/xml"), START)
        took = time.thread_time() - began
        entries = self._engine.journal.after(seq - 1, 10_000)
        assert outcome.reply is not None
        rule = next((str(one.data["rule"]) for one in entries if one.kind == "request-refused"), "")
        status, figures = outcome.reply.status, self.figures
        figures.count += 1
        figures.statuses[status or 0] += 1
        figures.rules[rule] += 1
        figures.slowest = max(figures.slowest, took)
        expected = status in STATUSES and (status != 500 or rule in FAULTS_OF_500)
        figures.unexpected += not expected
        assert (True, None) == (expected, outcome.bug), (status, rule)
        assert took < SLOWEST
        etree.fromstring(outcome.reply.body)
        self._look(entries, rule)
        return status, rule

    def _look(self, entries: list[Entry], rule: str) -> None:
        """A refusal has left two entries and nothing else; and what there is can be shown."""
        state = self._state()
        if rule:
            assert ["request-received", "request-refused"] == [
                one.kind for one in entries if one.kind != "conformance-warning"
            ]
            assert self._before == state
        self._before = state
        timeline = Timeline(show_bodies=True)
        for one in entries:
            json.dumps(entry_picture(one))
            list(timeline.lines(one.as_json()))


def resident() -> float:
    """The MiB that this process holds; 0 where nobody says so."""
    gc.collect()
    if not _STATEMENT.exists():
        return 0.0
    return int(_STATEMENT.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20

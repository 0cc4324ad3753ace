"""A session with the simulator, without a server: each step is noted with the instant, the cause and the notifications.

``docs/generator/story.py`` says what happens; this module makes it happen, and fails where the simulator says no.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, NoReturn

from simulator.cityfibre import CityFibre, SupplierSettings, inventory
from simulator.cityfibre.life import STEPS
from simulator.cityfibre.ticket import Ticket
from simulator.core.engine import Engine, Outcome
from simulator.core.inputs import FileReceived, Input, RequestReceived, Steered
from simulator.core.journal import Entry
from tests.messages import Tree, request

SEED = 1
BUYER = "SPDEV1"
SWITCHES: Mapping[str, Any] = {"default_life": {"accept_after": "PT15M", "up_to": "in-progress"}}
"""What is set for the session; all else is as it comes. To be rejected, a ticket must be pending for a while; and how
and when a fault is repaired, the story says."""

Who = Literal["buyer", "supplier", "clock"]


@dataclass(frozen=True, slots=True)
class Told:
    """One notification: its name, and its XML as it is sent."""

    name: str
    xml: str


@dataclass(frozen=True, slots=True)
class Step:
    """What happened at an instant, and what the buyer was told of it.

    ``cause`` is an operation, an action or a timer, by whose it is; ``said`` tells more: of a request in words, of an
    action its parameters as JSON. ``status`` is the ticket's afterwards.
    """

    at: datetime
    who: Who
    cause: str
    said: str
    told: tuple[Told, ...]
    status: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """One fault, from report to end."""

    title: str
    reference: str
    steps: list[Step]


class SimulatorSaidNoError(RuntimeError):
    """A step of the story is not possible, or leaves a warning: the story must be mended."""


class Session:
    """An engine, a clock that the story moves, and the chapters that have been played so far."""

    def __init__(self, **switches: object) -> None:
        """``switches`` come on top of ``SWITCHES``."""
        settings = SupplierSettings.model_validate({**SWITCHES, "validate_sent": True, **switches})
        self.chapters: list[Chapter] = []
        self._supplier = CityFibre(settings, inventory.default(), SEED)
        self._engine = Engine(self._supplier, has_endpoint=False)
        self._now = datetime(2026, 1, 5, 9, tzinfo=UTC)
        self._messages = 0

    def chapter(self, title: str, reference: str) -> None:
        """Begin with another fault."""
        self.chapters.append(Chapter(title, reference, []))

    def at(self, day: int, hour: str) -> None:
        """Move the clock to a day of January 2026 and an hour such as ``09:30``, UTC; what falls due happens."""
        self._now = datetime.fromisoformat(f"2026-01-{day:02d}T{hour}:00Z")
        while (following := self._engine.schedule.next()) is not None and following.due <= self._now:
            seq = self._engine.journal.next_seq - 1
            self._engine.fire_next(self._now)
            entries = self._since(seq)
            if following.timer.kind in STEPS or any(entry.kind == "sla-exceeded" for entry in entries):
                self._note("clock", following.timer.kind, "", entries, following.due)

    # -- the buyer

    def reserve(self, address: str, day: int, half: Literal["AM", "PM"]) -> str:
        """Reserve a half-day of January 2026; its key is returned."""
        start, end = {"AM": ("08:00", "13:00"), "PM": ("13:00", "18:00")}[half]
        date = f"2026-01-{day:02d}"
        slot: Tree = {"appointmentDate": date, "appointmentStartTime": start, "appointmentEndTime": end}
        change: Tree = {"appointmentSlot": slot, "cfh:addressKey": address}
        answer = self._post("reserveAppointment", f"for {date}, {start} to {end}", change)
        return _text_of("appointmentReservationKey", answer)

    def report(self, said: str, *changes: Tree) -> None:
        """Report the chapter's fault."""
        self._post("addFaultReport", said, {"reportDateTime": self._instant(), **self._own()}, *changes)

    def send(self, operation: str, said: str, *changes: Tree) -> None:
        """Send another message about the chapter's fault."""
        self._post(operation, said, self._own(), *changes)

    def put(self, filename: str, content: bytes) -> None:
        """Put a file that the report has announced."""
        key = next(file.key for file in self._ticket().files if file.filename == filename)
        self._handle(FileReceived(key, len(content), hashlib.sha256(content).hexdigest()), "buyer", "PUT", filename)

    def _own(self) -> dict[str, str]:
        return {"buyerFaultReference": self.chapters[-1].reference}

    def _post(self, operation: str, said: str, *changes: Tree) -> str:
        self._messages += 1
        head: Tree = {"messageId": f"SP-{self._messages:05d}", "sentAt": self._instant()}
        if operation == "reserveAppointment":
            head = {"message": {**head, "correlationId": f"BOOKING-{self._messages}"}}
        if operation == "requestFaultReportUpdate":
            head = {**head, "maintainerFaultReference": self._ticket().maintainer_reference}
        body = request(operation, head, *changes).encode()
        received = RequestReceived(operation, body, content_type="application/xml")
        outcome = self._handle(received, "buyer", operation, said)
        return outcome.reply.body.decode() if outcome.reply else ""

    # -- the supplier

    def act(self, action: str, **parameters: object) -> None:
        """Let the supplier make a move on the chapter's fault."""
        document = json.dumps({"action": action, **parameters}, ensure_ascii=False)
        self._handle(Steered(action, self._ticket().address, parameters), "supplier", action, document)

    # -- what came of it

    def _handle(self, happened: Input, who: Who, cause: str, said: str) -> Outcome:
        seq = self._engine.journal.next_seq - 1
        outcome = self._engine.handle(happened, self._now)
        entries = self._since(seq)
        if outcome.refusal is not None:
            _fail(cause, outcome.refusal.reason)
        self._note(who, cause, said, entries, self._now)
        return outcome

    def _since(self, seq: int) -> list[Entry]:
        entries = self._engine.journal.after(seq, 1000)
        for entry in entries:
            if entry.kind in {"bug", "request-refused", "file-refused", "conformance-warning"}:
                _fail(str(entries[0].data), entry.as_line())
        return entries

    def _note(self, who: Who, cause: str, said: str, entries: list[Entry], at: datetime) -> None:
        chapter = self.chapters[-1]
        made = [entry.data for entry in entries if entry.kind == "notification"]
        told = tuple(Told(str(data["notification"]), str(data["body"]).rstrip("\n")) for data in made)
        ticket = self._supplier.books.find(BUYER, chapter.reference)
        chapter.steps.append(Step(at, who, cause, said, told, ticket.state.value if ticket else ""))

    def _ticket(self) -> Ticket:
        ticket = self._supplier.books.find(BUYER, self.chapters[-1].reference)
        if ticket is None:
            _fail(self.chapters[-1].reference, "it has not been reported yet")
        return ticket

    def _instant(self) -> str:
        return f"{self._now:%Y-%m-%dT%H:%M:%SZ}"


def _fail(what: str, why: str) -> NoReturn:
    raise SimulatorSaidNoError(f"{what}: {why}")


def _text_of(name: str, xml: str) -> str:
    found = re.search(rf"<(?:\w+:)?{name}>([^<]*)<", xml)
    return found[1] if found else ""

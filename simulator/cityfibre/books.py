"""What the supplier of one environment remembers, and the draft through which one input changes it.

Books are ordinary mutable objects. Nobody changes them but :meth:`Draft.commit`: whatever decides works on copies
in a draft, and a draft that is thrown away (a rejection, a bug) leaves everything as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from simulator.cityfibre.attachments import File
from simulator.cityfibre.diary import Reservation, Slot, spent_by
from simulator.cityfibre.faults import Active
from simulator.cityfibre.inventory import Inventory
from simulator.cityfibre.received import Received
from simulator.cityfibre.settings import SupplierSettings
from simulator.cityfibre.ticket import Ticket
from simulator.core.effects import Again, CancelTimer, Effect, Release, SetTimer
from simulator.core.engine import Refusal
from simulator.core.ids import Ids
from simulator.core.inputs import RequestReceived, Steered, Timer
from simulator.core.journal import Note

MOST_MESSAGE_IDS = 100_000
"""How many of the latest message ids are remembered, to warn of a repeated one (R19)."""


class Leader(Protocol):
    """Leads tickets. Whatever it remembers it keeps in the draft, so that it is committed with all the rest."""

    def takes(self, ticket: Ticket, draft: Draft) -> bool:
        """Whether it leads this new ticket, which is then spared the default life."""

    def heard(self, request: RequestReceived, received: Received, draft: Draft) -> None:
        """Learn of a request that has been answered."""

    def due(self, timer: Timer, open_draft: Callable[[], Draft]) -> Draft:
        """Do what was due; a draft that it drops has never been. The one that holds is returned."""

    def commands(self) -> frozenset[str]:
        """What it can be told to do."""

    def steered(self, steered: Steered, draft: Draft) -> Refusal | None:
        """Do as told, or say why not."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What holds for the whole life of an environment: its switches, what it knows, and its seed's identifiers.

    ``leader`` leads tickets in place of the default life.
    """

    settings: SupplierSettings
    inventory: Inventory
    ids: Ids
    leader: Leader | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What the buyer of a ticket was told: the names of all notifications in order, and the latest message."""

    names: tuple[str, ...] = ()
    latest: bytes = b""


@dataclass(frozen=True, slots=True)
class Held:
    """A sending that a fault keeps back, until the ticket's next notification is made: any, or one of that name."""

    effect: Release | Again
    after: str = ""


@dataclass(slots=True)
class Books:
    """Tickets by number, by either reference and by a file's key; reservations by key; slots taken, by region.

    ``scripts`` holds how far each script has come, in values that only the leader reads. ``faults`` are those that have
    been set, and ``held`` is what they keep back, by the ticket's address.
    """

    tickets: dict[int, Ticket] = field(default_factory=dict)
    by_buyer: dict[tuple[str, str], int] = field(default_factory=dict)
    by_maintainer: dict[str, int] = field(default_factory=dict)
    by_file: dict[str, int] = field(default_factory=dict)
    reservations: dict[str, Reservation] = field(default_factory=dict)
    taken: dict[tuple[str, Slot], int] = field(default_factory=dict)
    told: dict[int, Told] = field(default_factory=dict)
    message_ids: dict[tuple[str, str], None] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)
    scripts: dict[str, object] = field(default_factory=dict)
    faults: tuple[Active, ...] = ()
    held: dict[str, tuple[Held, ...]] = field(default_factory=dict)

    def find(self, buyer: str, reference: str) -> Ticket | None:
        """The ticket that a buyer knows by its own reference."""
        number = self.by_buyer.get((buyer, reference))
        return self.tickets[number] if number is not None else None

    def find_address(self, address: str) -> Ticket | None:
        """The ticket at ``CS0000001`` or ``~buyer~reference``."""
        if address.startswith("~"):
            buyer, _, reference = address[1:].partition("~")
            return self.find(buyer.replace("=7E", "~").replace("=3D", "="), reference)
        number = self.by_maintainer.get(address)
        return self.tickets[number] if number is not None else None

    def of_file(self, key: str) -> Ticket | None:
        """The ticket that a file was announced with."""
        number = self.by_file.get(key)
        return self.tickets[number] if number is not None else None


class Draft:
    """The changes that one input makes, kept aside until all is decided."""

    __slots__ = (
        "_counters",
        "_files",
        "_held",
        "_message_ids",
        "_reservations",
        "_scripts",
        "_taken",
        "_tickets",
        "_told",
        "_warned",
        "basis",
        "books",
        "effects",
        "faults",
        "notes",
        "now",
        "received",
        "request",
    )

    def __init__(
        self, books: Books, basis: Basis, now: datetime, request: int = 0, received: RequestReceived | None = None
    ) -> None:
        """``request`` is the number of the request at hand, ``received``; the id of its answer is drawn from it."""
        self.books = books
        self.basis = basis
        self.now = now
        self.request = request
        self.received = received
        self.notes: list[Note] = []
        self.effects: list[Effect] = []
        self._tickets: dict[int, Ticket] = {}
        self._reservations: dict[str, Reservation] = {}
        self._taken: dict[tuple[str, Slot], int] = {}
        self._counters: dict[str, int] = {}
        self._files: dict[str, int] = {}
        self._scripts: dict[str, object | None] = {}
        self._told: dict[int, Told] = {}
        self._held: dict[str, tuple[Held, ...]] = {}
        self.faults = books.faults
        self._message_ids: list[tuple[str, str]] = []
        self._warned: set[tuple[str, str, str]] = set()

    @property
    def settings(self) -> SupplierSettings:
        """The switches in force."""
        return self.basis.settings

    @property
    def inventory(self) -> Inventory:
        """Whom and what the supplier knows."""
        return self.basis.inventory

    # -- what happened, for the journal

    def note(self, kind: str, ticket: str, data: Mapping[str, object]) -> None:
        """Journal something, once the draft's input is journalled."""
        self.notes.append(Note(kind, ticket, data))

    def warn(self, ruling: str, place: str, text: str, ticket: str = "") -> None:
        """Journal a conformance warning: the looser reading was taken, the stricter would refuse.

        The same of one message is said once: it may hold thousands of files that all are alike.
        """
        if (ruling, place, text) not in self._warned:
            self._warned.add((ruling, place, text))
            self.note("conformance-warning", ticket, {"ruling": ruling, "field": place, "warning": text})

    # -- counters and message ids

    def count(self, name: str) -> int:
        """The next number of a counter, from 1."""
        number = self._counters.get(name, self.books.counters.get(name, 0)) + 1
        self._counters[name] = number
        return number

    def remember_message(self, buyer: str, message_id: str) -> bool:
        """Remember a message's id; ``False`` where this buyer has used it before (R19)."""
        self._message_ids.append((buyer, message_id))
        return (buyer, message_id) not in self.books.message_ids

    # -- tickets

    def find(self, buyer: str, reference: str) -> Ticket | None:
        """The ticket of a buyer's reference, to be read; :meth:`edit` it before changing it."""
        return self.books.find(buyer, reference)

    def edit(self, number: int) -> Ticket:
        """A ticket's copy in this draft, free to be changed."""
        ticket = self._tickets.get(number)
        if ticket is None:
            ticket = self._tickets[number] = replace(self.books.tickets[number])
        return ticket

    def at(self, address: str) -> Ticket | None:
        """The ticket at an address as this draft leaves it, to be read."""
        changed = next((one for one in self._tickets.values() if one.address == address), None)
        return changed or self.books.find_address(address)

    def add(self, ticket: Ticket) -> None:
        """A new ticket."""
        self._tickets[ticket.number] = ticket

    def announce(self, ticket: Ticket, file: File) -> None:
        """Let a file join a ticket of this draft; it may then be put."""
        ticket.files = (*ticket.files, file)
        self._files[file.key] = ticket.number

    def told(self, number: int) -> Told:
        """What a ticket's buyer was told, as this draft leaves it."""
        return self._told.get(number) or self.books.told.get(number) or Told()

    def tell(self, number: int, notification: str, body: bytes) -> None:
        """Remember a notification."""
        self._told[number] = Told((*self.told(number).names, notification), body)

    @property
    def tickets(self) -> int:
        """How many tickets there are."""
        return len(self.books.tickets.keys() | self._tickets.keys())

    # -- scripts

    def script(self, copy: str) -> object | None:
        """How far that copy of a script has come, as this draft leaves it; ``None`` where there is none."""
        return self._scripts[copy] if copy in self._scripts else self.books.scripts.get(copy)

    def keep_script(self, copy: str, progress: object | None) -> None:
        """Remember how far it has come; ``None`` once it has ended."""
        self._scripts[copy] = progress

    # -- faults that are injected

    def held(self, address: str) -> tuple[Held, ...]:
        """What is kept back for a ticket, as this draft leaves it."""
        return self._held[address] if address in self._held else self.books.held.get(address, ())

    def keep_held(self, address: str, held: tuple[Held, ...]) -> None:
        """Keep that back, and nothing else."""
        if held or address in self.books.held or address in self._held:
            self._held[address] = held

    # -- the diary

    def reservation(self, key: str) -> Reservation | None:
        """The reservation of a key, as this draft leaves it."""
        return self._reservations.get(key) or self.books.reservations.get(key)

    def taken(self, region: str, slot: Slot) -> int:
        """How many appointments stand in a region's slot."""
        place = (region, slot)
        return self._taken.get(place, self.books.taken.get(place, 0))

    def hold(self, reservation: Reservation) -> None:
        """Keep a slot for a buyer until the hold expires."""
        self._reservations[reservation.key] = reservation
        self._taken[reservation.region, reservation.slot] = self.taken(reservation.region, reservation.slot) + 1
        timer = Timer("hold-expiry", reservation.key, under="")
        self.effects.append(SetTimer(timer, reservation.valid_until, driving=False))

    def spend(self, reservation: Reservation, ticket: Ticket) -> None:
        """Make a held slot a ticket's own."""
        self._reservations[reservation.key] = spent_by(reservation, ticket.number)
        self.effects.append(CancelTimer(Timer("hold-expiry", reservation.key, under="")))

    def release(self, reservation: Reservation) -> None:
        """Give a slot back: its hold has expired, or another was taken instead."""
        if reservation.released:
            return
        self._reservations[reservation.key] = replace(reservation, released=True)
        self._taken[reservation.region, reservation.slot] = self.taken(reservation.region, reservation.slot) - 1

    # -- the end

    def commit(self) -> None:
        """Make the draft true. Plain assignments only: nothing here may fail half-way."""
        books = self.books
        for number, ticket in self._tickets.items():
            books.tickets[number] = ticket
            books.by_buyer[ticket.buyer, ticket.buyer_reference] = number
            if ticket.maintainer_reference:
                books.by_maintainer[ticket.maintainer_reference] = number
        books.by_file.update(self._files)
        books.reservations.update(self._reservations)
        books.taken.update(self._taken)
        books.told.update(self._told)
        books.counters.update(self._counters)
        books.faults = self.faults
        for address, held in self._held.items():
            if held:
                books.held[address] = held
            else:
                books.held.pop(address, None)
        for copy, progress in self._scripts.items():
            if progress is None:
                books.scripts.pop(copy, None)
            else:
                books.scripts[copy] = progress
        for message in self._message_ids:
            books.message_ids[message] = None
            if len(books.message_ids) > MOST_MESSAGE_IDS:
                del books.message_ids[next(iter(books.message_ids))]

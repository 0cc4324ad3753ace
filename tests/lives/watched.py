"""An environment without a server that holds every input to what is so of any input.

What is refused changes nothing; what is taken changes only what it may; whenever all is quiet, books, diary, timers and
outbox agree; and a second engine to which the same happens writes the same journal.
"""

from collections import Counter
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from simulator.cityfibre import (
    ACTIONS,
    DEFAULT_LIFE,
    NOTIFICATIONS,
    TRANSITIONS,
    VISIT_TRANSITIONS,
    CityFibre,
    SupplierSettings,
    inventory,
    sla,
)
from simulator.cityfibre.books import Books
from simulator.cityfibre.notifications import OF_STATE
from simulator.cityfibre.ticket import State, Ticket, Trigger
from simulator.cityfibre.visits import VisitState
from simulator.core.effects import Deliver
from simulator.core.engine import DELIVERY, Engine, Outcome
from simulator.core.inputs import DeliveryAnswer, DeliveryCompleted, Input
from simulator.core.journal import Entry
from simulator.core.schedule import Scheduled
from tests.drafts import NOW
from tests.rig import message_in, text_at

CAPACITY = 2
SWITCHES: dict[str, dict[str, Any]] = {
    "default": {},
    "waiting": {"tlos_without_key": "wait"},
    "any": {"inventory": "any", "appointment_keys": "any"},
    "slow": {"default_life": {"accept_after": "PT3H"}},
    "xsd": {"notification_schema": "xsd", "notification_envelope": "soap"},
    "verbatim": {"notification_schema": "verbatim", "sla": {"other": 1, "calendar": "always"}},
    "up to pending": {"default_life": {"up_to": "pending"}},
    "up to accepted": {"default_life": {"up_to": "accepted"}, "tlos_without_key": "wait"},
}
REACH = ("pending", "accepted", "in-progress", "resolved")
A_MOMENT = timedelta(milliseconds=1)  # what is repaired at the very deadline is not late
UNDER_REPAIR = {State.ACCEPTED, State.OPEN, State.IN_PROGRESS, State.ON_HOLD, State.RE_OPENED}
ALIVE = {*UNDER_REPAIR, State.PENDING, State.RESOLVED}
LEAVES = {one.name: one.leaves for one in NOTIFICATIONS}
ACKNOWLEDGED = "<receivedNotifyFaultReportUpdate><responseCode>{}</responseCode></receivedNotifyFaultReportUpdate>"
ENDPOINT = {
    "takes": ("delivered", DeliveryAnswer(200, ACKNOWLEDGED.format(200).encode())),
    "mumbles": ("delivered", DeliveryAnswer(202, b"OK \xff")),
    "refuses": ("refused", DeliveryAnswer(200, ACKNOWLEDGED.format(400).encode())),
    "breaks": ("failed", DeliveryAnswer(500)),
    "is away": ("failed", DeliveryAnswer(None, failure="connection refused")),
    "is slow": ("", DeliveryAnswer(None)),  # what it is sent stays under way until it is something else
}


@dataclass(slots=True)
class Figures:
    """What has come of many lives together."""

    steps: int = 0
    tickets: int = 0
    entries: int = 0
    changes: Counter[tuple[State, Trigger]] = field(default_factory=Counter)
    visits: Counter[tuple[VisitState, VisitState]] = field(default_factory=Counter)
    taken: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    notifications: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)

    def unreached(self) -> set[object]:
        """What no life came to: a change of a ticket or a visit, a notification, a move taken, a move refused."""
        changes = {(state, trigger) for state, ways in TRANSITIONS.items() for trigger in ways}
        visits = {(state, after) for state, ways in VISIT_TRANSITIONS.items() for after in ways.values()}
        moves = {("never taken", name) for name in ACTIONS.keys() - self.taken.keys()}
        moves |= {("never refused", name) for name in ACTIONS.keys() - self.refused.keys()}
        told = LEAVES.keys() - self.notifications.keys()
        return {*(changes - self.changes.keys()), *(visits - self.visits.keys()), *told, *moves}


class Picture(NamedTuple):
    """All that an input may change, but the journal."""

    books: Books
    timers: list[Scheduled]
    outbox: dict[int, object]


class Watched:
    """An environment without a server; every input that it takes is checked."""

    def __init__(self, switches: str, figures: Figures) -> None:
        chosen = {"validate_sent": True, "diary": {"capacity": CAPACITY}, **SWITCHES[switches]}
        self.settings = SupplierSettings.model_validate(chosen)
        self.supplier, self.engine = self.made()
        self.books = self.supplier.books
        self.figures = figures
        self.now = NOW
        self.endpoint = "takes"
        self.under_way: list[Deliver] = []
        self.recorded: list[tuple[datetime, Input]] = []
        self.lines: list[str] = []

    def made(self) -> tuple[CityFibre, Engine]:
        """A supplier to whom nothing has happened yet, and its engine."""
        supplier = CityFibre(self.settings, inventory.default(), seed=1)
        return supplier, Engine(supplier, has_endpoint=True)

    # -- what happens

    def take(self, happened: Input) -> Outcome:
        """One input, and all that follows from it at the same instant."""
        outcome = self.give(happened)
        self.settle()
        return outcome

    def give(self, happened: Input) -> Outcome:
        """Hand over one input; a command that is refused needs no recording, because it leaves nothing."""
        before = self.picture()
        outcome = self.engine.handle(happened, self.now)
        if outcome.refusal is None:
            self.recorded.append((self.now, happened))
        self.judge(before, outcome)
        return outcome

    def settle(self) -> None:
        """All that is due happens, and what was sent is answered, unless the endpoint is slow."""
        self.fire()
        verdict, answer = ENDPOINT[self.endpoint]
        while verdict and self.under_way:
            known = len(self.lines)
            deliver = self.under_way.pop(0)
            self.give(DeliveryCompleted(deliver.delivery, answer, deliver.attempt))
            assert f'"kind":"notification-{verdict}"' in self.lines[known + 1]
            self.fire()

    def fire(self) -> None:
        """All that is due, each timer at its own instant."""
        before = self.picture()
        while (outcome := self.engine.fire_next(self.now)) is not None:
            self.judge(before, outcome)
            before = self.picture()

    def wait(self, until: datetime) -> None:
        """From timer to timer."""
        while (following := self.engine.schedule.next()) is not None and following.due <= until:
            self.now = following.due
            self.settle()
        self.now = until

    def replayed(self) -> list[str]:
        """The journal of another engine to which the same happens, of itself or because it is handed over."""
        _, engine = self.made()
        for at, happened in self.recorded:
            while engine.fire_next(at) is not None:
                pass
            engine.handle(happened, at)
        while engine.fire_next(self.now) is not None:
            pass
        return list(engine.journal.lines())

    # -- what is so of every input

    def picture(self) -> Picture:
        """A deep copy: what is not copied here is frozen all the way down."""
        tables: dict[str, Any] = {one.name: copy(getattr(self.books, one.name)) for one in fields(Books)}
        tables["tickets"] = {number: replace(ticket) for number, ticket in self.books.tickets.items()}
        outbox = self.engine.outbox
        deliveries = {one.number: replace(one, attempts=[replace(each) for each in one.attempts]) for one in outbox}
        counts = {0: (outbox.under_way, outbox.waiting, outbox.paused)}
        return Picture(Books(**tables), self.engine.schedule.upcoming(10_000), {**deliveries, **counts})

    def judge(self, before: Picture, outcome: Outcome) -> None:
        """What is refused changes nothing; what is taken, only what it may."""
        if outcome.bug is not None:
            raise outcome.bug
        if outcome.refusal is not None:
            assert (before, self.lines) == (self.picture(), list(self.engine.journal.lines()))
            return
        entries = self.engine.journal.after(len(self.lines), most=1_000)
        self.lines += [entry.as_line() for entry in entries]
        self.under_way += outcome.deliveries
        kinds = {entry.kind for entry in entries}
        self.figures.kinds.update(kinds)
        assert [entry.cause for entry in entries] == [0] + [entries[0].seq] * (len(entries) - 1)
        if kinds & {"request-refused", "file-refused"}:
            assert before == self.picture()
        if "delivery-completed" in kinds:
            assert before.books == self.picture().books
        self.compare(
            before.books, reported=entries[0].data.get("operation") == "addFaultReport" and "request-answered" in kinds
        )
        self.follow(before.books, entries)

    def compare(self, before: Books, *, reported: bool) -> None:
        """No ticket is lost, nor made but by a report; references stay, history grows, and what has ended stays."""
        added = self.books.tickets.keys() - before.tickets.keys()
        assert len(self.books.tickets) - len(before.tickets) == len(added) == reported
        for number, was in before.tickets.items():
            ticket = self.books.tickets[number]
            assert not was.terminal or was == ticket
            assert (was.buyer, was.buyer_reference) == (ticket.buyer, ticket.buyer_reference)
            assert was.maintainer_reference in {"", ticket.maintainer_reference}
            assert was.updates == ticket.updates[: len(was.updates)]
            for past, present in zip(was.visits, ticket.visits, strict=False):
                self.figures.visits.update([(past.state, present.state)] if past.state != present.state else [])
                assert present.state in {past.state, *VISIT_TRANSITIONS[past.state].values()}
                assert past.key == present.key

    def follow(self, before: Books, entries: Sequence[Entry]) -> None:
        """Each change of state has one notification of its kind, and each notification shows its own moment."""
        state = {ticket.address: State.PENDING for ticket in self.books.tickets.values()}
        state |= {ticket.address: ticket.state for ticket in before.tickets.values()}
        due: list[tuple[str, str]] = []
        told: list[tuple[str, str]] = []
        for entry in entries:
            if entry.kind == "ticket-changed":
                trigger = Trigger(str(entry.data["trigger"]))
                self.figures.changes[state[entry.ticket], trigger] += 1
                state[entry.ticket] = TRANSITIONS[state[entry.ticket]][trigger]
                due.append((entry.ticket, OF_STATE[state[entry.ticket]].name))
            elif entry.kind == "notification":
                name = str(entry.data["notification"])
                self.figures.notifications[name] += 1
                self.read(str(entry.data["body"]), entry.ticket, state[entry.ticket])
                assert LEAVES[name] in {None, state[entry.ticket]}
                told += [(entry.ticket, name)] if LEAVES[name] else []
        assert due == told
        assert state == {ticket.address: ticket.state for ticket in self.books.tickets.values()}

    def read(self, body: str, address: str, state: State) -> None:
        """A notification as the buyer reads it."""
        message, ticket = message_in(body.encode()), self.books.find_address(address)
        assert ticket is not None
        paths = ("buyerFaultReference", "maintainerFaultReference", "faultDetails/status")
        expected = (ticket.buyer_reference, ticket.maintainer_reference, state.value)
        assert expected == tuple(text_at(message, path) for path in paths)

    # -- what is so whenever all is quiet

    def agree(self) -> None:
        """Diary, timers and outbox hold what the tickets say, and nothing else."""
        held = [one for one in self.books.reservations.values() if not one.released]
        assert Counter((one.region, one.slot) for one in held) == Counter(self.books.taken)
        assert all(0 <= count <= CAPACITY for count in self.books.taken.values())
        timers = {("hold-expiry", one.key): one.valid_until for one in held if not one.ticket}
        for ticket in self.books.tickets.values():
            assert self.books.find(ticket.buyer, ticket.buyer_reference) is ticket
            assert bool(ticket.maintainer_reference) == (ticket.accepted_at is not None)
            self.agree_on_visits(ticket, {one.key: one.slot.starts_at for one in held if one.ticket == ticket.number})
            timers |= self.timers_of(ticket)
        outbox = self.engine.outbox
        timers |= {(DELIVERY, str(one.number)): one.due for one in outbox if one.due is not None}
        assert timers == {(one.timer.kind, one.timer.subject): one.due for one in self.engine.schedule.upcoming(10_000)}
        ended = [one for one in outbox if one.outcome]
        assert self.books.counters.get("notification", 0) == len(ended) + outbox.under_way + outbox.waiting
        answered = sum(isinstance(one, DeliveryCompleted) for _, one in self.recorded)
        assert answered == sum(len(one.attempts) for one in outbox) - outbox.under_way
        assert (len(self.under_way), "") == (outbox.under_way, self.engine.failed)
        assert self.endpoint == "is slow" or outbox.under_way == 0

    def agree_on_visits(self, ticket: Ticket, held: dict[str, datetime]) -> None:
        """Only the newest visit may be ahead, and has its slot then; a cancelled or failed one has given it back."""
        assert not any(visit.ahead for visit in ticket.visits[:-1])
        became = {visit.key: visit.state for visit in ticket.visits}
        gone = {VisitState.CANCELLED, VisitState.FAILED}
        assert not [key for key, begins in held.items() if begins > self.now and became[key] in gone]
        reservation = self.books.reservations.get(ticket.appointment_key)
        once = [visit.key for visit in ticket.visits].count(ticket.appointment_key) == 1  # appointment_keys: any
        if ticket.visit and ticket.visit.ahead and once and reservation and reservation.ticket == ticket.number:
            assert not reservation.released

    def timers_of(self, ticket: Ticket) -> dict[tuple[str, str], datetime]:
        """The timer of its state and that of its SLA, reckoned anew; and what the ticket itself says of them."""
        timers, step, visit, life = {}, DEFAULT_LIFE.get(ticket.state), ticket.visit, self.settings.default_life
        resolves = step is not None and step.trigger is Trigger.RESOLVE
        waits = ticket.waits_for_key or (resolves and visit is not None and visit.in_vain)
        if step is not None and not waits and REACH.index(step.reaches) <= REACH.index(life.up_to):
            assert ticket.since is not None
            due = ticket.since + step.delay(life)
            reservation = self.books.reservations.get(ticket.appointment_key)
            if resolves and visit and visit.ahead and reservation and reservation.ticket == ticket.number:
                due = max(due, reservation.slot.ends_at)
            timers[step.timer, ticket.address] = due
        assert ticket.timer == "".join(kind for kind, _ in timers)
        deadline = sla.picture(ticket, self.now, self.settings.sla).deadline
        assert ticket.sla_watched == (None if ticket.sla_passed else deadline)
        return timers | ({(sla.TIMER, ticket.address): ticket.sla_watched + A_MOMENT} if ticket.sla_watched else {})
